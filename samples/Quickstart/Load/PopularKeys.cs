using Quickstart.Shop;

namespace Quickstart.Load;

/// <summary>
/// Draws keys 1…n of a table by Zipf's law. Which key has which rank is a fixed permutation, so that popular rows lie
/// scattered over the table and are the same in each run.
/// </summary>
internal sealed class PopularKeys
{
    private const double Exponent = 0.99;

    private readonly Zipf ranks;
    private readonly int[] keyOfRank;

    private PopularKeys(int count)
    {
        ranks = new Zipf(count, Exponent);
        keyOfRank = [.. Enumerable.Range(1, count)];
        new Random(count).Shuffle(keyOfRank);
    }

    public static PopularKeys Products { get; } = new(ShopSeed.Products);

    public static PopularKeys Customers { get; } = new(ShopSeed.Customers);

    public static PopularKeys Orders { get; } = new(ShopSeed.Orders);

    public static PopularKeys Categories { get; } = new(ShopSeed.Categories);

    public int Draw(Random random) => keyOfRank[ranks.Draw(random) - 1];
}
