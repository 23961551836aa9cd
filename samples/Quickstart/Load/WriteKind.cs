using Quickstart.Shop;

namespace Quickstart.Load;

/// <summary>One of the shop's commands, with its share of all writes in percent.</summary>
/// <param name="Prepare">Draws the parameters once; what it returns may be run again after SQLITE_BUSY.</param>
internal sealed record WriteKind(double Percent, Func<Random, Func<ShopContext, Task<bool>>> Prepare)
{
    public static IReadOnlyList<WriteKind> All { get; } =
    [
        new(29, random =>
        {
            var (product, cents) = (PopularKeys.Products.Draw(random), random.Next(1, 1_000));
            return shop => shop.RepriceAsync(product, cents);
        }),
        new(1, random =>
        {
            var (customer, points) = (PopularKeys.Customers.Draw(random), random.Next(1, 100));
            return shop => shop.AddPointsAsync(customer, points);
        }),
        new(20, random =>
        {
            var (customer, number) = (PopularKeys.Customers.Draw(random), random.Next(1_000_000));
            return shop => shop.ChangeEmailAsync(customer, number);
        }),
        new(10, random =>
        {
            var (customer, number) = (PopularKeys.Customers.Draw(random), random.Next(1_000_000));
            return shop => shop.MoveHouseAsync(customer, number);
        }),
        new(12, random =>
        {
            var customer = PopularKeys.Customers.Draw(random);
            int[] products = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => PopularKeys.Products.Draw(random)).Distinct()];
            return shop => shop.PlaceOrderAsync(customer, products);
        }),
        new(10, random =>
        {
            var customer = PopularKeys.Customers.Draw(random);
            return shop => shop.CancelNewestOrderAsync(customer);
        }),
        new(6, random =>
        {
            var (order, customer) = (PopularKeys.Orders.Draw(random), PopularKeys.Customers.Draw(random));
            return shop => shop.MoveOrderAsync(order, customer);
        }),
        new(6, random =>
        {
            var order = PopularKeys.Orders.Draw(random);
            return shop => shop.AdvanceOrderAsync(order);
        }),
        new(6, random =>
        {
            var order = PopularKeys.Orders.Draw(random);
            return shop => shop.ChangeQuantityAsync(order);
        }),
    ];

    public static Mix<WriteKind> Mix { get; } = new(All, kind => kind.Percent);
}
