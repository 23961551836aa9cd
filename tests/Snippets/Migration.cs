using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Snippets;

internal static class Migration
{
    internal static void SettingUp(IServiceCollection services, string connectionString)
    {
        services.AddZooCache();
        services.AddDbContextPool<ShopContext>(o => o.UseNpgsql(connectionString).UseZooCache());
    }

    internal static void Queries(ShopContext db)
    {
        var product = db.Products.Where(x => x.Id > 0).OrderBy(x => x.Id).Cacheable().FirstOrDefault();
        var list = db.Products.Cacheable(TimeSpan.FromMinutes(5)).ToList();
        var mine = db.Products.Cacheable(o => o.SlidingExpiration = TimeSpan.FromMinutes(5)).ToList();
    }

    internal static void Policies(IServiceCollection services, string connectionString)
    {
        services.AddZooCache(c => c.DefaultExpiration = TimeSpan.FromMinutes(30));
        services.AddDbContext<ShopContext>(o => o.UseNpgsql(connectionString).UseZooCache(z => z
            .CacheWhen(q => q.EntityTypes.Contains(typeof(Product)))      // or CacheAll()
            .DontCacheIf(result => result.RowCount == 0)));
    }

    internal static void ByHand(ShopContext db)
    {
        db.Cache().Clear();
        db.Cache().Invalidate<Product>();
    }
}
