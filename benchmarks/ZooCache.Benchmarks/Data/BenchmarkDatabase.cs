using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace ZooCache.Benchmarks.Data;

/// <summary>
/// A SQLite file of its own in the temporary directory, gone when disposed: items 1 to N, a hundred to each shelf, and a hundred crates of twenty parts.
/// </summary>
internal sealed class BenchmarkDatabase : IDisposable
{
    public const int ItemsPerShelf = 100;

    public const int Crates = 100;

    public const int PartsPerCrate = 20;

    public BenchmarkDatabase(int items)
    {
        File = Path.Combine(Path.GetTempPath(), $"zoocache-benchmark-{Guid.NewGuid():N}.db");
        using (var db = Factory(File, cache: null).CreateDbContext())
        {
            db.Database.EnsureCreated();
        }

        Seed(items);
    }

    public string File { get; }

    public static string NameOf(int id) => "Item number " + id.ToString(CultureInfo.InvariantCulture);

    /// <summary>Contexts without a cache, or with the one given. Nothing but <c>UseZooCache</c> differs.</summary>
    public static PooledDbContextFactory<BenchmarkContext> Factory(string file, ZooCache? cache)
    {
        var options = new DbContextOptionsBuilder<BenchmarkContext>().UseSqlite($"Data Source={file}");
        if (cache is not null)
        {
            options.UseZooCache(cache);
        }

        return new PooledDbContextFactory<BenchmarkContext>(options.Options);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        foreach (var suffix in (string[])["", "-wal", "-shm", "-journal"])
        {
            System.IO.File.Delete(File + suffix);
        }
    }

    private void Seed(int items)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = """
            INSERT INTO "Shelves" ("Id", "Name")
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ($items + $perShelf - 1) / $perShelf)
            SELECT i, 'Shelf number ' || i FROM n;

            INSERT INTO "Items" ("Id", "ShelfId", "Name", "Note", "Price", "ChangedAt")
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $items)
            SELECT i, 1 + (i - 1) / $perShelf, 'Item number ' || i, CASE WHEN i % 3 = 0 THEN 'kept in the dark' END,
                (i % 9973) / 100.0, '2026-01-01 12:00:00' FROM n;

            INSERT INTO "Crates" ("Id", "Name")
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $crates) SELECT i, 'Crate number ' || i FROM n;

            INSERT INTO "Part" ("Id", "CrateId", "Name", "Quantity")
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $crates * $perCrate)
            SELECT i, 1 + (i - 1) / $perCrate, 'Part number ' || i, i % 100 FROM n;
            """;
        command.Parameters.AddWithValue("$items", items);
        command.Parameters.AddWithValue("$perShelf", ItemsPerShelf);
        command.Parameters.AddWithValue("$crates", Crates);
        command.Parameters.AddWithValue("$perCrate", PartsPerCrate);
        command.ExecuteNonQuery();
        transaction.Commit();
    }
}
