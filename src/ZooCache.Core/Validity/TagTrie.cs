using System.Diagnostics;

namespace ZooCache;

/// <summary>
/// Decides what is still valid: a prefix trie over tags that knows the newest bump of each.
/// </summary>
/// <remarks>
/// <para>A bump of depth d costs O(d), however many entries it kills: it writes <c>Self</c> at its path and <c>Max</c> at
/// every prefix. An exact dependency is valid when no <c>Self</c> on its path is newer than the entry's fence; a subtree
/// dependency when, besides, the <c>Max</c> of its path is not.</para>
/// <para>Invariants:</para>
/// <list type="number">
/// <item>Creating, pruning and bumping are ordered by one lock. A bump takes the next sequence, writes, and only then
/// publishes the sequence: were it published first, a reader in between would be stamped "validated" at the new sequence
/// after a walk that met the old values.</item>
/// <item>A path's values are in its node, or, where it has none, in the table of recent bumps, or else below the horizon.
/// A new node takes them from there, a pruned node leaves them there, so a bump of a tag that nobody uses makes no node
/// and trie memory follows live entries.</item>
/// <item>Nodes are found by (parent, segment hash), never by path hash alone: a node that stood in for a path under
/// another parent would miss the bumps of that parent.</item>
/// </list>
/// <para>Thread-safe. <see cref="IsValid(ReadOnlySpan{Dependency}, long)"/> and <see cref="Sequence"/> take no lock.</para>
/// </remarks>
internal sealed class TagTrie
{
    private const int FewestSlots = 4096;

    private readonly Lock gate = new();
    private readonly Dictionary<NodeKey, TrieNode> nodes = [];
    private readonly TrieNode root = new(null, 0, TagPath.Root.PrefixHash(0), null, 0, 0);
    private readonly RecentBumps recent;
    private readonly MarkTable marks = new();
    private readonly BumpLog log = new();
    private long sequence;

