using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Telemetry;

/// <summary>
/// What it costs to be watched: a LINQ look-up by key that is answered from the cache, without anybody listening, with a listener to all instruments, and with one in a hundred answers
/// asked of the database, too; beside the same uncached. In interleaved blocks on one thread.
/// </summary>
internal static class TelemetryCommand
{
    private const int Items = 1_000;
    private const int Hot = 64;
    private const int QueriesOfABlock = 2_000;
    private const double Share = 0.01;

    public static int Run(Arguments arguments)
    {
        var rounds = arguments.Number("--rounds", 3, 10_000) ?? 101;
        var json = arguments.Flag("--json");
        arguments.End();

        using var database = new BenchmarkDatabase(Items);
        using var cache = new ZooCache();
        using var watched = new ZooCache(new ZooCacheOptions { WatchdogShare = Share });
        var (plain, cached, sampled) = (
            BenchmarkDatabase.Factory(database.File, null), BenchmarkDatabase.Factory(database.File, cache), BenchmarkDatabase.Factory(database.File, watched));
        (string Name, Func<Block> Run)[] sides =
        [
            ("uncached", () => Run(plain, isCached: false)),
            ("hit", () => Run(cached, isCached: true)),
            ("hit, listened to", () =>
            {
                using var listener = Listen();
                return Run(cached, isCached: true);
            }),
            ("hit, 1 % watched", () => Run(sampled, isCached: true)),
        ];

        // Until the JIT has nothing more to compile.
        for (var i = 0; i < 30; i++)
        {
            Array.ForEach(sides, static s => s.Run());
        }

        var blocks = sides.Select(_ => new List<Block>()).ToList();
        var before = watched.GetStatistics();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < sides.Length; i++)
            {
                var at = (i + round) % sides.Length;
                blocks[at].Add(sides[at].Run());
            }
        }

        var after = watched.GetStatistics();
        var asked = after.WatchedByResult.Values.Sum() - before.WatchedByResult.Values.Sum();
        var results = sides.Select((side, i) => new
        {
            side.Name,
            OfUncached = Median(blocks[i].Zip(blocks[0], static (own, its) => own.Seconds / its.Seconds)),
            OfHit = Median(blocks[i].Zip(blocks[1], static (own, its) => own.Seconds / its.Seconds)),
            Bytes = Median(blocks[i].Select(static b => (double)b.Bytes / QueriesOfABlock)),
        }).ToList();
        Console.WriteLine($"one row by key from local SQLite, no tracking ({rounds} interleaved blocks of {QueriesOfABlock:N0} queries; ratio of neighbouring blocks, median)");
        foreach (var result in results)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Name,-20}{result.OfUncached,8:N3} x uncached{result.OfHit,8:N3} x hit{result.Bytes,10:N1} bytes"));
        }

        var share = (double)asked / ((long)rounds * QueriesOfABlock);
        var costs = Median(blocks[3].Zip(blocks[1], static (own, its) => own.Seconds - its.Seconds).Zip(blocks[0], static (more, its) => more / its.Seconds));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"watched: {asked:N0} of {(long)rounds * QueriesOfABlock:N0} answers asked again ({share:P2}), {after.StaleAnswers} stale; costs {costs:N4} of an uncached query for each answer"));
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                listened = Math.Round(results[2].OfHit, 3), listenedBytes = results[2].Bytes - results[1].Bytes, watched = Math.Round(costs, 4), share = Math.Round(share, 4),
            }));
        }

        return after.StaleAnswers == 0 ? 0 : 1;
    }

    private static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name == "ZooCache")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        var sum = 0.0;
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => sum += value);
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.Start();
        return listener;
    }

    private static Block Run(PooledDbContextFactory<BenchmarkContext> contexts, bool isCached)
    {
        using var db = contexts.CreateDbContext();
        var items = db.Items.AsNoTracking();
        items = isCached ? items.Cacheable() : items;
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < QueriesOfABlock; i++)
        {
            var id = 1 + (i % Hot);
            _ = items.Single(item => item.Id == id);
        }

        return new Block(Stopwatch.GetElapsedTime(started).TotalSeconds, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : 0;

    private sealed record Block(double Seconds, long Bytes);
}
