using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using ZooCache.Benchmarks.Data;
using ZooCache.EFCore;
using ZooCache.Lmdb;
using ZooCache.Redis;
using ZooCache.Tests;

namespace ZooCache.Benchmarks.Backends;

/// <summary>
/// What a hit costs that another process has loaded, beside asking the database; and what the stores' single operations cost, beside the same without ZooCache in the same run.
/// </summary>
internal static class BackendsCommand
{
    /// <summary>Until the JIT has compiled both sides for the last time: a process's first thousands of answers cost twice as much on either.</summary>
    private const int WarmUp = 15_000;

    private static readonly (string Name, int Bytes)[] Values = [("100 B", 100), ("2 kB", 2_000), ("50 kB", 50_000)];

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var operations = arguments.Number("--operations", 100, 1_000_000) ?? 5_000;
        var rounds = arguments.Number("--rounds", 100, 100_000) ?? 2_000;
        var json = arguments.Flag("--json");
        arguments.End();
        var directory = Path.Combine(Path.GetTempPath(), $"zoocache-benchmark-{Guid.NewGuid():N}");
        using var redis = new RedisProcess();
        try
        {
            var results = new Dictionary<string, object?>(StringComparer.Ordinal);
            using (var database = new BenchmarkDatabase(2_000))
            {
                results["lmdb"] = Hits("a file (LMDB), local SQLite", c => BenchmarkDatabase.Factory(database.File, c), o => o.UseLmdb(directory), rounds);
            }

            if (PostgresBenchmarkDatabase.Server is null)
            {
                Console.WriteLine("Redis and PostgreSQL: ZOOCACHE_POSTGRES names no server; not measured");
            }
            else
            {
                using var database = new PostgresBenchmarkDatabase(2_000);
                results["redis"] = Hits("Redis, PostgreSQL", database.Factory, o => o.UseRedis(redis.Configuration, r => r.StoresResults = true), rounds);
            }

            results["operations"] = await OperationsAsync(redis, directory, operations);
            results["invalidate"] = Invalidations(redis, directory, operations);
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(results));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>A hundred rows, by turns of two shelves in a cache with room for one, so that each answer comes from the store.</summary>
    private static object Hits(string what, Func<ZooCache?, PooledDbContextFactory<BenchmarkContext>> contexts, Func<ZooCacheOptions, ZooCacheOptions> share, int rounds)
    {
        using var loader = new ZooCache(share(new ZooCacheOptions { Prefix = "hits" }));
        using var reader = new ZooCache(share(new ZooCacheOptions { Prefix = "hits", EntryLimit = 1 }));
        var (loading, reading, plain) = (contexts(loader), contexts(reader), contexts(null));
        Until(() => loader.Node!.IsConfirmed && reader.Node!.IsConfirmed);
        for (var shelf = 1; shelf <= 2; shelf++)
        {
            Ask(loading, shelf, isCached: true);
        }

        Until(() => loader.GetStatistics().StoreWrites == 2 && loader.Node!.Position.ToTell == 0 && loader.Node.Position.Applied == reader.Node!.Position.Applied);
        var (uncached, hits) = (new List<double>(), new List<double>());
        for (var round = -WarmUp; round < rounds; round++)
        {
            var shelf = 1 + (Math.Abs(round) % 2);
            var (asked, found) = (Ask(plain, shelf, isCached: false), Ask(reading, shelf, isCached: true));
            if (round >= 0)
            {
                uncached.Add(asked);
                hits.Add(found);
            }
        }

        var statistics = reader.GetStatistics();
        if (statistics.StoreHits < rounds)
        {
            throw new InvalidOperationException($"Only {statistics.StoreHits} answers came from the store: {string.Join(", ", statistics.StoreMissesByReason)} {statistics.LastStoreFailure}");
        }

        var (u, h) = (new Latencies(uncached), new Latencies(hits));
        Console.WriteLine($"100 rows that another process has loaded: {what}, {rounds} rounds, interleaved");
        Console.WriteLine($"  without the cache {u}");
        Console.WriteLine($"  from the store    {h}; {h.Median / u.Median:F2} of the uncached query");
        return new { uncached = u.Json, store = h.Json, ratio = h.Median / u.Median };
    }

    private static double Ask(PooledDbContextFactory<BenchmarkContext> contexts, int shelf, bool isCached)
    {
        using var db = contexts.CreateDbContext();
        var began = Stopwatch.GetTimestamp();
        var items = db.Items.Where(i => i.ShelfId == shelf).AsNoTracking();
        _ = (isCached ? items.Cacheable() : items).ToList();
        return Stopwatch.GetElapsedTime(began).TotalMicroseconds;
    }

