using Storefront.Node;

namespace Storefront.Load;

/// <summary>What a run has come to.</summary>
internal sealed record LoadResult(
    bool Strict,
    TimeSpan Elapsed,
    IReadOnlyList<NodeTraffic> Traffic,
    IReadOnlyList<NodeStatistics> Before,
    IReadOnlyList<NodeStatistics> After,
    StalenessCheck Check,
    Prober Prober,
    Failures Failures)
{
    public int Nodes => Traffic.Count;

    public long Reads => Traffic.Sum(static t => t.Reads);

    public long Writes => Traffic.Sum(static t => t.Writes);

    public long Requests => Reads + Writes;

    public double HitRatio => Ratio(Enumerable.Range(0, Nodes));

    public double HitRatioOf(int node) => Ratio([node]);

    public double RequestsPerSecond(int node) => (Traffic[node].Reads + Traffic[node].Writes) / Elapsed.TotalSeconds;

    /// <summary>The smallest time that so many of the propagations took at most; null if there were none.</summary>
    public double? Propagation(double share)
    {
        var sorted = Prober.Milliseconds.Order().ToList();
        return sorted.Count == 0 ? null : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)];
    }

    /// <summary>Why reads, the prober's too, were no hits, and how many, over all nodes.</summary>
    public IEnumerable<(string Reason, long Count)> Reasons =>
        After.SelectMany(static s => s.Reasons()).Select(static r => (r.Key, r.Value))
            .Concat(Before.SelectMany(static s => s.Reasons()).Select(static r => (r.Key, -r.Value)))
            .GroupBy(static r => r.Key, static (reason, counts) => (Reason: reason, Count: counts.Sum(static c => c.Item2)))
            .Where(static r => r.Count > 0)
            .OrderByDescending(static r => r.Count);

    /// <summary>Of the load's reads alone, by what the nodes have counted.</summary>
    private double Ratio(IEnumerable<int> nodes)
    {
        var (hits, asked) = (0L, 0L);
        foreach (var node in nodes)
        {
            hits += After[node].Hits - Before[node].Hits - Traffic[node].Probes.Hits;
            asked += After[node].Asked() - Before[node].Asked() - Traffic[node].Probes.Reads;
        }

        return asked == 0 ? 0 : (double)hits / asked;
    }
}
