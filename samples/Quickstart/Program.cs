using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Quickstart;
using Quickstart.Checking;
using Quickstart.Load;
using Quickstart.Output;
using Quickstart.Shop;

QuickstartOptions options;
try
{
    options = QuickstartOptions.Parse(args);
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}

if (options.Help)
{
    Console.WriteLine(QuickstartOptions.Usage);
    return 0;
}

if (options.Role is not null)
{
    return await Restart.PlayAsync(options);
}

// SQLite's async calls block their thread; with fewer threads than workers some would start late.
ThreadPool.SetMinThreads(16, 16);

IRunOutput output = LiveOutput.IsPossible ? new LiveOutput() : new PlainOutput();
using var database = ShopDatabase.OpenCopy(output.ShowSeeding);

// This is all that an application does: a cache, told to the options, and .Cacheable() on queries (Shop/ShopQueries.cs).
var directory = options.StoresInLmdb ? database.BesideIt("lmdb") : null;
var cache = Restart.Open(directory);
var withCache = new DbContextOptionsBuilder<ShopContext>().UseSqlite(database.ConnectionString);
withCache.UseZooCache(cache, z => z.WholeTables(options.TableLevel)); // UseZooCache(cache) says the same without --table-level
var shops = new PooledDbContextFactory<ShopContext>(withCache.Options);

// And this, for the checks and for comparison, is the same shop without it.
var withoutCache = new DbContextOptionsBuilder<ShopContext>()
    .UseSqlite(database.ConnectionString)
    .AddInterceptors(new WithoutCache());
var uncachedShops = new PooledDbContextFactory<ShopContext>(withoutCache.Options);

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interrupt.Cancel();
};

var load = new Workload(options, cache, shops, uncachedShops);
await load.WarmUpAsync();
await output.ShowRunAsync(load, interrupt.Token);

var result = load.Observe();
await cache.DisposeAsync();
var restart = directory is null ? null : await Restart.RunAsync(options, database.ConnectionString, directory);
Summary.Write(Console.Out, result, restart);
if (options.Json)
{
    Console.WriteLine(Summary.Json(result, restart));
}

return result.Findings.Stale + (restart?.Stale ?? 0) > 0 ? 1 : 0;
