using System.Diagnostics.Metrics;

namespace ZooCache.AspNetCore.Metrics;

/// <summary>The durations of one histogram under some tags, in buckets. Thread-safe.</summary>
internal sealed class DurationSeries(Histogram<double> histogram, KeyValuePair<string, object?>[] tags)
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
