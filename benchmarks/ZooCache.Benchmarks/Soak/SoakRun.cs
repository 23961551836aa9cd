using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Soak;

/// <summary>
/// One half of the soak, in a process of its own: asks for each row once, then, with a cache, empties it in each way that
/// a cache is emptied and looks at what stays behind.
/// </summary>
internal sealed class SoakRun(string file, SoakOptions options, ZooCache? cache, ShiftedClock clock)
{
    public const string Command = "soak-run";

    private const int WarmUp = 5_000;

    /// <summary>A prime above the most queries there can be: a walk in such steps meets each row once, in no tidy order.</summary>
    private const long Stride = 7_368_787;

    private static readonly int Workers = Math.Min(2, Environment.ProcessorCount);

    private readonly PooledDbContextFactory<BenchmarkContext> contexts = BenchmarkDatabase.Factory(file, cache);

    public static int Run(Arguments arguments)
    {
        var file = arguments.Text("--file") ?? throw new FormatException("--file: needs a value.");
        var cached = arguments.Flag("--cached");
        var options = SoakOptions.Read(arguments, 0, 0);
        arguments.End();

        var clock = new ShiftedClock();
        using var cache = cached
            ? new ZooCache(new ZooCacheOptions { ByteBudget = options.BudgetMiB * 1024L * 1024, TimeProvider = clock })
            : null;
        Console.WriteLine(JsonSerializer.Serialize(new SoakRun(file, options, cache, clock).Run()));
        return 0;
    }

    private SoakFigures Run()
    {
        // What the first queries leave behind (compiled code, EF's caches) isn't the cache's.
        Ask(Math.Min(WarmUp, options.Queries));
        cache?.Clear();
        var heap = ProcessMemory.LiveHeap();

        var figures = new SoakFigures { Before = Content() };
        var started = Stopwatch.GetTimestamp();
        using (var sampler = new PeakSampler())
        {
            Ask(options.Queries);
            figures = figures with { Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds, PeakPrivateBytes = sampler.Peak };
        }

        // Expired or invalid entries don't count as held: there are none here, so this is what the budget let in.
        figures = figures with { HeapGrowth = ProcessMemory.LiveHeap() - heap, PrivateBytes = ProcessMemory.Measure(), Full = Content() };
        if (cache is not null)
        {
            figures = Empty(figures, cache);
        }

        return figures with
        {
            HeapGrowthWhenEmpty = ProcessMemory.LiveHeap() - heap,
            PrivateBytesWhenEmpty = ProcessMemory.Measure(),
        };
    }

    private SoakFigures Empty(SoakFigures figures, ZooCache cache)
    {
        using var db = contexts.CreateDbContext();
        db.Cache().Invalidate<Item>();
        cache.Purge();
        figures = figures with { AfterInvalidation = Content() };

        for (var id = 1; id <= options.Queries; id++)
        {
            db.Cache().Invalidate<Item>(id);
        }

        figures = figures with { AfterRowInvalidations = Content() };

        Ask(Math.Min(20_000, options.Queries));
        figures = figures with { Refilled = Content() };
        clock.Advance(TimeSpan.FromMinutes(31));
        cache.Purge();
        return figures with { AfterExpiry = Content() };
    }

    private CacheContent? Content() => cache is null ? null : CacheContent.Of(cache);

    private void Ask(int queries)
    {
        var workers = Enumerable.Range(0, Workers).Select(first => new Thread(() => Ask(first, queries))).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
    }

    private void Ask(int first, int queries)
    {
        for (var i = first; i < queries; i += Workers)
        {
            var id = 1 + (int)(i * Stride % options.Queries);
            using var db = contexts.CreateDbContext();
            var items = cache is null ? db.Items : db.Items.Cacheable();
            var item = items.AsNoTracking().Single(each => each.Id == id);
            if (item.Id != id || item.Name != BenchmarkDatabase.NameOf(id))
            {
                throw new InvalidOperationException($"Asked for item {id} and got item {item.Id}, '{item.Name}'.");
            }
        }
    }
}