    private static async Task<object> OperationsAsync(RedisProcess redis, string directory, int operations)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        using var redisConnection = new RedisConnection(connection);
        using var memory = new MemoryCache(new MemoryCacheOptions());
        var file = LmdbFile.Use(LmdbPlace.FileOf(directory, "operations"), 4L << 30);
        using var store = new LmdbStore(file, TimeProvider.System);
        var redisStore = new RedisStore(redisConnection, "operations");
        var backends = new (string Name, Func<EntryName, byte[], ValueTask> Write, Func<EntryName, ValueTask<int>> Read)[]
        {
            ("MemoryCache", (n, v) => Done(() => memory.Set(n, v, TimeSpan.FromHours(1))), n => ValueTask.FromResult(memory.Get<byte[]>(n)!.Length)),
            ("LMDB", (n, v) => store.SetAsync(n, v, TimeSpan.FromHours(1)), async n => (await store.GetAsync(n))!.Value.Length),
            ("LMDB, bare", async (n, v) => await file.WriteAsync((t, tables) => Put(t, tables, n, v)), n => ValueTask.FromResult(file.Read((t, tables) => t.TryGet(tables.State, Key(n), out var v) ? v.ToArray().Length : 0))),
            ("Redis", (n, v) => redisStore.SetAsync(n, v, TimeSpan.FromHours(1)), async n => (await redisStore.GetAsync(n))!.Value.Length),
            ("Redis, bare", async (n, v) => await connection.GetDatabase().StringSetAsync($"bare:{n}", v, TimeSpan.FromHours(1)), async n => ((byte[])(await connection.GetDatabase().StringGetAsync($"bare:{n}"))!).Length),
        };
        var results = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (size, bytes) in Values)
        {
            var count = Math.Min(operations, Math.Max(1_000, 500_000_000 / bytes));
            var value = new byte[bytes];
            Random.Shared.NextBytes(value);
            var times = backends.Select(_ => (Write: new List<double>(), Read: new List<double>())).ToList();
            for (var i = 0; i < count; i++)
            {
                for (var b = 0; b < backends.Length; b++)
                {
                    var began = Stopwatch.GetTimestamp();
                    await backends[b].Write(new EntryName((UInt128)i), value);
                    times[b].Write.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
                }
            }

            for (var i = 0; i < count; i++)
            {
                for (var b = 0; b < backends.Length; b++)
                {
                    var began = Stopwatch.GetTimestamp();
                    var length = await backends[b].Read(new EntryName((UInt128)i));
                    times[b].Read.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
                    if (length != bytes)
                    {
                        throw new InvalidOperationException($"{backends[b].Name} has lost a value.");
                    }
                }
            }

            Console.WriteLine($"values of {size}, {count:N0} operations of each, by turns:");
            for (var b = 0; b < backends.Length; b++)
            {
                var (write, read) = (new Latencies(times[b].Write), new Latencies(times[b].Read));
                Console.WriteLine($"  {backends[b].Name,-12} write {write}   read {read}");
                results[$"{backends[b].Name}, {size}"] = new { write = write.Json, read = read.Json };
            }
        }

        return results;
    }

    private static Dictionary<string, object> Invalidations(RedisProcess redis, string directory, int operations)
    {
        var results = new Dictionary<string, object>(StringComparer.Ordinal);
        Console.WriteLine($"a tag invalidated, {operations:N0} times, until the call returns:");
        foreach (var (name, options) in new (string, ZooCacheOptions)[]
        {
            ("memory", new ZooCacheOptions()),
            ("LMDB", new ZooCacheOptions { Prefix = "invalidate" }.UseLmdb(directory)),
            ("Redis", new ZooCacheOptions { Prefix = "invalidate" }.UseRedis(redis.Configuration)),
        })
        {
            using var cache = new ZooCache(options);
            Until(() => cache.Node is null or { IsConfirmed: true });
            var times = new List<double>();
            for (var i = 0; i < operations; i++)
            {
                var began = Stopwatch.GetTimestamp();
                cache.Invalidate($"user:{i % 1_000}");
                times.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
            }

            var latencies = new Latencies(times);
            Console.WriteLine($"  {name,-12} {latencies}");
            results[name] = latencies.Json;
        }

        return results;
    }

    private static ValueTask Done(Action action)
    {
        action();
        return default;
    }

    private static bool Put(Lmdb.Binding.LmdbTransaction transaction, LmdbFile.Tables tables, EntryName name, byte[] value)
    {
        transaction.Put(tables.State, Key(name), value);
        return true;
    }

    private static byte[] Key(EntryName name)
    {
        var key = new byte[17];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(key.AsSpan(1), name.Value);
        return key;
    }

    private static void Until(Func<bool> holds)
    {
        if (!SpinWait.SpinUntil(holds, TimeSpan.FromSeconds(30)))
        {
            throw new InvalidOperationException("The nodes don't find together.");
        }
    }

    private sealed class Latencies(List<double> microseconds)
    {
        private readonly double[] _sorted = [.. microseconds.Order()];

        internal double Median => At(0.5);

        internal object Json => new { p50 = Math.Round(Median, 2), p99 = Math.Round(At(0.99), 2) };

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"p50 {Median,8:F1} µs, p99 {At(0.99),8:F1} µs");

        private double At(double share) => _sorted[(int)((_sorted.Length - 1) * share)];
    }
}
