using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using ZooCache;

namespace Snippets;

internal static class Calls
{
    internal static async Task Total(ZooCache.ZooCache cache, ShopContext db, IExchange exchange, int customer)
    {
        var total = await cache.GetOrCreateAsync($"total:{customer}", async (call, token) =>
        {
            call.DependsOn($"customer:{customer}");                       // named while it runs: it counts from the beginning of the call
            var orders = await db.Orders.Where(o => o.CustomerId == customer).ToListAsync(token);    // depends on these rows, by itself
            return orders.Sum(o => o.Total) + await exchange.RateAsync(token);
        }, new CacheEntryOptions { Tags = ["rates"], AbsoluteExpiration = TimeSpan.FromMinutes(5) });

        cache.Invalidate("customer");                                     // this tag and everything below it: customer:42, customer:42:orders
    }

    internal static void Hybrid(IServiceCollection services)
    {
        services.AddZooHybridCache(o => o.DefaultEntryOptions = new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(10) });
    }
}
