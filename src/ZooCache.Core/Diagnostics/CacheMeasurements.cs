using System.Buffers.Binary;
using System.Diagnostics;

namespace ZooCache;

/// <summary>What one cache measures each time, for whoever listens. Thread-safe; allocates nothing.</summary>
internal sealed class CacheMeasurements(string prefix)
{
    private readonly KeyValuePair<string, object?> cache = KeyValuePair.Create<string, object?>(ZooCacheMetrics.CacheTag, prefix);

    /// <summary>When a look-up has begun; 0 if nobody wants to know.</summary>
    internal static long BeginHit() => ZooCacheMetrics.HitDuration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>A look-up has come to a hit.</summary>
    internal void Hit(long began, CacheKey key) => ZooCacheMetrics.HitDuration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, cache, KindOf(key));

    /// <summary>A load has come to an entry.</summary>
    internal void Filled(TimeSpan duration, CacheKey key) => ZooCacheMetrics.FillDuration.Record(duration.TotalSeconds, cache, KindOf(key));

    private static KeyValuePair<string, object?> KindOf(CacheKey key)
        => KeyValuePair.Create<string, object?>(ZooCacheMetrics.KindTag, key.Bytes.Length >= sizeof(long) && BinaryPrimitives.ReadInt64LittleEndian(key.Bytes) > 0 ? "query" : "call");
}
