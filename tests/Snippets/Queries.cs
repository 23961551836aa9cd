using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Snippets;

internal static class Queries
{
    internal static async Task Marked(ShopContext db, int id)
    {
        var one = await db.Products.Where(p => p.Id == id).Cacheable().SingleAsync();
        var list = await db.Products.Cacheable(TimeSpan.FromMinutes(5)).ToListAsync();
        var mine = await db.Orders.Where(o => o.CustomerId == id)
            .Cacheable(o => { o.SlidingExpiration = TimeSpan.FromMinutes(1); o.Tags = [$"user:{id}"]; }).ToListAsync();
        var fresh = await db.Products.Cacheable(o => o.Refresh = true).ToListAsync();        // asked anew, and kept
        var never = await db.Audits.NotCacheable().ToListAsync();
    }

    internal static void ByContext(DbContextOptionsBuilder o, ModelBuilder modelBuilder)
    {
        o.UseZooCache(z => z.CacheAll());                     // every query that can be cached
        o.UseZooCache(z => z.Cache<Product>().DontCache<Audit>());
        o.UseZooCache(z => z.CacheWhen(q => q.Tables.All(t => t != "AUDIT")));
        modelBuilder.Entity<Product>().IsCacheable();         // in the model
    }

    internal static async Task Declared(ShopContext db, decimal total)
    {
        var late = await db.Orders.FromSql($"SELECT * FROM orders WHERE total > {total}").Cacheable(o => o.DependsOn<Order>()).ToListAsync();
    }

    internal static void DeclaredInTheModel(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Sales>().HasNoKey().ToView("sales");
        modelBuilder.Entity<Sales>().CacheDependsOn(typeof(Order), typeof(OrderLine));
    }

    internal static void Varying(DbContextOptionsBuilder o)
    {
        o.UseZooCache(z => z.VaryBy(services => services.GetRequiredService<ITenant>().Id));       // the application's services
        o.UseZooCache(z => z.VaryBy((DbContext db) => ((ShopContext)db).Tenant));                  // or the context
    }
}
