using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace Storefront.Shop;

/// <summary>The shop as it is before anybody has bought: always the same.</summary>
internal static class ShopSeed
{
    public const int Products = 500;
    public const int Categories = 25;

    /// <summary>Products beyond the others, in a category of their own: propagation is measured on them.</summary>
    public const int Probes = 8;

    private const int Stock = 1_000_000;
    private static readonly string[] Adjectives = ["Amber", "Brisk", "Calm", "Dapper", "Eager", "Fine", "Gentle", "Hardy", "Idle", "Jolly"];
    private static readonly string[] Nouns = ["Lamp", "Kettle", "Chair", "Rug", "Clock", "Mirror", "Shelf"];

    public static IReadOnlyList<string> SearchTerms => Adjectives;

    public static int CategoryOf(int product) => product > Products ? Categories + 1 : ((product - 1) % Categories) + 1;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = new DbContextOptionsBuilder<ShopContext>().UseNpgsql(arguments.Text("--postgres"));
        var remove = arguments.Flag("--remove");
        arguments.RequireNoMore();

        await using var db = new ShopContext(options.Options);
        await db.Database.EnsureDeletedAsync();
        if (!remove)
        {
            await db.Database.EnsureCreatedAsync();
            db.Categories.AddRange(Enumerable.Range(1, Categories + 1).Select(id => new Category { Id = id, Name = Invariant($"Category {id}") }));
            db.Products.AddRange(Enumerable.Range(1, Products + Probes).Select(MakeProduct));
            await db.SaveChangesAsync();
        }

        return 0;
    }

    private static Product MakeProduct(int id) => new()
    {
        Id = id,
        CategoryId = CategoryOf(id),
        Name = Invariant($"{Adjectives[id % Adjectives.Length]} {Nouns[id % Nouns.Length]} {id}"),
        Price = 5 + (id % 90),
        Stock = Stock,
        Version = 1,
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
