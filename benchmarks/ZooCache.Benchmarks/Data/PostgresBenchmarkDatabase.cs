using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Npgsql;

namespace ZooCache.Benchmarks.Data;

/// <summary>
/// A database of its own on the server that <c>ZOOCACHE_POSTGRES</c> names, gone when disposed: items 1 to N, a hundred to each
/// shelf.
/// </summary>
internal sealed class PostgresBenchmarkDatabase : IDisposable
{
    private readonly string name = $"zoocache_benchmark_{Guid.NewGuid():N}";
    private readonly string connectionString;

    public PostgresBenchmarkDatabase(int items)
    {
        connectionString = new NpgsqlConnectionStringBuilder(Server!) { Database = name }.ConnectionString;
        Execute(Server!, $"CREATE DATABASE \"{name}\"");
        using (var db = Factory(cache: null).CreateDbContext())
        {
            db.Database.EnsureCreated();
        }

        Execute(connectionString, string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO "Shelves" ("Id", "Name")
            SELECT i, 'Shelf number ' || i FROM generate_series(1, {(items + BenchmarkDatabase.ItemsPerShelf - 1) / BenchmarkDatabase.ItemsPerShelf}) i;
            INSERT INTO "Items" ("Id", "ShelfId", "Name", "Note", "Price", "ChangedAt")
            SELECT i, 1 + (i - 1) / {BenchmarkDatabase.ItemsPerShelf}, 'Item number ' || i, CASE WHEN i % 3 = 0 THEN 'kept in the dark' END,
                (i % 9973) / 100.0, '2026-01-01 12:00:00Z' FROM generate_series(1, {items}) i;
            ANALYZE;
            """));
    }

    /// <summary>The server; null if none was named.</summary>
    public static string? Server => Environment.GetEnvironmentVariable("ZOOCACHE_POSTGRES") is { Length: > 0 } text ? text : null;

    /// <summary>As <see cref="BenchmarkDatabase.Factory"/>.</summary>
    public PooledDbContextFactory<BenchmarkContext> Factory(ZooCache? cache)
    {
        var options = new DbContextOptionsBuilder<BenchmarkContext>().UseNpgsql(connectionString);
        if (cache is not null)
        {
            options.UseZooCache(cache);
        }

        return new PooledDbContextFactory<BenchmarkContext>(options.Options);
    }

    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        Execute(Server!, $"DROP DATABASE \"{name}\" WITH (FORCE)");
    }

#pragma warning disable CA2100 // the text is ours
    private static void Execute(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        command.ExecuteNonQuery();
    }
#pragma warning restore CA2100
}
