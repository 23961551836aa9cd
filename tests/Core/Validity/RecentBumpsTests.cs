namespace ZooCache.Core.Tests;

public sealed class RecentBumpsTests
{
    [Fact]
    public void The_least_recently_bumped_falls_off_first()
    {
        var recent = new RecentBumps(capacity: 2);
        recent.Record(1, self: 1, max: 1);
        recent.Record(2, self: 2, max: 2);
        recent.Record(1, self: 3, max: 3);

        recent.Record(3, self: 4, max: 4);

        recent.Find(1).ShouldBe((3, 3));
        recent.Find(2).ShouldBe((2, 2));
        recent.Horizon.ShouldBe(2);
        recent.Count.ShouldBe(2);
    }

    [Fact]
    public void A_prefix_keeps_its_own_bump_apart_from_those_below_it()
    {
        var recent = new RecentBumps(capacity: 10);
        recent.Record(1, self: 5, max: 5);
        recent.Record(1, self: 0, max: 9);

        recent.Find(1).ShouldBe((5, 9));
    }

    [Fact]
    public void Two_paths_with_one_hash_share_the_newer_values()
    {
        var recent = new RecentBumps(capacity: 10);
        recent.Record(1, self: 7, max: 7);
        recent.Remember(1, self: 2, max: 3);

        recent.Find(1).ShouldBe((7, 7));
    }

    [Fact]
    public void The_horizon_never_goes_back()
    {
        var recent = new RecentBumps(capacity: 1);
        recent.Record(1, self: 10, max: 10);
        recent.Record(2, self: 11, max: 11);
        recent.Record(3, self: 12, max: 12);
        recent.Horizon.ShouldBe(11);

        recent.Remember(4, self: 3, max: 3);

        recent.Horizon.ShouldBe(11);
        recent.Find(3).ShouldBe((12, 12));
        recent.Find(4).ShouldBe((11, 11));
    }

    [Fact]
    public void Memory_is_bounded()
    {
        var recent = new RecentBumps(capacity: 100);
        for (var i = 1; i <= 10_000; i++)
        {
            recent.Record((ulong)i, i, i);
        }

        recent.Count.ShouldBe(100);
        recent.Horizon.ShouldBe(9_900);
    }
}
