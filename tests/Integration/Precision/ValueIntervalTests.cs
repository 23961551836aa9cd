using ZooCache.EFCore.Dependencies;
using Xunit.Abstractions;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

public sealed class ValueIntervalTests(ITestOutputHelper output)
{
    private static readonly TagPath Below = TagPath.Of("ef", "db", "T", "F").Append(5);

    [Fact]
    public void Of_intervals_with_a_value_in_common_the_tags_meet()
    {
        var random = new Random(StressSeed.Take(output));
        for (var i = 0; i < 20_000; i++)
        {
            var answer = Interval(random, random.Next(3));
            var write = random.Next(2) == 0 ? Interval(random, 2) : Near(random, answer);
            if (Math.Max(answer.First, write.First) <= Math.Min(answer.Last, write.Last))
            {
                Meet(answer.Met(Below), write.Crossed(Below)).ShouldBeTrue($"{answer} {write}");
            }
        }
    }

    // Else nothing is gained by it.
    [Fact]
    public void Of_intervals_that_lie_apart_most_tags_do_not_meet()
    {
        var random = new Random(StressSeed.Take(output));
        var met = 0;
        for (var i = 0; i < 2_000; i++)
        {
            var first = random.Next(-90_000, 90_000);
            var answer = new ValueInterval(first, first + 8_000);
            var from = first + 8_000 + random.Next(10_000, 50_000);
            met += Meet(answer.Met(Below), ValueInterval.Between(from, from + random.Next(-1_000, 1_000)).Crossed(Below)) ? 1 : 0;
        }

        met.ShouldBeLessThan(100);
    }

    [Theory]
    [InlineData(0, 0, "")]
    [InlineData(long.MinValue, long.MaxValue, "all")]
    [InlineData(long.MaxValue, long.MaxValue, "")]
    [InlineData(long.MinValue, long.MinValue, "")]
    [InlineData(-1, 0, "")]
    [InlineData(99_000, long.MaxValue, "")]
    [InlineData(long.MinValue, -99_000, "")]
    [InlineData(long.MinValue + 1, long.MaxValue - 1, "all")]
    public void However_far_the_ends_are_the_tags_are_few(long first, long last, string which)
    {
        foreach (var tags in (IReadOnlyList<TagPath>[])[new ValueInterval(first, last).Met(Below), new ValueInterval(first, last).Crossed(Below)])
        {
            tags.Count.ShouldBeInRange(1, ValueInterval.MaximumNodes);
            tags.ShouldAllBe(t => Below.IsPrefixOf(t) && t.Depth <= 32);
        }

        new ValueInterval(first, last).Met(Below)[0].Equals(Below).ShouldBe(which == "all");
    }

    [Fact]
    public void An_integer_is_told_by_its_hash()
    {
        var random = new Random(StressSeed.Take(output));
        foreach (var value in (long[])[0, 1, -1, long.MinValue, long.MaxValue, .. Enumerable.Range(0, 1_000).Select(_ => random.NextInt64(long.MinValue, long.MaxValue))])
        {
            StoreValue.TryHash(value, null, StoreKind.Integer, out var hash).ShouldBeTrue();
            StoreValue.IntegerOf(hash).ShouldBe(value);
        }

        StoreValue.IntegerOf(StoreValue.NullHash).ShouldBeNull();
    }

    private static bool Meet(IReadOnlyList<TagPath> ones, IReadOnlyList<TagPath> others)
        => ones.Any(one => others.Any(other => one.IsPrefixOf(other) || other.IsPrefixOf(one)));

    /// <summary>With both ends (2), or without one.</summary>
    private static ValueInterval Interval(Random random, int ends)
    {
        var one = Value(random);
        return ends switch
        {
            0 => new ValueInterval(one, long.MaxValue),
            1 => new ValueInterval(long.MinValue, one),
            _ => ValueInterval.Between(one, random.Next(2) == 0 ? Value(random) : Moved(one, random.Next(-1_000, 1_000))),
        };
    }

    private static ValueInterval Near(Random random, ValueInterval of)
    {
        var end = random.Next(2) == 0 ? of.First : of.Last;
        return ValueInterval.Between(Moved(end, random.Next(-40, 40)), Moved(end, random.Next(-4, 4)));
    }

    private static long Moved(long value, long by) => (long)Int128.Clamp((Int128)value + by, long.MinValue, long.MaxValue);

    /// <summary>Of any length, and of either sign.</summary>
    private static long Value(Random random) => random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
}
