using System.Diagnostics;

namespace ZooCache.Benchmarks.Precision;

/// <summary>How many answers that a write leaves as they are does it leave in the cache?</summary>
internal static class PrecisionCommand
{
    public static async Task<int> RunAsync(PrecisionOptions options)
    {
        PrecisionReport.WriteHead(options);
        var tracked = await RunAsync(options, detached: false);
        var detached = await RunAsync(options, detached: true);
        var stale = tracked.Stale + detached.Stale;
        Console.WriteLine(stale == 0 ? "stale: 0" : $"stale: {stale}  <- answers that the database would not have given");
        if (options.Json)
        {
            Console.WriteLine(PrecisionReport.Json(tracked, detached));
        }

        return stale == 0 ? 0 : 1;
    }

    private static async Task<PrecisionReport> RunAsync(PrecisionOptions options, bool detached)
    {
        var began = Stopwatch.GetTimestamp();
        using var shop = new ShopUnderTest();
        var run = new PrecisionRun(shop, options, detached);
        await run.RunAsync();
        var report = new PrecisionReport(run);
        report.Write(
            detached ? "detached: updates by Update(…) of an object that was loaded elsewhere" : "tracked: updates of what a query of the same context has loaded",
            Stopwatch.GetElapsedTime(began),
            options.ByWrite);
        return report;
    }
}
