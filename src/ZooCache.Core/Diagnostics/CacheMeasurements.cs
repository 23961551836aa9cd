using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ZooCache;

/// <summary>What one cache measures each time, for whoever listens. Thread-safe; allocates nothing, and throws nothing.</summary>
internal sealed class CacheMeasurements(string prefix)
{
    private readonly KeyValuePair<string, object?> cache = KeyValuePair.Create<string, object?>(ZooCacheMetrics.CacheTag, prefix);

    /// <summary>When a look-up has begun; 0 if nobody wants to know.</summary>
    internal static long BeginHit() => ZooCacheMetrics.HitDuration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>A look-up has come to a hit.</summary>
    internal void Hit(long began, CacheKey key) => Record(ZooCacheMetrics.HitDuration, Stopwatch.GetElapsedTime(began), key);

    /// <summary>A load has come to an entry.</summary>
    internal void Filled(TimeSpan duration, CacheKey key) => Record(ZooCacheMetrics.FillDuration, duration, key);

    private void Record(Histogram<double> histogram, TimeSpan duration, CacheKey key)
    {
        try
        {
            histogram.Record(duration.TotalSeconds, cache, KindOf(key));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whoever listens is the application's: no query is to fail by it.
        }
    }

    private static KeyValuePair<string, object?> KindOf(CacheKey key)
        => KeyValuePair.Create<string, object?>(ZooCacheMetrics.KindTag, key.QueryId > 0 ? "query" : "call");
}
