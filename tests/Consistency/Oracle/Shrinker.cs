using System.Diagnostics;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>
/// Makes a failing program short: the wrong answer's query alone is asked, then the last few steps are tried, then steps
/// are left out, for as long as it fails and there is time.
/// </summary>
internal sealed class Shrinker(WorldDatabase world, IReadOnlyList<int> program, Mismatch mismatch, ZooCacheOptions options, bool mayCommitInSql, TimeSpan limit)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private QueryInstance? _focus = mismatch.Instance;

    internal async Task<string> Shrink()
    {
        List<int> failing = [.. program.Take(mismatch.Step)];
        if (await Fails(failing) is null)
        {
            _focus = null;
        }

        for (var last = 1; last < failing.Count && HasTime; last *= 2)
        {
            if (await Fails(failing[^last..]) is not null)
            {
                failing = failing[^last..];
                break;
            }
        }

        for (var chunk = failing.Count / 2; chunk >= 1; chunk /= 2)
        {
            for (var at = 0; at + chunk <= failing.Count && HasTime;)
            {
                List<int> shorter = [.. failing[..at], .. failing[(at + chunk)..]];
                if (shorter.Count > 0 && await Fails(shorter) is not null)
                {
                    failing = shorter;
                }
                else
                {
                    at += chunk;
                }
            }
        }

        return await Describe(failing);
    }

    private bool HasTime => Stopwatch.GetElapsedTime(_started) < limit;

    private async Task<Mismatch?> Fails(List<int> steps)
    {
        var run = new OracleRun(world, new OracleReport(), mayCommitInSql, _focus);
        return await run.Run(steps, options);
    }

    private async Task<string> Describe(List<int> steps)
    {
        var run = new OracleRun(world, new OracleReport(), mayCommitInSql, _focus);
        var found = await run.Run(steps, options);
        var asked = _focus is null ? "sampled queries are asked" : "only that query is asked, before and after each step";
        return $"Shortest program found ({steps.Count} of {mismatch.Step} steps; {asked}):\n  {string.Join("\n  ", run.Trace)}\n"
            + (found is null ? "It fails not each time." : $"{found}");
    }
}
