using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ZooCache;

namespace Snippets;

internal static class ZooCacheRedis
{
    internal static void Show(IServiceCollection services, string connectionString)
    {
        services.AddZooCache(c =>
        {
            c.UseRedis("localhost:6379");
            c.Nodes.Consistency = CacheConsistency.Strict;      // default: Eventual, as soon as a message arrives, and at no cost for a hit
        });
        services.AddDbContext<ShopContext>(o => o.UseNpgsql(connectionString).UseZooCache());
    }
}
