using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Snippets;

internal static class ZooCacheAspNetCore
{
    internal static void Show(WebApplicationBuilder builder, WebApplication app)
    {
        builder.Services.AddZooCache();
        builder.Services.AddDbContext<ShopContext>(o => o.UseSqlite("Data Source=shop.db").UseZooCache());

        app.MapGet("/products/{id:int}", async (int id, ShopContext db) =>
            await db.Products.AsNoTracking().SingleAsync(p => p.Id == id)).Cacheable();
    }
}
