using System.Diagnostics.Metrics;

namespace ZooCache.Integration.Tests.Dashboard;

/// <summary>How long hits and loads of one cache take, in the form of <c>GET durations</c>.</summary>
internal sealed class MeteredDurations : IDisposable
{
    private static readonly double[] Bounds = [.. Enumerable.Range(0, 29).Select(i => 1e-6 * Math.Pow(10, i / 4.0))];

    private readonly MeterListener _listener = new();
    private readonly long[] _hits = new long[Bounds.Length + 1];
    private readonly long[] _loads = new long[Bounds.Length + 1];

    internal MeteredDurations(string prefix)
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "ZooCache", Name: "zoocache.hit.duration" or "zoocache.fill.duration" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, seconds, tags, _) =>
        {
            foreach (var (name, value) in tags)
            {
                if (name == "zoocache.cache" && prefix.Equals(value))
                {
                    var bucket = Array.FindIndex(Bounds, b => seconds <= b);
                    Interlocked.Increment(ref (instrument.Name == "zoocache.hit.duration" ? _hits : _loads)[bucket < 0 ? Bounds.Length : bucket]);
                }
            }
        });
        _listener.Start();
    }

    internal object View => new { hits = new { bounds = Bounds, counts = _hits }, loads = new { bounds = Bounds, counts = _loads } };

    public void Dispose() => _listener.Dispose();
}
