using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>
/// What is remembered of paths that have no node: for each of the most recently bumped ones the newest bump of the very
/// path (self) and of anything at or below it (max).
/// </summary>
/// <remarks>
/// <para>Invariant: for a path without a node, the record under its hash, or else <see cref="Horizon"/>, is no older than
/// the path's real values. So forgetting, and two paths with one hash, can only make an answer look older than it is.</para>
/// <para>Algorithm: a bounded table in order of last bump (an array-backed list, least recently bumped record first). The
/// record that falls off raises the horizon to its max. A new record starts at the horizon, not at zero: what an earlier
/// record under this hash said may be folded into it.</para>
/// <para>Memory: it grows with use, to about 80 bytes per record, 5 MiB at the trie's default capacity.</para>
/// <para>Not thread-safe: the trie calls it under its lock.</para>
/// </remarks>
internal sealed class RecentBumps(int capacity, long horizon = 0)
{
    private const int None = -1;

    private readonly Dictionary<ulong, int> slotOf = [];
    private readonly List<Slot> slots = [];
    private int oldest = None;
    private int newest = None;

    /// <summary>The newest bump that may have been forgotten.</summary>
    internal long Horizon { get; private set; } = horizon;

    internal int Count => slotOf.Count;

    /// <summary>What is known of a path without a node.</summary>
    internal (long Self, long Max) Find(ulong pathHash)
    {
        if (slotOf.TryGetValue(pathHash, out var index))
        {
            return (slots[index].Self, slots[index].Max);
        }

        return (Horizon, Horizon);
    }

    /// <summary>Records a bump of a path without a node (self = max = sequence), or below it (self = 0).</summary>
    internal void Record(ulong pathHash, long self, long max)
    {
        if (slotOf.TryGetValue(pathHash, out var index))
        {
            Raise(index, self, max);
            Unlink(index);
        }
        else
        {
            index = slots.Count < capacity ? Grow() : Forget();
            slotOf.Add(pathHash, index);
            CollectionsMarshal.AsSpan(slots)[index] = new Slot { PathHash = pathHash, Self = Horizon, Max = Horizon };
            Raise(index, self, max);
        }

        LinkNewest(index);
    }

    /// <summary>
    /// Keeps what a pruned node knew. Values at or below the horizon add nothing, and values older than everything in a
    /// full table go straight to the horizon: pruning must not push out bumps that are more recent.
    /// </summary>
    internal void Remember(ulong pathHash, long self, long max)
    {
        if (slotOf.TryGetValue(pathHash, out var index))
        {
            Raise(index, self, max);
        }
        else if (max > Horizon)
        {
            if (slots.Count == capacity && max <= slots[oldest].Max)
            {
                Horizon = max;
            }
            else
            {
                Record(pathHash, self, max);
            }
        }
    }

    private void Raise(int index, long self, long max)
    {
        ref var slot = ref CollectionsMarshal.AsSpan(slots)[index];
        slot.Self = Math.Max(slot.Self, self);
        slot.Max = Math.Max(slot.Max, max);
    }

    private int Grow()
    {
        slots.Add(default);
        return slots.Count - 1;
    }

    private int Forget()
    {
        var index = oldest;
        Unlink(index);
        slotOf.Remove(slots[index].PathHash);
        Horizon = Math.Max(Horizon, slots[index].Max);
        return index;
    }

    private void Unlink(int index)
    {
        var span = CollectionsMarshal.AsSpan(slots);
        var (older, newer) = (span[index].Older, span[index].Newer);
        (older == None ? ref oldest : ref span[older].Newer) = newer;
        (newer == None ? ref newest : ref span[newer].Older) = older;
    }

    private void LinkNewest(int index)
    {
        var span = CollectionsMarshal.AsSpan(slots);
        (span[index].Older, span[index].Newer) = (newest, None);
        (newest == None ? ref oldest : ref span[newest].Newer) = index;
        newest = index;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Slot
    {
        internal ulong PathHash;
        internal long Self;
        internal long Max;
        internal int Older;
        internal int Newer;
    }
}
