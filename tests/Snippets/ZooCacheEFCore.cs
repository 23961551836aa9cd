using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Snippets;

internal static class ZooCacheEFCore
{
    internal static async Task Show(IServiceCollection services, ShopContext db)
    {
        services.AddZooCache();
        services.AddDbContext<ShopContext>(o => o.UseSqlite("Data Source=shop.db").UseZooCache());

        var product = await db.Products.Where(p => p.Id == 1).Cacheable().SingleAsync();       // asked once …
        product.Price = 42;
        await db.SaveChangesAsync();                                       // … and gone, before this returns

        Console.WriteLine(db.Cache().LastQuery);                           // Hit, Miss or Bypass, and why
    }
}
