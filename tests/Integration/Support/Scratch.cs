using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests.Support;

/// <summary>A SQLite file of its own for any context type, with a cache of its own.</summary>
public sealed class Scratch<TContext> : IDisposable
    where TContext : DbContext
{
    private readonly Func<DbContextOptions<TContext>, TContext> _make;

    public Scratch(Func<DbContextOptions<TContext>, TContext> make, Action<TContext>? seed = null, ZooCacheOptions? options = null)
    {
        _make = make;
        Cache = new ZooCache(options ?? new ZooCacheOptions());
        using var db = Uncached();
        db.Database.EnsureCreated();
        seed?.Invoke(db);
        db.SaveChanges();
    }

    public ZooCache Cache { get; }

    public string File { get; } = Path.Combine(Path.GetTempPath(), $"zoocache-{Guid.NewGuid():N}.db");

    public string ConnectionString => $"Data Source={File};Default Timeout=5";

    public TContext Open(Action<ZooCacheContextOptionsBuilder>? configure = null, Action<DbContextOptionsBuilder>? more = null)
        => Make(b =>
        {
            b.UseSqlite(ConnectionString).UseZooCache(Cache, configure);
            more?.Invoke(b);
        });

    /// <summary>A context that knows nothing of the cache.</summary>
    public TContext Uncached(Action<DbContextOptionsBuilder>? more = null)
        => Make(b =>
        {
            b.UseSqlite(ConnectionString);
            more?.Invoke(b);
        });

    public TContext Make(Action<DbContextOptionsBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new DbContextOptionsBuilder<TContext>();
        configure(builder);
        return _make(builder.Options);
    }

    /// <summary>Changes the file behind everybody's back.</summary>
    public int Execute(string sql)
    {
        using var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own texts.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Cache.Dispose();
        SqliteConnection.ClearAllPools();
        foreach (var file in new[] { File, File + "-wal", File + "-shm" })
        {
            System.IO.File.Delete(file);
        }
    }
}
