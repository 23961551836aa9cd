namespace ZooCache;

/// <summary>
/// Which fence a load had to take some time ago: for answers of a replica that may be that far behind.
/// </summary>
/// <remarks>
/// <para>Invariant: every bump up to the fence that is given was published at least the lag ago. So was the commit that it
/// tells of, and a replica that is no further behind shows it. Bumps beyond that fence speak against the answer, as bumps
/// after the load do.</para>
/// <para>Algorithm: loads leave samples of (time, sequence), an eighth of the longest lag apart. The fence is that of the
/// newest sample that is old enough, or 0. A sample that is missing makes the fence older, which can only refuse more.
/// Of the samples that are older than the longest lag only the newest is kept: there are ten or so.</para>
/// <para>Thread-safe.</para>
/// </remarks>
internal sealed class FenceHistory(TagTrie trie, EntryClock clock)
{
    private const int SamplesPerLag = 8;

    private readonly Lock gate = new();
    private readonly List<(long Time, long Sequence)> samples = [];
    private long longest;

    internal int Count
    {
        get
        {
            lock (gate)
            {
                return samples.Count;
            }
        }
    }

    /// <summary>The fence of a load that begins now and may see what the database was <paramref name="lag"/> ago, in units
    /// of the clock.</summary>
    internal long FenceBefore(long lag)
    {
        // In this order: a bump between the two must not pass for one that was published by then.
        var sequence = trie.Sequence;
        var now = clock.Now;
        lock (gate)
        {
            longest = Math.Max(longest, lag);
            var fence = samples.FindLast(s => s.Time <= now - lag).Sequence;
            if (samples.Count == 0 || now - samples[^1].Time >= longest / SamplesPerLag)
            {
                samples.Add((now, sequence));
            }

            samples.RemoveRange(0, Math.Max(0, samples.FindLastIndex(s => s.Time <= now - longest)));
            return fence;
        }
    }
}
