namespace ZooCache.Cli.Live;

/// <summary>What nodes have done between samples, all together.</summary>
internal sealed record Rates(double RequestsPerSecond, double LoadsPerSecond, double InvalidationsPerSecond, double? HitRatio, DurationCounts? HitTimes, DurationCounts? LoadTimes)
{
    /// <summary>The newest last; a node that has fewer samples takes part in the newer ones.</summary>
    internal static IReadOnlyList<Rates> Of(IEnumerable<NodeHistory> nodes)
    {
        var all = nodes.Select(static n => n.Steps.Reverse().ToList()).ToList();
        var rates = new List<Rates>();
        for (var ago = 0; all.Any(steps => steps.Count > ago); ago++)
        {
            rates.Add(Of([.. all.Where(steps => steps.Count > ago).Select(steps => steps[ago])]));
        }

        rates.Reverse();
        return rates;
    }

    private static Rates Of(IReadOnlyList<(NodeSample Before, NodeSample Now)> steps)
    {
        var hits = steps.Sum(static s => s.Now.Hits - s.Before.Hits);
        var misses = steps.Sum(static s => s.Now.Misses - s.Before.Misses);
        return new Rates(
            PerSecond(static s => s.Hits + s.Misses), PerSecond(static s => s.Misses), PerSecond(static s => s.Invalidations), hits + misses > 0 ? (double)hits / (hits + misses) : null,
            Times(static s => s.HitTimes), Times(static s => s.LoadTimes));

        double PerSecond(Func<NodeSample, long> count) => steps.Sum(s => Math.Max(0, count(s.Now) - count(s.Before)) / Math.Max(0.001, (s.Now.At - s.Before.At).TotalSeconds));

        DurationCounts? Times(Func<NodeSample, DurationCounts> times) => steps.Select(s => times(s.Now).Since(times(s.Before))).Aggregate((DurationCounts?)null, static (sum, one) => sum?.And(one) ?? one);
    }
}
