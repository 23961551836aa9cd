using Quickstart.Checking;
using ZooCache;

namespace Quickstart.Measuring;

/// <summary>How far a run is, for whoever shows it.</summary>
/// <param name="AtStart">What the cache had counted before the run: warming up is not part of it.</param>
internal sealed record RunState(
    TimeSpan Elapsed, TimeSpan Duration, Totals Totals, Findings Findings, CacheStatistics Cache, CacheStatistics AtStart)
{
    public TimeSpan Left => Elapsed < Duration ? Duration - Elapsed : TimeSpan.Zero;

    public double ReadsPerSecond => Totals.All.Reads / Elapsed.TotalSeconds;

    public long Invalidations => Cache.Invalidations - AtStart.Invalidations;

    public double InvalidationsPerSecond => Invalidations / Elapsed.TotalSeconds;

    public double CheckedShare => Totals.All.Hits.Count == 0 ? 0 : Findings.Checked / Totals.All.Hits.Count;
}