    internal TagTrie(int recentCapacity = 65_536)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(recentCapacity, 1);
        recent = new RecentBumps(recentCapacity);
    }

    /// <summary>The newest bump that a path, or one above it, may have met.</summary>
    internal long VersionOf(TagPath path)
    {
        lock (gate)
        {
            var newest = 0L;
            var node = root;
            for (var depth = 0; ; depth++)
            {
                newest = Math.Max(newest, node?.Self ?? recent.Find(path.PrefixHash(depth)).Self);
                if (depth == path.Depth)
                {
                    return newest;
                }

                node = Child(node, path.Segments[depth].Hash);
            }
        }
    }

    /// <summary>The newest published bump. Never goes back, never leaves the process.</summary>
    internal long Sequence => Volatile.Read(ref sequence);

    /// <summary>The nodes below the root.</summary>
    internal int NodeCount
    {
        get
        {
            lock (gate)
            {
                return nodes.Count;
            }
        }
    }

    /// <summary>The room for nodes, which shrinks again when most of it is empty.</summary>
    internal int NodeCapacity
    {
        get
        {
            lock (gate)
            {
                return nodes.Capacity;
            }
        }
    }

    internal long Horizon
    {
        get
        {
            lock (gate)
            {
                return recent.Horizon;
            }
        }
    }

    internal int MarkCount => marks.Count;

    /// <summary>A test's view into a bump, between its writes and its publication. Null in production.</summary>
    internal Action? BumpProbe { get; set; }

    /// <summary>A test's count of what bumps write: called for each node, or record in place of one. Null in production.</summary>
    internal Action? VisitProbe { get; set; }

    /// <summary>A test's hole: bumps of these paths are lost. Null in production.</summary>
    internal Predicate<TagPath>? LosesProbe { get; set; }

    /// <summary>A test's view into a judgement, after its walk and before its result is noted. Null in production.</summary>
    internal Action? WalkProbe { get; set; }

    /// <summary>Whether nothing that the dependencies name was bumped after the fence. The nodes must be pinned.</summary>
    internal static bool IsValid(ReadOnlySpan<Dependency> dependencies, long fence)
    {
        foreach (var dependency in dependencies)
        {
            if (dependency.Subtree && dependency.Node.Max > fence)
            {
                return false;
            }

            for (var node = dependency.Node; node is not null; node = node.Parent)
            {
                if (node.Self > fence)
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Whether nothing at all was bumped after the fence in the parts of the trie that the dependencies are in, each part being
    /// what is below the first segments of a path: more than that an answer is valid.</summary>
    internal static bool IsUntouched(ReadOnlySpan<Dependency> dependencies, int segments, long fence)
    {
        foreach (var dependency in dependencies)
        {
            var depth = 0;
            for (var node = dependency.Node; node.Parent is { } parent; node = parent)
            {
                depth++;
            }

            var part = dependency.Node;
            for (; depth > segments; depth--)
            {
                part = part.Parent!;
            }

            if (part.Max > fence)
            {
                return false;
            }
        }

        return IsValid(dependencies, fence);
    }

    /// <summary>Judges a path that need not have a node.</summary>
    internal bool IsValid(DependencyPath path, long fence)
    {
        lock (gate)
        {
            return IsUnchanged(path.Path, path.Subtree, fence);
        }
    }

    /// <summary>Which of the dependencies is invalid, the bump that made it so, and what that was; null if all are valid.</summary>
    internal FatalBump? FindFatal(ReadOnlySpan<Dependency> dependencies, long fence)
    {
        foreach (var dependency in dependencies)
        {
            var newest = dependency.Subtree ? dependency.Node.Max : 0;
            for (var node = dependency.Node; node is not null; node = node.Parent)
            {
                newest = Math.Max(newest, node.Self);
            }

            if (newest > fence)
            {
                lock (gate)
                {
                    var bump = log.Find(newest);
                    return new FatalBump(dependency, bump?.Cause, bump?.Origin ?? default);
                }
            }
        }

        return null;
    }

    /// <summary>The last bumps after a sequence, the newest first, as far as they are remembered.</summary>
    internal List<BumpRecord> LastBumps(long after, int atMost)
    {
        lock (gate)
        {
            return log.Last(sequence, after, atMost);
        }
    }

    /// <summary>Pins the nodes of the paths, making those that are missing. Each pin is to be released by one unpin.</summary>
    internal void Pin(ReadOnlySpan<DependencyPath> paths, Span<Dependency> pinned)
    {
        lock (gate)
        {
            for (var i = 0; i < paths.Length; i++)
            {
                var node = FindOrCreate(paths[i].Path);
                node.Pins++;
                pinned[i] = new Dependency(node, paths[i].Subtree);
            }
        }
    }

    /// <summary>Pins nodes that were pinned once; one that was pruned meanwhile is made again, with what its path is known to have met.</summary>
    internal void Pin(ReadOnlySpan<Dependency> known, Span<Dependency> pinned)
    {
        lock (gate)
        {
            for (var i = 0; i < known.Length; i++)
            {
                var node = FindOrCreate(known[i].Node);
                node.Pins++;
                pinned[i] = known[i] with { Node = node };
            }
        }
    }

    /// <summary>Releases pins, and prunes what no pin and no child holds any more.</summary>
    internal void Unpin(ReadOnlySpan<Dependency> pinned)
    {
        lock (gate)
        {
            foreach (var dependency in pinned)
            {
                dependency.Node.Pins--;
                Prune(dependency.Node);
            }
        }
    }

    /// <summary>Invalidates everything at and below the paths. Returns the bump's sequence, which is published.</summary>
    internal long Bump(ReadOnlySpan<TagPath> paths, string? cause = null, ActivityContext origin = default) => Bump(paths, [], [], cause, origin);

    /// <summary>
    /// As the other, and tells of each condition whether it held until this very bump: no other can come between the look and
    /// the bump.
    /// </summary>
    /// <param name="paths">What is invalidated, whatever comes of the conditions.</param>
    /// <param name="conditions">What is looked at before.</param>
    /// <param name="held">As long as <paramref name="conditions"/>.</param>
    /// <param name="cause">What this bump is, for people.</param>
    /// <param name="origin">The span of what bumps.</param>
    internal long Bump(ReadOnlySpan<TagPath> paths, ReadOnlySpan<UnchangedSince> conditions, Span<bool> held, string? cause, ActivityContext origin = default)
    {
        lock (gate)
        {
            for (var i = 0; i < conditions.Length; i++)
            {
                held[i] = IsUnchanged(conditions[i].Path, subtree: false, conditions[i].Fence);
            }

            var next = sequence + 1;
            log.Add(next, cause, origin, paths);
            Write(paths, next);
            BumpProbe?.Invoke();
            Volatile.Write(ref sequence, next);
            return next;
        }
    }

    internal void Mark(ReadOnlySpan<TagPath> paths) => marks.Mark(paths);

    internal void Unmark(ReadOnlySpan<TagPath> paths) => marks.Unmark(paths);

    /// <summary>Whether a write under way overlaps: at a prefix of a dependency, or, for a subtree, below it.</summary>
    internal bool IsMarked(ReadOnlySpan<Dependency> dependencies) => marks.Overlaps(dependencies);

    private bool IsUnchanged(TagPath tag, bool subtree, long fence)
    {
        var node = root;
        for (var depth = 0; ; depth++)
        {
            var (self, max) = node is null ? recent.Find(tag.PrefixHash(depth)) : (node.Self, node.Max);
            if (self > fence || (depth == tag.Depth && subtree && max > fence))
            {
                return false;
            }

            if (depth == tag.Depth)
            {
                return true;
            }

            node = Child(node, tag.Segments[depth].Hash);
        }
    }

    private void Write(ReadOnlySpan<TagPath> paths, long next)
    {
        foreach (var path in paths)
        {
            if (LosesProbe?.Invoke(path) == true)
            {
                continue;
            }

            var node = root;
            for (var depth = 0; depth < path.Depth; depth++)
            {
                VisitProbe?.Invoke();
                if (node is not null)
                {
                    node.Max = next;
                }
                else
                {
                    recent.Record(path.PrefixHash(depth), self: 0, max: next);
                }

                node = Child(node, path.Segments[depth].Hash);
            }

            VisitProbe?.Invoke();
            if (node is not null)
            {
                (node.Self, node.Max) = (next, next);
            }
            else
            {
                recent.Record(path.PrefixHash(path.Depth), self: next, max: next);
            }
        }
    }

    private TrieNode? Child(TrieNode? parent, ulong segment) =>
        parent is not null && nodes.TryGetValue(new NodeKey(parent, segment), out var node) ? node : null;

    private TrieNode FindOrCreate(TagPath path)
    {
        var node = root;
        for (var depth = 0; depth < path.Depth; depth++)
        {
            var segment = path.Segments[depth];
            node = Child(node, segment.Hash) ?? Create(node, segment.Hash, path.PrefixHash(depth + 1), segment.Name);
        }

        return node;
    }

    private TrieNode FindOrCreate(TrieNode known)
    {
        if (known.Parent is null)
        {
            return root;
        }

        var parent = FindOrCreate(known.Parent);
        return Child(parent, known.Segment) ?? Create(parent, known.Segment, known.PathHash, known.Name);
    }

    private TrieNode Create(TrieNode parent, ulong segment, ulong pathHash, string? name)
    {
        var (self, max) = recent.Find(pathHash);
        var node = new TrieNode(parent, segment, pathHash, name, self, max);
        nodes.Add(new NodeKey(parent, segment), node);
        parent.Children++;
        return node;
    }

    private void Prune(TrieNode node)
    {
        while (node is { Pins: 0, Children: 0, Parent: { } parent })
        {
            nodes.Remove(new NodeKey(parent, node.Segment));
            recent.Remember(node.PathHash, node.Self, node.Max);
            parent.Children--;
            node = parent;
        }

        if (nodes.Capacity > FewestSlots && nodes.Count < nodes.Capacity / 8)
        {
            nodes.TrimExcess(Math.Max(FewestSlots, nodes.Count * 2));
        }
    }

    private readonly struct NodeKey(TrieNode parent, ulong segment) : IEquatable<NodeKey>
    {
        private readonly TrieNode parent = parent;
        private readonly ulong segment = segment;

        public bool Equals(NodeKey other) => ReferenceEquals(parent, other.parent) && segment == other.segment;

        public override bool Equals(object? obj) => obj is NodeKey other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(parent.PathHash, segment);
    }
}
