using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests.Support;

/// <summary>A small shop in a SQLite file of its own, with a cache of its own: 3 customers, 6 orders, 12 lines.</summary>
public sealed class ShopDatabase : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"zoocache-{Guid.NewGuid():N}.db");

    public ShopDatabase(ZooCacheOptions? options = null)
    {
        Cache = new ZooCache(options ?? new ZooCacheOptions());
        using var db = Uncached();
        db.Database.EnsureCreated();
        for (var c = 1; c <= 3; c++)
        {
            var customer = new Customer { Name = $"Customer {c}", City = c == 3 ? null : "Oslo" };
            for (var o = 1; o <= 2; o++)
            {
                var order = new Order { Total = c * 10 + o, PlacedAt = new DateTime(2026, c, o, 0, 0, 0, DateTimeKind.Utc) };
                order.Lines.Add(new Line { Product = "apple", Quantity = o });
                order.Lines.Add(new Line { Product = "pear", Quantity = c });
                customer.Orders.Add(order);
            }

            db.Add(customer);
        }

        db.SaveChanges();
    }

    public ZooCache Cache { get; }

    public CommandLog Commands { get; } = new();

    public string File => _file;

    public string ConnectionString => $"Data Source={_file};Default Timeout=5";

    /// <summary>A context with the cache.</summary>
    public ShopContext Open(Action<ZooCacheContextOptionsBuilder>? configure = null, params IInterceptor[] interceptors)
        => new(Options(configure, interceptors).Options);

    public DbContextOptionsBuilder<ShopContext> Options(Action<ZooCacheContextOptionsBuilder>? configure = null, params IInterceptor[] interceptors)
        => new DbContextOptionsBuilder<ShopContext>()
            .UseSqlite(ConnectionString)
            .UseZooCache(Cache, configure)
            .AddInterceptors([Commands, .. interceptors]);

    /// <summary>A context that knows nothing of the cache.</summary>
    public ShopContext Uncached()
        => new(new DbContextOptionsBuilder<ShopContext>().UseSqlite(ConnectionString).Options);

    public void Dispose()
    {
        Cache.Dispose();
        SqliteConnection.ClearAllPools();
        System.IO.File.Delete(_file);
        System.IO.File.Delete(_file + "-wal");
        System.IO.File.Delete(_file + "-shm");
    }
}
