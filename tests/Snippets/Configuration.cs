using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Snippets;

internal static class Configuration
{
    internal static void All(WebApplicationBuilder builder)
    {
        builder.Services.AddZooCache(c =>
        {
            c.ByteBudget = 256 * 1024 * 1024;
            c.MaximumAge = TimeSpan.FromHours(2);
            c.UseRedis(builder.Configuration["Redis"]!, r => r.StoresResults = true);
            c.Nodes.AppendWait = TimeSpan.FromMilliseconds(100);
            c.Store.Expiration = TimeSpan.FromHours(4);
        });
        builder.Services.AddDbContext<ShopContext>(o => o
            .UseNpgsql(builder.Configuration.GetConnectionString("Shop"))
            .UseZooCache(z => z.Cache<Product>().DontCacheIf(result => result.RowCount > 10_000)));
    }
}
