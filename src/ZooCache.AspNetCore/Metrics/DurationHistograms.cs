using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;

namespace ZooCache.AspNetCore.Metrics;

/// <summary>The durations that the caches of the process measure, added up from <see cref="Begin"/> on. Thread-safe.</summary>
internal static class DurationHistograms
{
    private static readonly ConcurrentDictionary<SeriesKey, Series> Known = new();
    private static readonly MeterListener Listener = Listen();

    internal static IEnumerable<Series> All => Known.Values;

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

    private static Series Of(Histogram<double> histogram, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = new SeriesKey(histogram, tags.Length > 0 ? tags[0].Value : null, tags.Length > 1 ? tags[1].Value : null);
        return Known.TryGetValue(key, out var known) ? known : Known.GetOrAdd(key, new Series(histogram, [.. tags]));
    }

    /// <summary>A histogram has at most two tags.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct SeriesKey(Histogram<double> Histogram, object? First, object? Second);
}

/// <summary>The durations of one histogram under some tags, in buckets. Thread-safe.</summary>
internal sealed class Series(Histogram<double> histogram, KeyValuePair<string, object?>[] tags)
{
    private readonly double[] limits = [.. histogram.Advice?.HistogramBucketBoundaries ?? []];
    private readonly long[] counts = new long[(histogram.Advice?.HistogramBucketBoundaries?.Count ?? 0) + 1];
    private double sum;

    internal Histogram<double> Histogram => histogram;

    internal ReadOnlySpan<KeyValuePair<string, object?>> Tags => tags;

    /// <summary>The upper limits of all buckets but the last, in seconds.</summary>
    internal IReadOnlyList<double> Limits => limits;

    /// <summary>How many lie in each bucket.</summary>
    internal IReadOnlyList<long> Counts => [.. Enumerable.Range(0, counts.Length).Select(i => Volatile.Read(ref counts[i]))];

    /// <summary>All together, in seconds.</summary>
    internal double Sum => Volatile.Read(ref sum);

    internal void Add(double value)
    {
        var at = 0;
        while (at < limits.Length && value > limits[at])
        {
            at++;
        }

        Interlocked.Increment(ref counts[at]);
        double seen;
        do
        {
            seen = Volatile.Read(ref sum);
        }
        while (Interlocked.CompareExchange(ref sum, seen + value, seen) != seen);
    }
}
