using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;
using ZooCache.Consistency.Tests.Oracle;

namespace ZooCache.Consistency.Tests;

/// <summary>
/// Random writes of every kind, and after each the answers of the cache beside the database's own. Deterministic from
/// ZOOCACHE_SEED; ZOOCACHE_ORACLE_STEPS sets its length.
/// </summary>
public sealed class OracleTests(ITestOutputHelper output)
{
    private const int DefaultSteps = 250;

    /// <summary>Split queries and groups of entities; the middle of a TransactionScope; Find(), which takes no marker.</summary>
    private static readonly string[] ApprovedBypasses = ["shape-not-served", "in-transaction", "not-requested"];

    [Fact]
    public async Task WhateverIsWritten_EachAnswerIsTheDatabases()
    {
        var seed = Number("ZOOCACHE_SEED", 4242);
        var steps = Number("ZOOCACHE_ORACLE_STEPS", DefaultSteps);
        var program = Enumerable.Range(0, steps).Select(i => (seed * 1000) + (i * 7)).ToList();
        output.WriteLine($"ZOOCACHE_SEED={seed} ZOOCACHE_ORACLE_STEPS={steps}");
        var started = Stopwatch.GetTimestamp();
        using var run = new OracleRun();
        var mismatch = await run.Run(program);
        output.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s\n{run.Report}");
        if (mismatch is not null)
        {
            Assert.Fail($"seed {seed}: {mismatch}\n\n{await new Shrinker(program, mismatch, TimeSpan.FromSeconds(60)).Shrink()}");
        }

        run.Report.Bypasses.Keys.Except(ApprovedBypasses).ShouldBeEmpty();
        if (steps >= DefaultSteps)
        {
            run.Report.HitShare.ShouldBeGreaterThanOrEqualTo(0.45);
            QueryPool.Forms.Where(f => f.NeverHit is null && run.Report.HitsOf(f.Name) < 5).Select(f => f.Name).ShouldBeEmpty();
        }
    }

    private static int Number(string variable, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
