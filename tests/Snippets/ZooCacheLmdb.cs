using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ZooCache;

namespace Snippets;

internal static class ZooCacheLmdb
{
    internal static void Show(IServiceCollection services, string connectionString)
    {
        services.AddZooCache(c => c.UseLmdb("/var/cache/shop"));
        services.AddDbContext<ShopContext>(o => o.UseNpgsql(connectionString).UseZooCache());
    }
}
