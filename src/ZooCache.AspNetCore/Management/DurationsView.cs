using System.Diagnostics.Metrics;
using ZooCache.AspNetCore.Metrics;

namespace ZooCache.AspNetCore.Management;

/// <summary>How long answers of all caches with this one's prefix have taken since these endpoints, or those of metrics, were first mapped in the process.</summary>
/// <param name="Hits">Those from the cache.</param>
/// <param name="Loads">Those that the database, or a function, has given.</param>
internal sealed record DurationsView(DurationsView.Durations Hits, DurationsView.Durations Loads)
{
    internal static DurationsView Of(ZooCache cache) => new(Of(cache, ZooCacheMetrics.HitDuration), Of(cache, ZooCacheMetrics.FillDuration));

    private static Durations Of(ZooCache cache, Histogram<double> histogram)
    {
        var series = DurationHistograms.All.Where(s => s.Histogram == histogram && s.Tags[0].Value is string prefix && prefix == cache.Prefix).ToList();
        IReadOnlyList<double> bounds = [.. histogram.Advice!.HistogramBucketBoundaries!];
        var counts = series.Select(static s => s.Counts).ToList();
        return new Durations(bounds, [.. Enumerable.Range(0, bounds.Count + 1).Select(i => counts.Sum(c => c[i]))], series.Sum(static s => s.Sum));
    }

    /// <summary>A histogram.</summary>
    /// <param name="Bounds">The upper limits of all buckets but the last, in seconds.</param>
    /// <param name="Counts">How many lie in each bucket.</param>
    /// <param name="Seconds">All together.</param>
    internal sealed record Durations(IReadOnlyList<double> Bounds, IReadOnlyList<long> Counts, double Seconds);
}
