using Quickstart.Shop;

namespace Quickstart.Load;

internal enum ReadFamily
{
    Point,
    Unique,
    Include,
    List,
    Aggregate,
    Search,
}

/// <summary>One of the shop's queries, with its share of all reads in percent.</summary>
/// <param name="Choices">How many second parameters (search words, pages) there are; drawn evenly.</param>
internal sealed record ReadKind(
    ReadFamily Family, double Percent, PopularKeys Keys, int Choices, Func<ShopContext, int, int, Task<object?>> Ask)
{
    public static IReadOnlyList<ReadKind> All { get; } = Numbered(
        // 48 %: by key.
        new(ReadFamily.Point, 34, PopularKeys.Products, 1, async (shop, key, _) => await shop.FindProductAsync(key)),
        new(ReadFamily.Point, 7, PopularKeys.Customers, 1, async (shop, key, _) => await shop.FindCustomerAsync(key)),
        new(ReadFamily.Point, 7, PopularKeys.Orders, 1, async (shop, key, _) => await shop.FindOrderAsync(key)),

        // 2 %: by a unique column.
        new(ReadFamily.Unique, 2, PopularKeys.Customers, 1, async (shop, key, _) => await shop.FindCustomerByEmailAsync(ShopNames.Email(key))),

        // 20 %: with what belongs to it.
        new(ReadFamily.Include, 9, PopularKeys.Customers, 1, async (shop, key, _) => await shop.FindCustomerWithOrdersAsync(key)),
        new(ReadFamily.Include, 11, PopularKeys.Orders, 1, async (shop, key, _) => await shop.FindOrderWithLinesAsync(key)),

        // 15 %: lists by foreign key.
        new(ReadFamily.List, 5, PopularKeys.Customers, 1, async (shop, key, _) => await shop.OrdersOfCustomerAsync(key)),
        new(ReadFamily.List, 4, PopularKeys.Customers, 1, async (shop, key, _) => await shop.AddressesOfCustomerAsync(key)),
        new(ReadFamily.List, 3, PopularKeys.Products, 1, async (shop, key, _) => await shop.LinesOfProductAsync(key)),
        new(ReadFamily.List, 3, PopularKeys.Categories, 1, async (shop, key, _) => await shop.ProductsOfCategoryAsync(key)),

        // 10 %: aggregates.
        new(ReadFamily.Aggregate, 3, PopularKeys.Customers, 1, async (shop, key, _) => await shop.CountOrdersAsync(key)),
        new(ReadFamily.Aggregate, 3, PopularKeys.Customers, 1, async (shop, key, _) => await shop.SumSpentAsync(key)),
        new(ReadFamily.Aggregate, 2, PopularKeys.Products, 1, async (shop, key, _) => await shop.SumUnitsSoldAsync(key)),
        new(ReadFamily.Aggregate, 2, PopularKeys.Categories, 1, async (shop, key, _) => await shop.MaxPriceAsync(key)),

        // 5 %: search and paging.
        new(ReadFamily.Search, 2, PopularKeys.Categories, 12, async (shop, key, n) => await shop.SearchProductsAsync(key, ShopNames.Word(n))),
        new(ReadFamily.Search, 2, PopularKeys.Categories, 5, async (shop, key, page) => await shop.PageOfProductsAsync(key, page)),
        new(ReadFamily.Search, 1, PopularKeys.Categories, 1, async (shop, key, _) => await shop.SearchCustomersAsync(ShopNames.NameStart(key))));

    public static Mix<ReadKind> Mix { get; } = new(All, kind => kind.Percent);

    /// <summary>Its place in <see cref="All"/>, under which its latencies are kept.</summary>
    public int Index { get; private init; }

    public Question Draw(Random random) => new(this, Keys.Draw(random), Choices == 1 ? 0 : random.Next(Choices));

    private static ReadKind[] Numbered(params ReadKind[] kinds) => [.. kinds.Select((kind, i) => kind with { Index = i })];
}

/// <summary>A query with its parameters: can be asked again, of any context.</summary>
internal readonly record struct Question(ReadKind Kind, int Key, int Choice)
{
    public Task<object?> AskAsync(ShopContext shop) => Kind.Ask(shop, Key, Choice);

    public override string ToString() => $"{Kind.Family} #{Kind.Index} ({Key}, {Choice})";
}
