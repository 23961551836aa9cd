using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.EFCore;
using ZooCache.Lmdb;

namespace ZooCache.Integration.Tests;

/// <summary>The other process of <see cref="LmdbMisfortuneTests"/>.</summary>
internal static class LmdbVictim
{
    /// <summary>Begins to write the file, says so, and never ends.</summary>
    /// <param name="file">The file.</param>
    /// <param name="isLarge">Whether it makes the file longer first.</param>
    internal static async Task<int> HoldAsync(string file, bool isLarge)
    {
        var opened = LmdbFile.Use(file, 1024 * 1024 * 1024);
        if (isLarge)
        {
            await opened.WriteAsync((transaction, tables) =>
            {
                transaction.Put(tables.State, "large"u8, new byte[4 * 1024 * 1024]);
                return true;
            });
        }

        await opened.WriteAsync((transaction, tables) =>
        {
            transaction.Put(tables.State, "held"u8, [1]);
            Console.Out.WriteLine("holding");
            Console.Out.Flush();
            Thread.Sleep(Timeout.Infinite);
            return true;
        });
        return 0;
    }

    /// <summary>Says what comes of opening the file.</summary>
    internal static async Task<int> TryAsync(string directory, string prefix)
    {
        try
        {
            await LmdbFile.Use(LmdbPlace.FileOf(directory, prefix), 1024 * 1024 * 1024).WriteAsync(static (_, _) => true);
            Console.Out.WriteLine("opened");
        }
        catch (IOException exception)
        {
            Console.Out.WriteLine(exception.Message);
        }

        return 0;
    }

    /// <summary>Is an application: asks, writes, and asks again, as often as told; says what it was answered, and what the cache says of its file in the end.</summary>
    internal static async Task<int> AskAsync(string directory, string database, string times)
    {
        await using var cache = new ZooCache(new ZooCacheOptions
        {
            Prefix = "victim",

            // What it says in the end is of its file, not of a machine that is busy.
            Nodes = { HeartbeatInterval = TimeSpan.FromMilliseconds(20), MaxStaleness = TimeSpan.FromMilliseconds(100), RequestTimeout = TimeSpan.FromMinutes(1) },
            Store = { RequestTimeout = TimeSpan.FromMinutes(1) },
        }.UseLmdb(directory));
        var builder = new DbContextOptionsBuilder<GaugeContext>();
        builder.UseSqlite(database).UseZooCache(cache);
        for (var i = 1; i <= int.Parse(times, System.Globalization.CultureInfo.InvariantCulture); i++)
        {
            await using var db = new GaugeContext(builder.Options);
            (await db.Gauges.SingleAsync(g => g.Id == 1)).Value = i;
            await db.SaveChangesAsync();
            var text = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(15_000));
            var value = (await db.Gauges.Where(g => g.Id == 1).Select(g => new { g.Value, Text = text }).Cacheable().SingleAsync()).Value;
            if (value != i)
            {
                Console.Out.WriteLine($"wrong: {value} for {i}");
            }
        }

        Console.Out.WriteLine($"done {times}: {cache.GetStatistics().LastLogFailure ?? cache.GetStatistics().LastStoreFailure ?? "no failure"}");
        return 0;
    }
}
