using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Quickstart.Checking;
using Quickstart.Shop;
using ZooCache.EFCore;

namespace ZooCache.Benchmarks.Precision;

/// <summary>
/// A fresh copy of the quickstart's shop, and the contexts that ask it: through the cache, through the same cache with
/// table-level invalidation, and without it. Both kinds of answers live side by side, told apart by <c>VaryBy</c>, and every
/// write meets both.
/// </summary>
internal sealed class ShopUnderTest : IDisposable
{
    private readonly ShopDatabase database = ShopDatabase.OpenCopy(seed => seed(_ => { }));
    private readonly ZooCache cache = new(new ZooCacheOptions { ByteBudget = 256 * 1024 * 1024 });
    private readonly CommandRecorder recorder = new();

    public ShopUnderTest()
    {
        Precise = Contexts(options => options.UseZooCache(cache));
        TableLevel = Contexts(options => options.UseZooCache(cache, z => z.WholeTables().VaryBy((DbContext _) => "table-level")));
        Uncached = Contexts(options => options.AddInterceptors(new WithoutCache(), recorder));
        Database = new DatabaseAnswers(database.ConnectionString);
        Detached = new DetachedWrites(database.ConnectionString);
    }

    public IDbContextFactory<ShopContext> Precise { get; }

    public IDbContextFactory<ShopContext> TableLevel { get; }

    public IDbContextFactory<ShopContext> Uncached { get; }

    public DatabaseAnswers Database { get; }

    public DetachedWrites Detached { get; }

    public static async Task<(object? Value, QueryOutcome? Outcome)> AskAsync(
        IDbContextFactory<ShopContext> contexts, Func<ShopContext, Task<object?>> question)
    {
        await using var shop = contexts.CreateDbContext();
        return (await question(shop), shop.Cache().LastQuery);
    }

    public async Task<object?> AskUncachedAsync(Func<ShopContext, Task<object?>> question)
    {
        recorder.Forget();
        await using var shop = Uncached.CreateDbContext();
        return await question(shop);
    }

    public async Task<RecordedCommand> RecordAsync(Func<ShopContext, Task<object?>> question)
    {
        await AskUncachedAsync(question);
        return recorder.Take();
    }

    public void Clear() => cache.Clear();

    public void Dispose()
    {
        Database.Dispose();
        cache.Dispose();
        database.Dispose();
    }

    private PooledDbContextFactory<ShopContext> Contexts(Action<DbContextOptionsBuilder> configure)
    {
        var options = new DbContextOptionsBuilder<ShopContext>().UseSqlite(database.ConnectionString);
        configure(options);
        return new PooledDbContextFactory<ShopContext>(options.Options);
    }
}
