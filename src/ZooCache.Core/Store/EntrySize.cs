using ZooCache.RowSets;

namespace ZooCache;

/// <summary>
/// What an entry costs besides its value, in bytes.
/// </summary>
/// <remarks>
/// Weighed as the growth of the heap per entry over 20 000 entries on 64-bit .NET 10 (EntrySizeTests does it again): 275 bytes
/// and the key for the entry, its key object, its slot and node in the dictionary and its array of dependencies; 130 for each
/// dependency: its place in that array, one trie node of its own and that node's slot. Prefixes are shared and not counted. Added
/// to the former are 60 for the ghost that the entry may leave behind, and a little to both, because a dictionary that has just
/// grown is half empty.
/// </remarks>
internal static class EntrySize
{
    internal const int PerEntry = 340;

    internal const int PerDependency = 140;

    internal static long Of(CacheKey key, long value, int dependencies) =>
        value > long.MaxValue / 2 ? long.MaxValue : Math.Max(value, 0) + key.Bytes.Length + PerEntry + ((long)PerDependency * dependencies);

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
