using Quickstart.Load;
using Quickstart.Shop;

namespace ZooCache.Benchmarks.Precision;

/// <summary>One query, and how its two parameters are drawn.</summary>
internal sealed record ShapeQuery(Func<Random, (int First, int Second)> Draw, Func<ShopContext, int, int, Task<object?>> Ask)
{
    public static ShapeQuery Of(ReadKind kind) =>
        new(random => kind.Draw(random) is var question ? (question.Key, question.Choice) : default, kind.Ask);

    public static ShapeQuery Of(PopularKeys keys, Func<ShopContext, int, Task<object?>> ask) =>
        new(random => (keys.Draw(random), 0), (shop, key, _) => ask(shop, key));

    /// <summary>The numbers from 0 up to the count, drawn evenly.</summary>
    public static ShapeQuery Of(int count, Func<ShopContext, int, Task<object?>> ask) =>
        new(random => (random.Next(count), 0), (shop, number, _) => ask(shop, number));
}

/// <summary>Queries that depend on their tables in the same way. The names stand in the JSON.</summary>
internal sealed record Shape(string Name, string What, IReadOnlyList<ShapeQuery> Queries)
{
    private const int Draws = 20_000;
    private const int NameStarts = 440;
    private const int PriceBands = 200;
    private const int CentsPerBand = 500;
    private const int Days = 1_388;

    public static IReadOnlyList<Shape> All { get; } =
    [
        new("key", "a product, customer or order by its key", [.. Of(ReadFamily.Point)]),
        new("unique", "a customer by e-mail", [.. Of(ReadFamily.Unique)]),
        new("foreign-key", "orders or addresses of a customer, lines of a product, products of a category", [.. Of(ReadFamily.List)]),
        new("include", "a customer with orders and addresses, an order with lines", [.. Of(ReadFamily.Include)]),
        new("aggregate", "count, sum or max over a foreign key", [.. Of(ReadFamily.Aggregate)]),
        new("range", "customers by the start of their name, products by price, orders by day",
        [
            ShapeQuery.Of(NameStarts, async (shop, n) => await shop.SearchCustomersAsync(ShopNames.NameStart(n))),
            ShapeQuery.Of(PriceBands, async (shop, n) => await shop.ProductsByPriceAsync(n * CentsPerBand, (n + 1) * CentsPerBand)),
            ShapeQuery.Of(Days, async (shop, n) => await shop.OrdersOfDayAsync(ShopNames.OpeningDay.AddDays(n), ShopNames.OpeningDay.AddDays(n + 1))),
        ]) { Entries = 12 },
        new("page", "ten of a category's products, by price",
        [
            new(random => (PopularKeys.Categories.Draw(random), random.Next(5)), async (shop, key, page) => await shop.PageOfProductsAsync(key, page)),
        ]) { Entries = 48 },
        new("two-hop", "a customer with orders and their lines",
        [
            ShapeQuery.Of(PopularKeys.Customers, async (shop, key) => await shop.FindCustomerWithOrdersAndLinesAsync(key)),
        ]) { Entries = 48 },
        new("reference", "an order with its customer",
        [
            ShapeQuery.Of(PopularKeys.Orders, async (shop, key) => await shop.FindOrderWithCustomerAsync(key)),
        ]) { Entries = 48 },
    ];

    /// <summary>How many of its answers are observed. One for which the database reads a whole table takes a hundred times as long.</summary>
    private int Entries { get; init; } = 96;

    /// <summary>
    /// What the shop's customers would ask most: about popular rows, which are written most as well. A query with few questions
    /// (there are 40 categories) gives all.
    /// </summary>
    public IEnumerable<Func<ShopContext, Task<object?>>> Draw(Random random) =>
        from query in Queries
        from drawn in Enumerable.Range(0, Draws)
            .Select(_ => query.Draw(random))
            .CountBy(question => question)
            .OrderByDescending(question => question.Value)
            .ThenBy(question => question.Key)
            .Take(Entries / Queries.Count)
            .ToList()
        let question = drawn.Key
        select (Func<ShopContext, Task<object?>>)(shop => query.Ask(shop, question.First, question.Second));

    private static IEnumerable<ShapeQuery> Of(ReadFamily family) => ReadKind.All.Where(k => k.Family == family).Select(ShapeQuery.Of);
}
