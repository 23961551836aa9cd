using ZooCache.RowSets;

namespace ZooCache;

/// <summary>
/// What an entry costs besides its value.
/// </summary>
internal static class EntrySize
{
    internal const int PerEntry = 400;

    internal const int PerDependency = 170;

    internal static long Of(CacheKey key, long value, int dependencies) =>
        value > long.MaxValue / 2 ? long.MaxValue : value + key.Bytes.Length + PerEntry + ((long)PerDependency * dependencies);

    /// <summary>
    /// What the dependencies' tags cost beyond that: names, and nodes above that nobody else has use for now. Whoever shares
    /// a prefix first pays for it; a reader of counts that move meanwhile is a node off.
    /// </summary>
    internal static long OfTags(ReadOnlySpan<Dependency> dependencies)
    {
        var bytes = 0L;
        foreach (var dependency in dependencies)
        {
            var node = dependency.Node.Pins == 1 ? dependency.Node : null;
            while (node is not null)
            {
                bytes += node.Name is { } name ? WordCodec.SizeOf(name) : 0;
                node = node.Parent is { Pins: 0, Children: 1, Parent: not null } above ? above : null;
                bytes += node is null ? 0 : PerDependency;
            }
        }

        return bytes;
    }
}
