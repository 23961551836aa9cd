using System.Data.Common;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests.Support;

/// <summary>A database of its own for any context type, with a cache of its own.</summary>
public sealed class Scratch<TContext> : IDisposable
    where TContext : DbContext
{
    private readonly Func<DbContextOptions<TContext>, TContext> _make;

    public Scratch(
        Func<DbContextOptions<TContext>, TContext> make,
        Action<TContext>? seed = null,
        ZooCacheOptions? options = null,
        Provider provider = Provider.Sqlite)
    {
        _make = make;
        Cache = new ZooCache(options ?? new ZooCacheOptions());
        Database = TestDatabase.Create(provider, TemplateOf(seed), database =>
        {
            using var db = Make(database.Use);
            db.Database.EnsureCreated();
            seed?.Invoke(db);
            db.SaveChanges();
        });
    }

    public ZooCache Cache { get; }

    public TestDatabase Database { get; }

    public string ConnectionString => Database.ConnectionString;

    public TContext Open(Action<ZooCacheContextOptionsBuilder>? configure = null, Action<DbContextOptionsBuilder>? more = null)
        => Make(b =>
        {
            Database.Use(b);
            b.UseZooCache(Cache, configure);
            Configure(b, more, withZooCache: true);
        });

    /// <summary>A context with the cache on a connection that the test shares with it.</summary>
    public TContext OpenOn(DbConnection connection, Action<ZooCacheContextOptionsBuilder>? configure = null)
        => Make(b =>
        {
            Database.Use(b, connection);
            b.UseZooCache(Cache, configure);
        });

    /// <summary>A context that knows nothing of the cache.</summary>
    public TContext Uncached(Action<DbContextOptionsBuilder>? more = null)
        => Make(b =>
        {
            Database.Use(b);
            Configure(b, more, withZooCache: false);
        });

    public TContext Make(Action<DbContextOptionsBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new DbContextOptionsBuilder<TContext>().Quiet();
        configure(builder);
        return _make(builder.Options);
    }

    /// <summary>Changes the database behind everybody's back.</summary>
    public int Execute(string sql) => Database.Execute(sql);

    public void Dispose()
    {
        Cache.Dispose();
        Database.Dispose();
    }

    // What a test configures besides may change the model.
    private void Configure(DbContextOptionsBuilder builder, Action<DbContextOptionsBuilder>? more, bool withZooCache)
    {
        if (more is null)
        {
            builder.KeepCompiled(Database.Provider, withZooCache);
        }
        else
        {
            more(builder);
        }
    }

    /// <summary>A seed that captures nothing fills every database of its context alike.</summary>
    private static string? TemplateOf(Action<TContext>? seed)
        => seed?.Target is { } target && target.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Length > 0
            ? null
            : $"{typeof(TContext).FullName} {seed?.Method.DeclaringType?.FullName}.{seed?.Method.Name}";
}
