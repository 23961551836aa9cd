using System.Collections.Concurrent;
using System.Data.Common;
using System.Transactions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.Caching.Memory;
using ZooCache.Tests;

namespace ZooCache.Consistency.Tests.World;

/// <summary>
/// A database and a cache, and contexts over both: with the cache and without. <see cref="Begin"/> sets both to their
/// beginning. Contexts are pooled, and those without the cache share one open connection: what a step costs is to be the
/// queries.
/// </summary>
public sealed class WorldDatabase : IDisposable
{
    // EF's own holds about a thousand compiled queries, and there are more. One for each provider, with the cache and
    // without: EF's keys of models and compiled queries don't tell them apart.
    private static readonly ConcurrentDictionary<(Provider, bool Cached), MemoryCache> Memories = new();

    // A busy machine is no reason for suspicion: what is looked at is what nodes tell one another.
    private static readonly NodeOptions Steady = new()
    {
        HeartbeatInterval = TimeSpan.FromMilliseconds(5), MaxStaleness = TimeSpan.FromHours(8), LeaseTime = TimeSpan.FromHours(8), SuspectTime = TimeSpan.FromHours(9), RequestTimeout = TimeSpan.FromHours(1),
    };

    private readonly WorldStore _store;
    private readonly DbConnection _truth;
    private readonly PooledDbContextFactory<WorldContext> _uncached;
    private readonly PooledDbContextFactory<NarrowContext> _narrowUncached;
    private readonly DbContextOptions<WorldContext> _uncachedOwn;
    private readonly DbContextOptions<NarrowContext> _narrowUncachedOwn;
    private readonly string _empty;
    private readonly string _restartKeys;
    private readonly int _nodes;
    private Life[] _lives = [];
    private int _node;

    /// <param name="provider">Where.</param>
    /// <param name="nodes">How many caches there are over the database, which tell one another of writes by a log, and keep answers for one another.</param>
    public WorldDatabase(Provider provider, int nodes = 1)
    {
        _nodes = nodes;
        _store = WorldStore.Create(provider);
        _truth = _store.Connect();
        _uncached = new PooledDbContextFactory<WorldContext>(Configure<WorldContext>(Provider, b => _store.Use(b, _truth)));
        _narrowUncached = new PooledDbContextFactory<NarrowContext>(Configure<NarrowContext>(Provider, b => _store.Use(b, _truth)));
        _uncachedOwn = Configure<WorldContext>(Provider, _store.Use);
        _narrowUncachedOwn = Configure<NarrowContext>(Provider, _store.Use);
        using var db = Uncached(1);
        db.Database.EnsureCreated();
        WorldViews.Create(db);
        var tables = db.Model.GetRelationalModel().Tables.ToList();
        _empty = _store.EmptySql([.. tables.Select(t => t.Name)]);
        _restartKeys = _store.RestartKeysSql([.. tables.Where(IsGenerated).Select(t => (t.Name, t.PrimaryKey!.Columns[0].Name))]);
        static bool IsGenerated(ITable table)
            => table.PrimaryKey is { Columns: [var column] } && column.PropertyMappings.Any(
                m => m.Property.ValueGenerated == ValueGenerated.OnAdd && m.Property.ClrType == typeof(int));
    }

    public Provider Provider => _store.Provider;

    public ZooCache Cache => Here.Cache;

    private Life Here => _lives[_node];

    public string BeginSql => _store.BeginSql;

    /// <summary>Begins a new life: the rows of the beginning, and an empty cache.</summary>
    public void Begin(ZooCacheOptions? options = null)
    {
        End();
        if (_nodes > 1)
        {
            var log = new MemoryLog(TimeProvider.System, capacity: 10_000, TimeSpan.FromMinutes(1));
            var store = new MemoryCacheStore();
            (options ??= new ZooCacheOptions()).Log = _ => log;
            options.SharedStore = _ => store;
            options.Nodes = Steady;
        }

        _lives = [.. Enumerable.Range(0, _nodes).Select(_ => new Life(_store, new ZooCache(options ?? new ZooCacheOptions())))];
        WorldStore.Execute(_truth, null, _empty);
        using var db = Uncached(1);
        WorldSeed.Fill(db);
        RestartKeys(_truth, null);
    }

    /// <summary>From now on contexts with the cache are those of one of the nodes.</summary>
    public void MoveTo(int number) => _node = number % _nodes;

    public void RestartKeys(DbConnection connection, DbTransaction? transaction) => WorldStore.Execute(connection, transaction, _restartKeys);

    public WorldContext Open(int tenant, bool cacheAll = false) => Here.Open(tenant, cacheAll);

