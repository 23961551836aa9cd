using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests.Support;

/// <summary>A small shop in a database of its own, with a cache of its own: 3 customers, 6 orders, 12 lines.</summary>
public sealed class ShopDatabase : IDisposable
{
    private readonly Scratch<ShopContext> _scratch;

    public ShopDatabase(ZooCacheOptions? options = null, Provider provider = Provider.Sqlite)
        => _scratch = ShopData.Scratch(options, provider);

    public ZooCache Cache => _scratch.Cache;

    public CommandLog Commands { get; } = new();

    public TestDatabase Database => _scratch.Database;

    public string ConnectionString => _scratch.ConnectionString;

    /// <summary>A context with the cache.</summary>
    public ShopContext Open(Action<ZooCacheContextOptionsBuilder>? configure = null, params IInterceptor[] interceptors)
        => new(Options(configure, interceptors).Options);

    public DbContextOptionsBuilder<ShopContext> Options(Action<ZooCacheContextOptionsBuilder>? configure = null, params IInterceptor[] interceptors)
    {
        var builder = new DbContextOptionsBuilder<ShopContext>();
        Database.Use(builder);
        builder.KeepCompiled(Database.Provider, withZooCache: true);
        return builder.UseZooCache(Cache, configure).AddInterceptors([Commands, .. interceptors]);
    }

    /// <summary>A context with the cache on a connection that the test shares with it.</summary>
    public ShopContext OpenOn(DbConnection connection) => _scratch.OpenOn(connection);

    /// <summary>A context that knows nothing of the cache.</summary>
    public ShopContext Uncached() => _scratch.Uncached();

    public void Dispose() => _scratch.Dispose();
}
