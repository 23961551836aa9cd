using Microsoft.EntityFrameworkCore;

namespace Snippets;

internal static class Troubleshooting
{
    internal static void Ask(ShopContext db, int id)
    {
        Console.WriteLine(db.Cache().LastQuery);                                             // of the context's last query
        Console.WriteLine(db.Orders.Where(o => o.CustomerId == id).Cacheable().ExplainCache());    // of any, without running it
        Console.WriteLine(db.Cache().ExplainPendingChanges());                               // what SaveChanges would end
    }
}
