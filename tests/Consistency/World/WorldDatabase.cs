using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;

namespace ZooCache.Consistency.Tests.World;

/// <summary>A database file and a cache of its own, and contexts over both: with the cache and without.</summary>
public sealed class WorldDatabase : IDisposable
{
    private readonly string _file = Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"zoocache-oracle-{Guid.NewGuid():N}.db");

    private readonly DbContextOptions<WorldContext> _cached;
    private readonly DbContextOptions<WorldContext> _cacheAll;
    private readonly DbContextOptions<WorldContext> _uncached;
    private readonly DbContextOptions<NarrowContext> _narrow;
    private readonly DbContextOptions<NarrowContext> _narrowAll;
    private readonly DbContextOptions<NarrowContext> _narrowUncached;

    public WorldDatabase(ZooCacheOptions? options = null)
    {
        Cache = new ZooCache(options ?? new ZooCacheOptions());
        _cached = Options<WorldContext>(c => c.UseZooCache(Cache));
        _cacheAll = Options<WorldContext>(c => c.UseZooCache(Cache, z => z.CacheAll()));
        _uncached = Options<WorldContext>(static _ => { });
        _narrow = Options<NarrowContext>(c => c.UseZooCache(Cache));
        _narrowAll = Options<NarrowContext>(c => c.UseZooCache(Cache, z => z.CacheAll()));
        _narrowUncached = Options<NarrowContext>(static _ => { });
        using var db = Uncached(1);
        db.Database.EnsureCreated();
        WorldSeed.Fill(db);
    }

    public ZooCache Cache { get; }

    public string ConnectionString => $"Data Source={_file};Default Timeout=10";

    public WorldContext Open(int tenant, bool cacheAll = false) => new(cacheAll ? _cacheAll : _cached, tenant);

    /// <summary>A context with the cache on somebody else's connection.</summary>
    public WorldContext Open(int tenant, DbConnection connection)
        => new(Configure<WorldContext>(b => b.UseSqlite(connection).UseZooCache(Cache)), tenant);

    /// <summary>A context that knows nothing of the cache.</summary>
    public WorldContext Uncached(int tenant) => new(_uncached, tenant);

    /// <summary>A context that knows nothing of the cache, on somebody else's connection.</summary>
    public WorldContext UncachedOn(int tenant, DbConnection connection)
        => new(Configure<WorldContext>(b => b.UseSqlite(connection)), tenant);

    public NarrowContext OpenNarrow(bool cacheAll = false) => new(cacheAll ? _narrowAll : _narrow);

    public NarrowContext OpenNarrow(DbConnection connection)
        => new(Configure<NarrowContext>(b => b.UseSqlite(connection).UseZooCache(Cache)));

    public NarrowContext UncachedNarrow() => new(_narrowUncached);

    public void Dispose()
    {
        Cache.Dispose();
        using (var connection = new SqliteConnection(ConnectionString))
        {
            SqliteConnection.ClearPool(connection);
        }

        foreach (var suffix in new[] { "", "-wal", "-shm" })
        {
            File.Delete(_file + suffix);
        }
    }

    private static DbContextOptions<TContext> Configure<TContext>(Action<DbContextOptionsBuilder> configure)
        where TContext : DbContext
    {
        var builder = new DbContextOptionsBuilder<TContext>();
        builder.ConfigureWarnings(w => w.Ignore(RelationalEventId.AmbientTransactionWarning));
        configure(builder);
        return builder.Options;
    }

    private DbContextOptions<TContext> Options<TContext>(Action<DbContextOptionsBuilder> configure)
        where TContext : DbContext
        => Configure<TContext>(b =>
        {
            b.UseSqlite(ConnectionString);
            configure(b);
        });
}
