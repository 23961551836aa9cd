using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Snippets;

internal static class GettingStarted
{
    internal static void InAnApplicationWithServices(WebApplicationBuilder builder)
    {
        builder.Services.AddZooCache(c => c.ByteBudget = 256 * 1024 * 1024);
        builder.Services.AddDbContext<ShopContext>(o => o.UseSqlite("Data Source=shop.db").UseZooCache());
    }
}
