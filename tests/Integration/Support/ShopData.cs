namespace ZooCache.Integration.Tests.Support;

/// <summary>The shop's rows: 3 customers, 6 orders, 12 lines.</summary>
public static class ShopData
{
    public static Scratch<ShopContext> Scratch(ZooCacheOptions? options = null, Provider provider = Provider.Sqlite)
        => new(o => new ShopContext(o), Fill, options, provider);

    public static void Fill(ShopContext db)
    {
        ArgumentNullException.ThrowIfNull(db);
        for (var c = 1; c <= 3; c++)
        {
            var customer = new Customer { Name = $"Customer {c}", City = c == 3 ? null : "Oslo" };
            for (var o = 1; o <= 2; o++)
            {
                var order = new Order { Total = c * 10 + o, PlacedAt = new DateTime(2026, c, o, 0, 0, 0, DateTimeKind.Utc) };
                order.Lines.Add(new Line { Product = "apple", Quantity = o });
                order.Lines.Add(new Line { Product = "pear", Quantity = c });
                customer.Orders.Add(order);
            }

            db.Add(customer);
        }

        db.SaveChanges();
    }
}
