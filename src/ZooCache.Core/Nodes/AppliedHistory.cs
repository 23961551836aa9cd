namespace ZooCache;

/// <summary>
/// When this node has applied which entry of the log, in its own sequence: what a load with a given fence has surely seen of the log.
/// </summary>
/// <remarks>Invariant: the stamp that is given for a fence was applied in full before the fence was taken. Bounded: of what is older than
/// the oldest entry kept nothing is said. Thread-safe.</remarks>
internal sealed class AppliedHistory(int capacity)
{
    /// <summary>Where a membership began: what was said there isn't known.</summary>
    private const ulong Unknown = 0;

    private readonly Lock gate = new();
    private readonly Queue<HlcStamp> order = new();
    private readonly Dictionary<HlcStamp, ulong> known = [];
    private readonly List<(long Sequence, HlcStamp Stamp)> steps = [];
    private ulong epoch;

    /// <summary>Begins anew: nothing is known of before.</summary>
    internal void Reset(ulong inEpoch, HlcStamp stamp, long sequence)
    {
        lock (gate)
        {
            epoch = inEpoch;
            order.Clear();
            known.Clear();
            steps.Clear();
            Take(stamp, null, sequence);
        }
    }

    /// <summary>Takes note of an entry that was applied.</summary>
    /// <param name="stamp">Its stamp.</param>
    /// <param name="print">What it said, as a hash.</param>
    /// <param name="sequence">The node's sequence right after.</param>
    internal void Add(HlcStamp stamp, ulong print, long sequence)
    {
        lock (gate)
        {
            Take(stamp, print, sequence);
            if (order.Count > capacity)
            {
                known.Remove(order.Dequeue());
            }

            if (steps.Count > capacity)
            {
                steps.RemoveRange(0, steps.Count - Math.Max(1, capacity / 2));
            }
        }
    }

    /// <summary>Whether an entry was applied, and said this; true as well for what is too old to tell.</summary>
    internal bool MayHave(HlcStamp stamp, ulong print)
    {
        lock (gate)
        {
            return known.TryGetValue(stamp, out var said) ? said == print || said == Unknown : order.TryPeek(out var oldest) && stamp < oldest;
        }
    }

    /// <summary>The newest entry that was applied in full before a fence; none if that isn't known.</summary>
    internal (ulong Epoch, HlcStamp Stamp) SeenAt(long fence)
    {
        lock (gate)
        {
            var (low, high) = (0, steps.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = steps[middle].Sequence <= fence ? (middle + 1, high) : (low, middle);
            }

            return (epoch, low == 0 ? HlcStamp.None : steps[low - 1].Stamp);
        }
    }

    private void Take(HlcStamp stamp, ulong? print, long sequence)
    {
        order.Enqueue(stamp);
        known[stamp] = print ?? Unknown;

        // The first that was applied at a sequence: fences were taken since.
        if (steps.Count == 0 || steps[^1].Sequence < sequence)
        {
            steps.Add((sequence, stamp));
        }
    }
}
