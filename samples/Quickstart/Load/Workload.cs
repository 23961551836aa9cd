using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Quickstart.Checking;
using Quickstart.Measuring;
using Quickstart.Shop;
using ZooCache;

namespace Quickstart.Load;

/// <summary>4 readers and 2 writers at once, for as long as asked.</summary>
internal sealed class Workload(
    QuickstartOptions options,
    ZooCache.ZooCache cache,
    IDbContextFactory<ShopContext> cached,
    IDbContextFactory<ShopContext> uncached)
{
    private const int Readers = 4;
    private const int Writers = 2;

    private readonly WorkerMetrics[] metrics = [.. Enumerable.Range(0, Readers + Writers).Select(_ => new WorkerMetrics())];
    private readonly Findings findings = new();
    private CacheStatistics atStart = cache.GetStatistics();
    private long began;

    /// <summary>The first reads of the load.</summary>
    public FirstReads First { get; } = new();

    /// <summary>Compiles what will be asked and written, which takes a second in all and is nobody's latency.</summary>
    public async Task WarmUpAsync()
    {
        var asker = new Asker(cached, uncached, new WorkerMetrics());
        var random = new Random(options.Seed);
        foreach (var kind in ReadKind.All)
        {
            for (var times = 0; times < 20; times++)
            {
                await asker.AskAsync(kind.Draw(random));
                await asker.AskUncachedAsync(kind.Draw(random));
            }
        }

        foreach (var kind in WriteKind.All)
        {
            await cached.WriteAsync(kind.Prepare(random), retried: () => { });
        }

        await using var shop = cached.CreateDbContext();
        shop.Cache().Clear();
    }

    public async Task RunAsync(CancellationToken interrupt)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        stop.CancelAfter(options.Duration);
        atStart = cache.GetStatistics();
        began = Stopwatch.GetTimestamp();

        var (gate, clock, budget) = (new FreezeGate(), new WriteClock(), new WriteBudget(options.WritePercent));
        var frozen = new FrozenCheck(gate, findings);
        var snapshot = new SnapshotCheck(uncached, clock, frozen, findings);

        var readers = Enumerable.Range(0, Readers).Select(i => Task.Run(() =>
            new Reader(
                new Asker(cached, uncached, metrics[i], First), budget.OpenPayer(), frozen, snapshot, RandomOf(i))
            .RunAsync(stop.Token), CancellationToken.None)).ToArray();
        var writers = Enumerable.Range(Readers, Writers).Select(i => Task.Run(() =>
            new Writer(cached, options.Sabotage ? uncached : null, gate, clock, metrics[i], RandomOf(i))
            .RunAsync(budget.Permits), CancellationToken.None)).ToArray();

        // Readers end when told to, writers when their permits end: whoever ends first otherwise has failed.
        await Task.WhenAny([.. readers, .. writers]);
        await stop.CancelAsync();
        if (Array.Find(writers, w => w.IsFaulted) is { } failed)
        {
            budget.Close(failed.Exception);
        }

        await Task.WhenAll(readers);
        budget.Close();
        await Task.WhenAll(writers);
    }

    public RunState Observe() =>
        new(Stopwatch.GetElapsedTime(began), options.Duration, new Totals(metrics), findings, cache.GetStatistics(), atStart);

    private Random RandomOf(int worker) => new((options.Seed * 1_000) + worker);
}
