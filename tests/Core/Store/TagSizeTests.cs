namespace ZooCache.Core.Tests;

public sealed class TagSizeTests : IDisposable
{
    private readonly ZooCache _cache = new();
    private byte _entries;

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void A_deep_tag_costs_more_than_a_shallow_one()
    {
        var shallow = CostOf("tenant");
        CostOf("a:b:c:d:e:f").ShouldBeGreaterThanOrEqualTo(shallow + (5 * EntrySize.PerDependency));
    }

    [Fact]
    public void A_long_name_is_counted()
        => CostOf(new string('x', 500)).ShouldBeGreaterThanOrEqualTo(CostOf("x") + 990);

    [Fact]
    public void A_prefix_that_is_there_already_is_not_paid_for_again()
    {
        CostOf("user:42:orders");
        var second = CostOf("user:42:basket");
        second.ShouldBe(CostOf("basket"));
    }

    [Fact]
    public void A_tag_that_is_there_already_is_not_paid_for_by_name_again()
    {
        var first = CostOf("user:42:orders");
        CostOf("user:42:orders").ShouldBeLessThan(first);
    }

    private long CostOf(string tag)
    {
        var before = _cache.Totals.Bytes;
        var fill = _cache.BeginFill(new CacheKey([_entries++]), [new DependencyPath(TagPath.Parse(tag), Subtree: false)]);
        _cache.Store(fill, new object(), size: 0, default, out _).ShouldBe(StoreOutcome.Stored);
        return _cache.Totals.Bytes - before;
    }
}
