using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Infrastructure;
using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Ratios;

/// <summary>Compares contexts with the cache to contexts without it, case by case.</summary>
internal static class RatiosCommand
{
    /// <summary>Misses are measured with a full cache that forgets each key before it is asked for again.</summary>
    private const int FewEntries = 1_000;

    public static int Run(RatiosOptions options)
    {
        using var sqlite = new BenchmarkDatabase(RatioCases.Items);
        using var postgres = options.Cases.Any(c => c.OnPostgres) ? new PostgresBenchmarkDatabase(RatioCases.Items) : null;
        DontWaitForTheDisk(sqlite.File);

        Console.WriteLine($"time with the cache / time without it (median and middle half; {ThreadTime.Source}, on PostgreSQL elapsed time); bytes allocated per operation");
        Console.WriteLine();
        Console.WriteLine($"{"case",-18}{"ratio",7}  {"middle half",-14}{"bytes",7}{"µs without",12}{"µs with",10}{"bytes without",15}{"bytes with",12}  what");
        var results = new List<RatioResult>();
        foreach (var each in options.Cases)
        {
            using var cache = new ZooCache(new ZooCacheOptions { EntryLimit = each.Part == CachePart.Miss ? FewEntries : null });
            Func<ZooCache?, PooledDbContextFactory<BenchmarkContext>> contexts = each.OnPostgres
                ? postgres!.Factory
                : used => BenchmarkDatabase.Factory(sqlite.File, used);
            var result = new RatioMeter(contexts, each, cache).Measure(options.Rounds);
            results.Add(result);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{each.Name,-18}{result.Ratio.Median,7:N3}  {$"{result.Ratio.Lower:N3}–{result.Ratio.Upper:N3}",-14}{result.CachedBytes / result.PlainBytes,7:N3}{result.PlainMicroseconds,12:N1}{result.CachedMicroseconds,10:N1}{result.PlainBytes,15:N0}{result.CachedBytes,12:N0}  {each.What}"));
        }

        if (options.Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(results.ToDictionary(
                r => r.Case.Name,
                r => new { ratio = Math.Round(r.Ratio.Median, 4), bytes = Math.Round(r.CachedBytes / r.PlainBytes, 4) })));
        }

        return 0;
    }

    /// <summary>
    /// A save is to be compared by what it computes. The setting is the connection's, and stays with it in the pool, from
    /// which every context here takes this same one.
    /// </summary>
    private static void DontWaitForTheDisk(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous = OFF";
        command.ExecuteNonQuery();
    }
}
