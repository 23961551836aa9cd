using Quickstart.Load;

namespace Quickstart.Measuring;

/// <summary>All workers' metrics, summed up at one moment.</summary>
internal sealed class Totals
{
    private readonly ReadTotals[] kinds;

    public Totals(IReadOnlyCollection<WorkerMetrics> workers)
    {
        kinds = [.. ReadKind.All.Select(kind => ReadTotals.Of(workers.Select(w => w.Of(kind))))];
        All = ReadTotals.Sum(kinds);
        foreach (var worker in workers)
        {
            worker.Writes.AddTo(Writes);
            Retries += worker.Retries;
        }
    }

    public ReadTotals All { get; }

    public LatencyDistribution Writes { get; } = new();

    public long Retries { get; }

    public double WriteShare => Writes.Count / (Writes.Count + All.Reads);

    public ReadTotals Of(ReadFamily family) =>
        ReadTotals.Sum(kinds.Where((_, index) => ReadKind.All[index].Family == family));

    /// <summary>
    /// The median uncached latency over the median latency of a hit, over the same mix: the uncached samples of each kind
    /// weigh together as much as the kind has hits. Null until there are both.
    /// </summary>
    public double? Speedup()
    {
        var (hits, uncached) = (new LatencyDistribution(), new LatencyDistribution());
        foreach (var kind in kinds.Where(k => k.Hits.Count > 0 && k.Uncached.Count > 0))
        {
            kind.Hits.AddTo(hits);
            kind.Uncached.AddTo(uncached, kind.Hits.Count / kind.Uncached.Count);
        }

        return uncached.Median / hits.Median;
    }
}

/// <summary>The latencies of one or several kinds of reads.</summary>
internal sealed record ReadTotals(LatencyDistribution Hits, LatencyDistribution Misses, LatencyDistribution Uncached)
{
    public long Reads => (long)(Hits.Count + Misses.Count);

    public double HitRatio => Reads == 0 ? 0 : Hits.Count / Reads;

    public static ReadTotals Of(IEnumerable<WorkerMetrics.PerKind> workers)
    {
        var sum = new ReadTotals(new(), new(), new());
        foreach (var worker in workers)
        {
            worker.Hits.AddTo(sum.Hits);
            worker.Misses.AddTo(sum.Misses);
            worker.Uncached.AddTo(sum.Uncached);
        }

        return sum;
    }

    public static ReadTotals Sum(IEnumerable<ReadTotals> kinds)
    {
        var sum = new ReadTotals(new(), new(), new());
        foreach (var kind in kinds)
        {
            kind.Hits.AddTo(sum.Hits);
            kind.Misses.AddTo(sum.Misses);
            kind.Uncached.AddTo(sum.Uncached);
        }

        return sum;
    }
}
