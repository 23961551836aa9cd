using ZooCache;

namespace Storefront.Node;

/// <summary>What a node's cache has done since it was started.</summary>
internal sealed record NodeStatistics(
    long Hits,
    long Misses,
    IReadOnlyDictionary<string, long> MissesByReason,
    long Bypasses,
    IReadOnlyDictionary<string, long> BypassesByReason,
    long Invalidations,
    int Entries,
    long Bytes)
{
    private const string NotRequested = "not-requested";

    public static NodeStatistics Of(CacheStatistics cache) =>
        new(cache.Hits, cache.Misses, cache.MissesByReason, cache.Bypasses, cache.BypassesByReason, cache.Invalidations, cache.Entries, cache.Bytes);

    /// <summary>Why queries that were to be cached were answered by the database.</summary>
    public IEnumerable<KeyValuePair<string, long>> Reasons() => MissesByReason.Concat(BypassesByReason).Where(static r => r.Key != NotRequested);

    /// <summary>Queries that were to be cached: all but those that don't ask for it, such as a write's look at what it changes.</summary>
    public long Asked() => Hits + Misses + Bypasses - BypassesByReason.GetValueOrDefault(NotRequested);
}
