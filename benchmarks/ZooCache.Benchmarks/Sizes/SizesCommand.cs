using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Sizes;

/// <summary>
/// Whether entries cost what the cache says they cost: fills a cache with entries of one shape and compares
/// <see cref="CacheStatistics.Bytes"/> with the growth of the live heap, for each shape.
/// </summary>
internal static class SizesCommand
{
    private const int Shelves = 4_000;
    private const int MostBytes = 1 << 30;

    /// <summary>The measured cost may exceed the accounted one by what a dictionary that has just doubled holds empty.</summary>
    private const double MostExcess = 1.15;

    private static readonly Shape[] Shapes =
    [
        new("one row by key", 20_000, (db, n) => db.Items.Cacheable().Single(i => i.Id == n)),
        new("one number by key", 20_000, (db, n) => db.Items.Where(i => i.Id == n).Select(i => i.Price).Cacheable().Single()),
        new("nothing found", 20_000, (db, n) => db.Items.Cacheable().SingleOrDefault(i => i.Id == -n)),
        new("count", 4_000, (db, n) => db.Items.Cacheable().Count(i => i.ShelfId == n)),
        new("one row by name", 1_000, (db, n) => db.Items.Where(i => i.Name == BenchmarkDatabase.NameOf(n)).Take(1).Cacheable().ToList()),
        new("list of 100", 1_000, (db, n) => db.Items.Where(i => i.ShelfId == n).Cacheable().ToList()),
        new("include of 100", 1_000, (db, n) => db.Shelves.Include(s => s.Items).Cacheable().Single(s => s.Id == n)),
        new("one row, tag user:N:orders", 20_000, (db, n) => Tagged(db, n, $"user:{n}:orders")),
        new("one row, two tags", 20_000, (db, n) => Tagged(db, n, $"user:{n}", $"shop:{n}:stock")),
        new("one row, a deep tag", 20_000, (db, n) => Tagged(db, n, $"tenant:{n}:region:north:shop:7:cart:open")),
        new("one row, a long tag", 20_000, (db, n) => Tagged(db, n, $"page:{n}{new string('x', 200)}")),
    ];

    public static int Run()
    {
        using var database = new BenchmarkDatabase(Shelves * BenchmarkDatabase.ItemsPerShelf);
        Console.WriteLine($"{"bytes per entry",-28}{"entries",10}{"accounted",12}{"measured",12}{"ratio",8}");
        var dishonest = Shapes.Count(shape => !Measure(database.File, shape));
        Console.WriteLine(dishonest == 0 ? "All sizes are honest." : $"FAILED: {dishonest} shapes cost more than the cache accounts for.");
        return dishonest == 0 ? 0 : 1;
    }

    private static bool Measure(string file, Shape shape)
    {
        using var cache = new ZooCache(new ZooCacheOptions { ByteBudget = MostBytes });
        var contexts = BenchmarkDatabase.Factory(file, cache);
        Ask(contexts, shape, 100);
        cache.Clear();

        var heap = ProcessMemory.LiveHeap();
        Ask(contexts, shape, shape.Entries);
        var grown = ProcessMemory.LiveHeap() - heap;
        var (entries, bytes) = cache.GetStatistics() is var s ? (s.Entries, s.Bytes) : default;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{shape.Name,-28}{entries,10:N0}{(double)bytes / entries,12:N0}{(double)grown / entries,12:N0}{(double)grown / bytes,8:N2}"));
        return entries == shape.Entries && grown <= bytes * MostExcess;
    }

    private static void Ask(PooledDbContextFactory<BenchmarkContext> contexts, Shape shape, int entries)
    {
        for (var n = 1; n <= entries; n++)
        {
            using var db = contexts.CreateDbContext();
            db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
            shape.Ask(db, n);
        }
    }

    private static Item Tagged(BenchmarkContext db, int n, params string[] tags) =>
        db.Items.Cacheable(new EFCore.CacheableOptions { Tags = tags }).Single(i => i.Id == n);

    private sealed record Shape(string Name, int Entries, Func<BenchmarkContext, int, object?> Ask);
}
