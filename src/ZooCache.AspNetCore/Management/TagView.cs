namespace ZooCache.AspNetCore.Management;

/// <summary>A tag on which entries depend, or that is above such tags.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Version">The number of the newest invalidation that it, or one above it, may have met.</param>
/// <param name="Entries">The entries that depend on it, or on what is below it.</param>
/// <param name="Bytes">What they take.</param>
/// <param name="Below">The tags right below it, those with the most entries first; at most 200.</param>
/// <param name="More">How many more there are.</param>
internal sealed record TagView(string Tag, long Version, int Entries, long Bytes, IReadOnlyList<TagBelow> Below, int More)
{
    private const int MostBelow = 200;

    internal static TagView Of(ZooCache cache, TagPath path)
    {
        var (count, bytes) = (0, 0L);
        var below = new Dictionary<ulong, TagBelow>();
        var met = new HashSet<ulong>();
        foreach (var entry in cache.Entries)
        {
            met.Clear();
            var isIn = false;
            foreach (var dependency in entry.Dependencies)
            {
                isIn |= TryFind(dependency.Node, path, out var child);
                if (child is not null && met.Add(child.PathHash))
                {
                    var known = below.TryGetValue(child.PathHash, out var other) ? other : new TagBelow(child.Path.ToString(), 0, 0);
                    below[child.PathHash] = known with { Entries = known.Entries + 1, Bytes = known.Bytes + entry.Size };
                }
            }

            if (isIn)
            {
                count++;
                bytes += entry.Size;
            }
        }

        var most = below.Values.OrderByDescending(t => t.Entries).ThenBy(t => t.Tag, StringComparer.Ordinal).Take(MostBelow).ToList();
        return new TagView(path.ToString(), cache.Trie.VersionOf(path), count, bytes, most, below.Count - most.Count);
    }

    /// <summary>Whether a node is at or below a path.</summary>
    /// <param name="node">The node.</param>
    /// <param name="path">The path.</param>
    /// <param name="child">The node right below the path, on the way to it; null if it is the path's own.</param>
    private static bool TryFind(TrieNode node, TagPath path, out TrieNode? child)
    {
        child = null;
        var last = default(TrieNode);
        for (var above = node; above is not null; above = above.Parent)
        {
            if (above.PathHash == path.PrefixHash(path.Depth))
            {
                child = last;
                return true;
            }

            last = above;
        }

        return false;
    }
}

/// <summary>A tag right below another.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Entries">The entries that depend on it, or on what is below it.</param>
/// <param name="Bytes">What they take.</param>
internal sealed record TagBelow(string Tag, int Entries, long Bytes);
