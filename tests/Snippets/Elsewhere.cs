using Microsoft.EntityFrameworkCore;

namespace Snippets;

internal static class Elsewhere
{
    internal static void Invalidating(ShopContext db)
    {
        db.Cache().Invalidate<Product>();               // all answers that read a table of the type
        db.Cache().Invalidate<Product>(42);             // those that this row may have influenced
        db.Cache().InvalidateTag("rates");              // a tag that queries, calls or responses have named
        db.Cache().Clear();                             // everything
    }

    internal static async Task Expiring(ShopContext db)
    {
        var rates = await db.Products.Cacheable(TimeSpan.FromSeconds(30)).ToListAsync();
    }

    internal static void Declared(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Order>().TriggerWrites("Audit", "Stock");             // its triggers write these tables too
        modelBuilder.RoutineWrites("place_order", "Orders", "Lines");             // CALL place_order(…), SELECT place_order(…), SaveChanges
        modelBuilder.ViewWrites("open_orders", "Orders");                         // UPDATE open_orders …
    }

    internal static async Task Silenced(ShopContext db, int id)
    {
        using (db.Cache().WithoutInvalidation())
        {
            await db.Products.Where(p => p.Id == id).ExecuteUpdateAsync(s => s.SetProperty(p => p.Views, p => p.Views + 1));
        }
    }
}
