using Microsoft.EntityFrameworkCore;

namespace Quickstart.Shop;

/// <summary>
/// What changes the shop. Plain EF: saving is what tells the cache. Each returns whether it found something to write.
/// </summary>
internal static class ShopCommands
{
    public static async Task<bool> RepriceAsync(this ShopContext shop, int productId, int cents)
    {
        var product = await shop.Products.SingleOrDefaultAsync(p => p.Id == productId);
        if (product is null)
        {
            return false;
        }

        product.PriceInCents = 100 + ((product.PriceInCents + cents) % 100_000);
        product.Stock = (product.Stock + 7) % 500;
        return await shop.SaveChangesAsync() > 0;
    }

    /// <summary>A set write: no row is loaded, the database does it all.</summary>
    public static async Task<bool> AddPointsAsync(this ShopContext shop, int customerId, int points) =>
        await shop.Customers.Where(c => c.Id == customerId).ExecuteUpdateAsync(set => set
            .SetProperty(c => c.Points, c => c.Points + points)
            .SetProperty(c => c.Version, c => c.Version + 1)) > 0;

    public static async Task<bool> ChangeEmailAsync(this ShopContext shop, int customerId, int number)
    {
        var customer = await shop.Customers.SingleOrDefaultAsync(c => c.Id == customerId);
        if (customer is null)
        {
            return false;
        }

        customer.Email = ShopNames.Email(customerId, second: customer.Email == ShopNames.Email(customerId));
        customer.Phone = customer.Phone is null ? $"+49 30 {number:000000}" : null;
        return await shop.SaveChangesAsync() > 0;
    }

    public static async Task<bool> MoveHouseAsync(this ShopContext shop, int customerId, int number)
    {
        var address = await shop.Addresses.Where(a => a.CustomerId == customerId).OrderBy(a => a.Id).FirstOrDefaultAsync();
        if (address is null)
        {
            return false;
        }

        address.Street = $"{ShopNames.Street(number)} {1 + (number % 200)}";
        address.City = ShopNames.City(number);
        return await shop.SaveChangesAsync() > 0;
    }

    public static async Task<bool> PlaceOrderAsync(this ShopContext shop, int customerId, int[] productIds)
    {
        var products = await shop.Products.AsNoTracking().Where(p => productIds.Contains(p.Id)).ToListAsync();
        var order = new Order { CustomerId = customerId, PlacedAt = ShopNames.OpeningDay };
        order.Lines.AddRange(products.Select((p, i) => new OrderLine
        {
            ProductId = p.Id,
            Quantity = i + 1,
            PriceInCents = p.PriceInCents,
        }));
        order.TotalInCents = order.Lines.Sum(l => (long)l.Quantity * l.PriceInCents);
        shop.Orders.Add(order);
        return await shop.SaveChangesAsync() > 0;
    }

    public static async Task<bool> CancelNewestOrderAsync(this ShopContext shop, int customerId)
    {
        var order = await shop.Orders.Include(o => o.Lines)
            .Where(o => o.CustomerId == customerId)
            .OrderByDescending(o => o.Id)
            .FirstOrDefaultAsync();
        if (order is null)
        {
            return false;
        }

        shop.Orders.Remove(order);
        return await shop.SaveChangesAsync() > 0;
    }

    public static async Task<bool> MoveOrderAsync(this ShopContext shop, int orderId, int toCustomerId)
    {
        var order = await shop.Orders.SingleOrDefaultAsync(o => o.Id == orderId);
        if (order is null || order.CustomerId == toCustomerId)
        {
            return false;
        }

        order.CustomerId = toCustomerId;
        return await shop.SaveChangesAsync() > 0;
    }

    public static async Task<bool> AdvanceOrderAsync(this ShopContext shop, int orderId)
    {
        var order = await shop.Orders.SingleOrDefaultAsync(o => o.Id == orderId);
        if (order is null)
        {
            return false;
        }

        order.Status = (OrderStatus)(((int)order.Status + 1) % 3);
        order.ShippedAt = order.Status == OrderStatus.Shipped ? order.PlacedAt.AddDays(2) : null;
        return await shop.SaveChangesAsync() > 0;
    }

    public static async Task<bool> ChangeQuantityAsync(this ShopContext shop, int orderId)
    {
        var order = await shop.Orders.Include(o => o.Lines).SingleOrDefaultAsync(o => o.Id == orderId);
        if (order is null || order.Lines.Count == 0)
        {
            return false;
        }

        var line = order.Lines[0];
        line.Quantity = 1 + (line.Quantity % 9);
        order.TotalInCents = order.Lines.Sum(l => (long)l.Quantity * l.PriceInCents);
        return await shop.SaveChangesAsync() > 0;
    }
}
