using Microsoft.EntityFrameworkCore;
using Quickstart.Shop;

namespace ZooCache.Benchmarks.Precision;

/// <summary>Queries of forms that the shop has no use for.</summary>
internal static class ShapeQueries
{
    public static Task<List<Product>> ProductsByPriceAsync(this ShopContext shop, int fromCents, int belowCents) =>
        shop.Products.AsNoTracking()
            .Where(p => p.PriceInCents >= fromCents && p.PriceInCents < belowCents)
            .OrderBy(p => p.Id)
            .Cacheable()
            .ToListAsync();

    public static Task<List<Order>> OrdersOfDayAsync(this ShopContext shop, DateTime from, DateTime before) =>
        shop.Orders.AsNoTracking().Where(o => o.PlacedAt >= from && o.PlacedAt < before).OrderBy(o => o.Id).Cacheable().ToListAsync();

    /// <summary>As a join, because included twice over SQLite would join all orders with all lines before it looks for the customer's.</summary>
    public static async Task<object?[]> FindCustomerWithOrdersAndLinesAsync(this ShopContext shop, int id)
    {
        var rows = await (
            from customer in shop.Customers
            where customer.Id == id
            from order in customer.Orders
            from line in order.Lines
            orderby line.Id
            select new { customer, order, line }).AsNoTracking().Cacheable().ToListAsync();
        return [.. rows.SelectMany(row => (object[])[row.customer, row.order, row.line])];
    }

    /// <summary>The order and its customer, side by side: answers are compared without following references.</summary>
    public static async Task<object?[]> FindOrderWithCustomerAsync(this ShopContext shop, int id)
    {
        var order = await shop.Orders.AsNoTracking().Include(o => o.Customer).Where(o => o.Id == id).Cacheable().SingleOrDefaultAsync();
        return [order, order?.Customer];
    }
}
