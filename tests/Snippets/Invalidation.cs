using Microsoft.EntityFrameworkCore;

namespace Snippets;

internal static class Invalidation
{
    internal static async Task Explain(ShopContext db, Order order, int id)
    {
        Console.WriteLine(db.Orders.Where(o => o.CustomerId == id).Cacheable().ExplainCache());
        // cached; next: Miss (not-found)
        //   Orders: rows with CustomerId = @id

        order.Status = Status.Sent;
        Console.WriteLine(db.Cache().ExplainPendingChanges());
        // Update Orders
        //   answers by Id: those for the row's values (the command names them)
        //   answers by CustomerId: those for the row's values (this context has read the row, and nobody has written it since)

        await db.SaveChangesAsync();
        await db.Orders.Where(o => o.CustomerId == id).Cacheable().ToListAsync();
        Console.WriteLine(db.Cache().LastQuery);
        // Miss (invalidated by SaveChanges to Orders by CustomerId)
    }
}
