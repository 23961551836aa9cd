using Quickstart.Shop;

namespace Quickstart.Load;

internal enum WriteForm
{
    Insert,

    /// <summary>Loads rows, changes them, and saves.</summary>
    Update,

    Delete,

    /// <summary>ExecuteUpdate: loads nothing.</summary>
    SetUpdate,
}

/// <summary>One of the shop's commands, with its share of all writes in percent.</summary>
/// <param name="Prepare">Draws the parameters once; what it returns may be run again after SQLITE_BUSY.</param>
internal sealed record WriteKind(
    string Name, double Percent, WriteForm Form, Func<Random, Func<ShopContext, Task<bool>>> Prepare)
{
    public static IReadOnlyList<WriteKind> All { get; } =
    [
        new("reprice", 29, WriteForm.Update, random =>
        {
            var (product, cents) = (PopularKeys.Products.Draw(random), random.Next(1, 1_000));
            return shop => shop.RepriceAsync(product, cents);
        }),
        new("add points", 1, WriteForm.SetUpdate, random =>
        {
            var (customer, points) = (PopularKeys.Customers.Draw(random), random.Next(1, 100));
            return shop => shop.AddPointsAsync(customer, points);
        }),
        new("change e-mail", 20, WriteForm.Update, random =>
        {
            var (customer, number) = (PopularKeys.Customers.Draw(random), random.Next(1_000_000));
            return shop => shop.ChangeEmailAsync(customer, number);
        }),
        new("move house", 10, WriteForm.Update, random =>
        {
            var (customer, number) = (PopularKeys.Customers.Draw(random), random.Next(1_000_000));
            return shop => shop.MoveHouseAsync(customer, number);
        }),
        new("place order", 12, WriteForm.Insert, random =>
        {
            var customer = PopularKeys.Customers.Draw(random);
            int[] products = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => PopularKeys.Products.Draw(random)).Distinct()];
            return shop => shop.PlaceOrderAsync(customer, products);
        }),
        new("cancel order", 10, WriteForm.Delete, random =>
        {
            var customer = PopularKeys.Customers.Draw(random);
            return shop => shop.CancelNewestOrderAsync(customer);
        }),
        new("move order", 6, WriteForm.Update, random =>
        {
            var (order, customer) = (PopularKeys.Orders.Draw(random), PopularKeys.Customers.Draw(random));
            return shop => shop.MoveOrderAsync(order, customer);
        }),
        new("advance order", 6, WriteForm.Update, random =>
        {
            var order = PopularKeys.Orders.Draw(random);
            return shop => shop.AdvanceOrderAsync(order);
        }),
        new("change quantity", 6, WriteForm.Update, random =>
        {
            var order = PopularKeys.Orders.Draw(random);
            return shop => shop.ChangeQuantityAsync(order);
        }),
    ];

    public static Mix<WriteKind> Mix { get; } = new(All, kind => kind.Percent);
}
