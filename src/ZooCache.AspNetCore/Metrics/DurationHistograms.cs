using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;

namespace ZooCache.AspNetCore.Metrics;

/// <summary>The durations that the caches of the process measure, added up from <see cref="Begin"/> on. Thread-safe.</summary>
internal static class DurationHistograms
{
    private static readonly ConcurrentDictionary<SeriesKey, DurationSeries> Known = new();
    private static readonly MeterListener Listener = Listen();

    internal static IEnumerable<DurationSeries> All => Known.Values;

    /// <summary>From now on durations are added up; from the second time on it does nothing.</summary>
    internal static void Begin() => GC.KeepAlive(Listener);

    private static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument is Histogram<double> && instrument.Meter.Name == ZooCacheMetrics.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(static (instrument, value, tags, _) => Of((Histogram<double>)instrument, tags).Add(value));
        listener.Start();
        return listener;
    }

    private static DurationSeries Of(Histogram<double> histogram, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = new SeriesKey(histogram, tags.Length > 0 ? tags[0].Value : null, tags.Length > 1 ? tags[1].Value : null);
        return Known.TryGetValue(key, out var known) ? known : Known.GetOrAdd(key, new DurationSeries(histogram, [.. tags]));
    }

    /// <summary>A histogram has at most two tags.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct SeriesKey(Histogram<double> Histogram, object? First, object? Second);
}
