using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>
/// The writes under way. A mark says that a write to a path has begun and its commit may come at any moment; while it
/// stands, nothing that overlaps the path is stored.
/// </summary>
/// <remarks>
/// <para>Invariant: marks are counted, so a path stays marked until its last writer has finished.</para>
/// <para>Algorithm: a mark adds one to <c>At</c> under the hash of its path and one to <c>Below</c> under each shorter
/// prefix. A path is overlapped from above when a prefix of it has <c>At</c> &gt; 0, and from below when it has
/// <c>Below</c> &gt; 0 itself. Two paths with one hash share a count, which rejects a store too many, never too few.</para>
/// <para>Thread-safe, by a lock of its own. Only stores ask, never hits, and with no mark standing they don't take it.</para>
/// </remarks>
internal sealed class MarkTable
{
    private readonly Lock gate = new();
    private readonly Dictionary<ulong, Counts> counts = [];
    private int count;

    /// <summary>The marks that stand.</summary>
    internal int Count => Volatile.Read(ref count);

    internal void Mark(ReadOnlySpan<TagPath> paths)
    {
        lock (gate)
        {
            foreach (var path in paths)
            {
                for (var depth = 0; depth < path.Depth; depth++)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(counts, path.PrefixHash(depth), out _).Below++;
                }

                CollectionsMarshal.GetValueRefOrAddDefault(counts, path.PrefixHash(path.Depth), out _).At++;
            }

            Volatile.Write(ref count, count + paths.Length);
        }
    }

    internal void Unmark(ReadOnlySpan<TagPath> paths)
    {
        lock (gate)
        {
            foreach (var path in paths)
            {
                for (var depth = 0; depth <= path.Depth; depth++)
                {
                    Release(path.PrefixHash(depth), at: depth == path.Depth);
                }
            }

            Volatile.Write(ref count, count - paths.Length);
        }
    }

    internal bool Overlaps(ReadOnlySpan<Dependency> dependencies)
    {
        if (Count == 0)
        {
            return false;
        }

        lock (gate)
        {
            foreach (var dependency in dependencies)
            {
                if (dependency.Subtree && counts.TryGetValue(dependency.Node.PathHash, out var leaf) && leaf.Below > 0)
                {
                    return true;
                }

                for (var node = dependency.Node; node is not null; node = node.Parent)
                {
                    if (counts.TryGetValue(node.PathHash, out var prefix) && prefix.At > 0)
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    private void Release(ulong pathHash, bool at)
    {
        ref var standing = ref CollectionsMarshal.GetValueRefOrNullRef(counts, pathHash);
        if (at)
        {
            standing.At--;
        }
        else
        {
            standing.Below--;
        }

        if (standing is { At: 0, Below: 0 })
        {
            counts.Remove(pathHash);
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Counts
    {
        internal int At;
        internal int Below;
    }
}
