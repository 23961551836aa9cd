using ZooCache;

namespace Storefront.Node;

/// <summary>What a node's cache has done since it was started.</summary>
internal sealed record NodeStatistics(
    long Hits, long Misses, long Bypasses, IReadOnlyDictionary<string, long> BypassesByReason, long Invalidations, int Entries, long Bytes)
{
    public static NodeStatistics Of(CacheStatistics cache) =>
        new(cache.Hits, cache.Misses, cache.Bypasses, cache.BypassesByReason, cache.Invalidations, cache.Entries, cache.Bytes);

    /// <summary>Queries that were to be cached: all but those that don't ask for it, such as a write's look at what it changes.</summary>
    public long Asked() => Hits + Misses + Bypasses - BypassesByReason.GetValueOrDefault("not-requested");
}
