using System.Globalization;
using Xunit.Abstractions;
using ZooCache.Consistency.Tests.Oracle;

namespace ZooCache.Consistency.Tests.Nodes;

/// <summary>
/// Schedules of several nodes with a log, deterministic from ZOOCACHE_SEED; ZOOCACHE_SCHEDULES sets how many.
/// </summary>
public sealed class NodeSimulationTests(ITestOutputHelper output)
{
    [Fact]
    public void WhateverGoesWrong_NoAnswerIsLaterThanPromised()
    {
        var seed = Number("ZOOCACHE_SEED", 1);
        var schedules = Number("ZOOCACHE_SCHEDULES", 1_000);
        var totals = new SimTotals();
        for (var i = 0; i < schedules; i++)
        {
            if (new SimRun(seed + i, totals).Run() is { } wrong)
            {
                Assert.Fail($"schedule {i + 1}: ZOOCACHE_SEED={seed + i} ZOOCACHE_SCHEDULES=1: {wrong}");
            }
        }

        output.WriteLine($"{schedules} schedules from {seed}: {totals}");
        Progress.Write($"simulation: {schedules} schedules from {seed}: {totals}");
        if (schedules >= 100)
        {
            (100.0 * totals.Hits / totals.Reads).ShouldBeGreaterThan(20);
        }
    }

    private static int Number(string variable, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