    /// <summary>A context with the cache on somebody else's connection.</summary>
    public WorldContext Open(int tenant, DbConnection connection)
        => new(Configure<WorldContext>(Provider, b => Shared(b, connection).UseZooCache(Cache))) { Tenant = tenant };

    /// <summary>A context with the cache that calls back right after each commit, before what made it returns.</summary>
    public WorldContext OpenHeard(int tenant, Func<Task> committed)
        => new(Configure<WorldContext>(Provider, b =>
        {
            _store.Use(b);
            b.UseZooCache(Cache).AddInterceptors(new CommitEar(committed), new RowEar(committed));
        }))
        { Tenant = tenant };

    /// <summary>A context that knows nothing of the cache. In an ambient transaction it takes part, so it has a connection of its own.</summary>
    public WorldContext Uncached(int tenant)
    {
        var db = Transaction.Current is null ? _uncached.CreateDbContext() : new WorldContext(_uncachedOwn);
        db.Tenant = tenant;
        return db;
    }

    /// <summary>A context that knows nothing of the cache, on somebody else's connection.</summary>
    public WorldContext UncachedOn(int tenant, DbConnection connection)
        => new(Configure<WorldContext>(Provider, b => Shared(b, connection))) { Tenant = tenant };

    public NarrowContext OpenNarrow(bool cacheAll = false) => Here.OpenNarrow(cacheAll);

    public NarrowContext OpenNarrow(DbConnection connection)
        => new(Configure<NarrowContext>(Provider, b => Shared(b, connection).UseZooCache(Cache)));

    public NarrowContext UncachedNarrow()
        => Transaction.Current is null ? _narrowUncached.CreateDbContext() : new NarrowContext(_narrowUncachedOwn);

    /// <summary>A new open connection.</summary>
    public DbConnection Connect() => _store.Connect();

    public bool IsRefusal(DbException exception) => _store.IsRefusal(exception);

    public void Dispose()
    {
        End();
        _truth.Dispose();
        _store.Dispose();
    }

    private void End()
    {
        foreach (var life in _lives)
        {
            life.Cache.Dispose();
        }
    }

    private DbContextOptionsBuilder Shared(DbContextOptionsBuilder builder, DbConnection connection)
    {
        _store.Use(builder, connection);
        return builder;
    }

    private static DbContextOptions<TContext> Configure<TContext>(Provider provider, Action<DbContextOptionsBuilder> configure)
        where TContext : DbContext
    {
        var builder = new DbContextOptionsBuilder<TContext>();
        builder.ConfigureWarnings(w => w.Ignore(RelationalEventId.AmbientTransactionWarning, RelationalEventId.MultipleCollectionIncludeWarning));
        configure(builder);
        var cached = builder.Options.Extensions.Any(e => e.GetType().Assembly == typeof(EFCore.QueryOutcome).Assembly);
        builder.UseMemoryCache(Memories.GetOrAdd((provider, cached), static _ => new MemoryCache(new MemoryCacheOptions { SizeLimit = 1_000_000 })));
        return builder.Options;
    }

    /// <summary>A cache and the contexts that use it. EF's services, and with them compiled queries, outlive it.</summary>
    private sealed class Life(WorldStore store, ZooCache cache)
    {
        private readonly PooledDbContextFactory<WorldContext> _cached = Pool<WorldContext>(store, b => b.UseZooCache(cache));
        private readonly PooledDbContextFactory<WorldContext> _cacheAll = Pool<WorldContext>(store, b => b.UseZooCache(cache, z => z.CacheAll()));
        private readonly PooledDbContextFactory<NarrowContext> _narrow = Pool<NarrowContext>(store, b => b.UseZooCache(cache));
        private readonly PooledDbContextFactory<NarrowContext> _narrowAll = Pool<NarrowContext>(store, b => b.UseZooCache(cache, z => z.CacheAll()));

        internal ZooCache Cache => cache;

        internal WorldContext Open(int tenant, bool cacheAll)
        {
            var db = (cacheAll ? _cacheAll : _cached).CreateDbContext();
            db.Tenant = tenant;
            return db;
        }

        internal NarrowContext OpenNarrow(bool cacheAll) => (cacheAll ? _narrowAll : _narrow).CreateDbContext();

        private static PooledDbContextFactory<TContext> Pool<TContext>(WorldStore store, Action<DbContextOptionsBuilder> configure)
            where TContext : DbContext
            => new(Configure<TContext>(store.Provider, b =>
            {
                store.Use(b);
                configure(b);
            }));
    }
}
