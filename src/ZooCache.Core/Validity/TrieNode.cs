namespace ZooCache;

/// <summary>
/// One pinned tag, or an ancestor of one. <see cref="Self"/> is the newest bump of this very path, <see cref="Max"/> the
/// newest bump at or below it.
/// </summary>
/// <remarks>
/// Self and Max are written under the trie's lock and read anywhere. Everything else is written under that lock only, and
/// <see cref="Parent"/> never changes: a node that was pruned still leads up to the root, but bumps no longer reach it.
/// </remarks>
internal sealed class TrieNode(TrieNode? parent, ulong segment, ulong pathHash, string? name, long self, long max)
{
    private long self = self;
    private long max = max;

    internal TrieNode? Parent { get; } = parent;

    internal ulong Segment { get; } = segment;

    internal ulong PathHash { get; } = pathHash;

    /// <summary>For people; null for a value.</summary>
    internal string? Name { get; } = name;

    /// <summary>The path of the node.</summary>
    internal TagPath Path
    {
        get
        {
            var segments = new Stack<TagSegment>();
            for (var node = this; node.Parent is not null; node = node.Parent)
            {
                segments.Push(node.Name is { } name ? new TagSegment(name) : new TagSegment(node.Segment));
            }

            return TagPath.Of([.. segments]);
        }
    }

    internal int Pins { get; set; }

    internal int Children { get; set; }

    internal long Self
    {
        get => Volatile.Read(ref self);
        set => Volatile.Write(ref self, value);
    }

    internal long Max
    {
        get => Volatile.Read(ref max);
        set => Volatile.Write(ref max, value);
    }
}
