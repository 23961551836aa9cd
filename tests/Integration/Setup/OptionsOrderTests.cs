using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Internal;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.Integration.Tests.Support;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Setup;

public sealed class OptionsOrderTests : IDisposable
{
    private readonly ShopDatabase _shop = new();

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhateverTheOrderOfTheCalls_QueriesHitAndWritesInvalidate(bool cacheFirst)
    {
        var builder = new DbContextOptionsBuilder<ShopContext>();
        if (cacheFirst)
        {
            builder.UseZooCache(_shop.Cache).UseSqlite(_shop.ConnectionString).Quiet();
        }
        else
        {
            builder.UseSqlite(_shop.ConnectionString).Quiet().UseZooCache(_shop.Cache);
        }

        Works(() => new ShopContext(builder.Options));
    }

    [Theory]
    [InlineData("AddDbContext")]
    [InlineData("AddDbContextPool")]
    [InlineData("AddDbContextFactory")]
    [InlineData("AddPooledDbContextFactory")]
    public void HoweverTheContextIsRegistered_TheApplicationsCacheIsUsed(string how)
    {
        var services = new ServiceCollection();
        services.AddZooCache(c => c.Prefix = "mine");
        Action<DbContextOptionsBuilder> configure = o => o.UseZooCache().UseSqlite(_shop.ConnectionString).Quiet();
        _ = how switch
        {
            "AddDbContext" => services.AddDbContext<ShopContext>(configure),
            "AddDbContextPool" => services.AddDbContextPool<ShopContext>(configure),
            "AddDbContextFactory" => services.AddDbContextFactory<ShopContext>(configure),
            _ => services.AddPooledDbContextFactory<ShopContext>(configure),
        };
        using var provider = services.BuildServiceProvider();
        using var scope = provider.CreateScope();
        Works(() =>
        {
            var db = how.EndsWith("Factory", StringComparison.Ordinal)
                ? provider.GetRequiredService<IDbContextFactory<ShopContext>>().CreateDbContext()
                : provider.CreateScope().ServiceProvider.GetRequiredService<ShopContext>();
            db.Cache().Cache.ShouldBeSameAs(provider.GetRequiredService<ZooCache>());
            db.Cache().Cache.Prefix.ShouldBe("mine");
            return db;
        });
    }

    [Fact]
    public void WhenConfiguredInOnConfiguring_TheProcessesCacheIsUsed()
    {
        using var db = new SelfConfigured(_shop.ConnectionString);
        db.Set<Customer>().Cacheable().Count().ShouldBe(3);
        db.Cache().LastQuery!.Source.ShouldBe(Miss);
        db.Set<Customer>().Cacheable().Count().ShouldBe(3);
        db.Cache().LastQuery!.Source.ShouldBe(Hit);
        db.Cache().Cache.ShouldBeSameAs(ZooCache.Shared);
    }

    [Fact]
    public void WhenTwoContextsHaveDifferentSettings_NeitherSeesTheOthers()
    {
        using var otherCache = new ZooCache();
        using var all = new ShopContext(new DbContextOptionsBuilder<ShopContext>()
            .UseSqlite(_shop.ConnectionString).Quiet().UseZooCache(_shop.Cache, z => z.CacheAll()).Options);
        using var none = new ShopContext(new DbContextOptionsBuilder<ShopContext>()
            .UseSqlite(_shop.ConnectionString).Quiet().UseZooCache(otherCache, z => z.DontCache<Customer>()).Options);
        for (var i = 0; i < 2; i++)
        {
            all.Customers.Count();
            all.Cache().LastQuery!.Source.ShouldBe(i == 0 ? Miss : Hit);
            none.Customers.Count();
            none.Cache().LastQuery!.Reason.ShouldBe("not-cacheable");
            none.Orders.Count();
            none.Cache().LastQuery!.Reason.ShouldBe("not-requested");
        }

        otherCache.GetStatistics().Entries.ShouldBe(0);
    }

    // Guards ZooCacheOptionsExtension.ExtensionInfo: caches and settings take no part in the choice of EF's provider, of
    // which EF allows twenty in a process.
    [Fact]
    public void WhenAThousandContextsWithManyCachesAreMade_TheyShareOneServiceProvider()
    {
        // A singleton of EF's internal provider: there are as many as there are providers.
        var providers = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var caches = Enumerable.Range(0, 25).Select(_ => new ZooCache()).ToList();
        for (var i = 0; i < 1000; i++)
        {
            var n = i;
            using var db = new ShopContext(new DbContextOptionsBuilder<ShopContext>()
                .UseSqlite(_shop.ConnectionString).Quiet()
                .UseZooCache(caches[i % 25], z => z.CacheWhen(q => q.Tables.Count > n)).Options);
            db.Model.ShouldNotBeNull();
            providers.Add(db.GetService<ISingletonOptionsInitializer>());
        }

        providers.Count.ShouldBe(1);
        caches.ForEach(c => c.Dispose());
    }

    private static void Works(Func<ShopContext> open)
    {
        Ask().ShouldBe(("Customer 1", Miss));
        Ask().ShouldBe(("Customer 1", Hit));
        using (var db = open())
        {
            db.Customers.Single(c => c.Id == 1).Name = "Changed";
            db.SaveChanges();
        }

        Ask().ShouldBe(("Changed", Miss));

        (string, EFCore.QueryResultSource) Ask()
        {
            using var db = open();
            return (db.Customers.AsNoTracking().Cacheable().Single(c => c.Id == 1).Name, db.Cache().LastQuery!.Source);
        }
    }

    private sealed class SelfConfigured(string connectionString) : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder)
            => optionsBuilder.UseZooCache().UseSqlite(connectionString).Quiet();

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Customer>().ToTable("Customers");
    }
}
