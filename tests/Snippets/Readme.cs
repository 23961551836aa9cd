using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Snippets;

internal static class Readme
{
    internal static async Task First(IServiceCollection services, ShopContext db, int id, int customer)
    {
        services.AddZooCache(c => c.ByteBudget = 256 * 1024 * 1024);              // optional: without it, one cache per process
        services.AddDbContext<ShopContext>(o => o.UseSqlite("Data Source=shop.db").UseZooCache());

        var product = await db.Products.Where(p => p.Id == id).Cacheable().SingleAsync();          // asked once …
        product.Price = 42;
        await db.SaveChangesAsync();                                              // … and gone, before this returns

        var page = await db.Orders.Include(o => o.Lines).Where(o => o.CustomerId == customer)
            .Cacheable(TimeSpan.FromMinutes(5)).ToListAsync();
        Console.WriteLine(db.Cache().LastQuery);                                  // Hit, Miss or Bypass, and why
    }

    internal static async Task Queries(DbContextOptionsBuilder o, ShopContext db, decimal total)
    {
        o.UseZooCache(z => z.CacheAll().DontCache<Audit>());                      // every query that can be cached, but those
        var late = await db.Orders.FromSql($"SELECT * FROM orders WHERE total > {total}").Cacheable(o => o.DependsOn<Order>()).ToListAsync();
    }

    internal static void Precision(ShopContext db, int id)
    {
        db.Orders.Where(o => o.CustomerId == id).Cacheable().ExplainCache();      // Orders: rows with CustomerId = @id
        db.Cache().ExplainPendingChanges();                                       // which answers SaveChanges would end, and how that is known
    }

    internal static async Task Calls(WebApplication app, IServiceCollection services, ZooCache.ZooCache cache, ShopContext db, int id)
    {
        app.MapGet("/products/{id:int}", (int id, ShopContext db) => db.Products.AsNoTracking().SingleAsync(p => p.Id == id))
           .Cacheable();                                                          // until that product changes; 304 for who has it

        var sum = await cache.GetOrCreateAsync($"total:{id}", async (call, token) =>
            (await db.Orders.Where(o => o.CustomerId == id).ToListAsync(token)).Sum(o => o.Total));    // gone when one of these orders changes

        services.AddZooHybridCache();                                             // Microsoft's HybridCache, on this cache
    }

    internal static void Nodes(IServiceCollection services, WebApplication app)
    {
        services.AddZooCache(c => c.UseRedis("localhost:6379"));
        services.AddZooCache(c => c.UseLmdb("/var/cache/shop"));                  // or: the processes of one machine; warm after a restart
        app.UseZooCacheSession();
    }

    internal static void Production(IServiceCollection services, WebApplication app)
    {
        services.AddHealthChecks().AddZooCache();
        app.MapZooCache().RequireAuthorization("operators");                      // statistics, queries, invalidations; invalidate
    }
}
