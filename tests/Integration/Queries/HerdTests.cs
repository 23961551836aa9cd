using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>
/// Many callers at once. The scenarios run in a process of their own whose thread pool has two threads: a caller that held
/// one while it waits for another's load would stop everything there.
/// </summary>
public abstract class HerdTests(Provider provider)
{
    public sealed class OnSqlite() : HerdTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : HerdTests(Provider.Postgres);

    // Guards FlightTable.Join (one execution) and Flight.WaitAsync (no thread while it waits).
    [Theory]
    [InlineData(nameof(OneColdKey))]
    [InlineData(nameof(OneColdSplitKey))]
    [InlineData(nameof(ManyColdKeys))]
    [InlineData(nameof(CancelledCallers))]
    public async Task OnTwoThreads(string scenario)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(HerdTests).Assembly.Location, "herd", provider.ToString(), scenario])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_ThreadPool_ForceMinWorkerThreads"] = "2", ["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = "2" },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{scenario} hangs: {await output} {await errors}");
        }

        (await output + await errors).Trim().ShouldBe($"{scenario}: ok");
        process.ExitCode.ShouldBe(0);
    }

    /// <summary>The other process: what <c>herd PROVIDER SCENARIO</c> runs.</summary>
    internal static async Task<int> RunAsync(string provider, string scenario)
    {
        ThreadPool.GetMaxThreads(out var threads, out _);
        threads.ShouldBe(2);
        using var shop = new ShopDatabase(new ZooCacheOptions { FlightTimeout = TimeSpan.FromHours(1) }, Enum.Parse<Provider>(provider));
        await (scenario switch
        {
            nameof(OneColdKey) => OneColdKey(shop),
            nameof(OneColdSplitKey) => OneColdSplitKey(shop),
            nameof(ManyColdKeys) => ManyColdKeys(shop),
            _ => CancelledCallers(shop),
        });
        Console.WriteLine($"{scenario}: ok");
        return 0;
    }

    private static async Task OneColdKey(ShopDatabase shop)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new AsyncGate(gate.Task);
        var callers = Enumerable.Range(0, 1000).Select(_ => NameAsync(shop, 1, held)).ToArray();
        gate.SetResult();
        (await Task.WhenAll(callers)).ShouldAllBe(name => name == "Customer 1");
        shop.Commands.Count.ShouldBe(1);
        shop.Cache.Flights.Count.ShouldBe(0);
    }

    private static async Task OneColdSplitKey(ShopDatabase shop)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new AsyncGate(gate.Task);
        var callers = Enumerable.Range(0, 1000).Select(async _ =>
        {
            await using var db = shop.Open(null, held);
            return (await db.Customers.Include(c => c.Orders).AsNoTracking().AsSplitQuery().Cacheable().ToListAsync()).Sum(c => c.Orders.Count);
        }).ToArray();
        gate.SetResult();
        (await Task.WhenAll(callers)).ShouldAllBe(orders => orders == 6);
        shop.Commands.Count.ShouldBe(2);
    }

    /// <summary>A hundred loads meet in the database: if one waited for another, they never would.</summary>
    private static async Task ManyColdKeys(ShopDatabase shop)
    {
        var meeting = new Meeting(100);
        var callers = Enumerable.Range(1, 100).Select(async limit =>
        {
            await using var db = new ShopContext(Roomy(shop.Options(null, meeting)).Options);
            return await db.Lines.Where(l => l.Quantity < limit).Cacheable().CountAsync();
        }).ToArray();
        var counts = await Task.WhenAll(callers);
        counts[^1].ShouldBe(12);
        shop.Commands.Count.ShouldBe(100);

        // A pool smaller than the herd would itself make them wait.
        DbContextOptionsBuilder<ShopContext> Roomy(DbContextOptionsBuilder<ShopContext> options)
            => shop.Database.Provider == Provider.Postgres
                ? options.UseNpgsql($"{shop.ConnectionString};Maximum Pool Size=110")
                : options;
    }

    private static async Task CancelledCallers(ShopDatabase shop)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new AsyncGate(gate.Task);
        using var cancel = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 300)
            .Select(i => NameAsync(shop, 1, held, i % 3 == 0 ? cancel.Token : CancellationToken.None))
            .ToArray();
        await cancel.CancelAsync();
        for (var i = 0; i < callers.Length; i += 3)
        {
            await Should.ThrowAsync<OperationCanceledException>(callers[i]);
        }

        gate.SetResult();
        (await Task.WhenAll(callers.Where((_, i) => i % 3 != 0))).ShouldAllBe(name => name == "Customer 1");

        // The leader was among the cancelled; one of the others took over.
        shop.Commands.Count.ShouldBe(2);
        shop.Cache.Flights.Count.ShouldBe(0);
    }

    private static async Task<string> NameAsync(
        ShopDatabase shop, int id, AsyncGate gate, CancellationToken cancellationToken = default)
    {
        await using var db = shop.Open(null, gate);
        return (await db.Customers.AsNoTracking().Cacheable().SingleAsync(c => c.Id == id, cancellationToken)).Name;
    }
}
