using Xunit.Abstractions;
using ZooCache.Tests;

namespace ZooCache.Core.Tests.Nodes;

public sealed class AppliedHistoryTests(ITestOutputHelper output)
{
    [Fact]
    public void It_says_what_a_list_of_all_would_or_less()
    {
        var random = new Random(StressSeed.Take(output));
        for (var round = 0; round < 40; round++)
        {
            var capacity = random.Next(1, 40);
            var history = new AppliedHistory(capacity);
            var all = new List<(long Sequence, HlcStamp Stamp)>();
            var (stamp, sequence, epoch) = (new HlcStamp(5), 0L, 0UL);
            for (var step = 0; step < 200; step++)
            {
                stamp = new HlcStamp(stamp.Value + (ulong)random.Next(1, 4));
                sequence += random.Next(3);
                if (step == 0 || random.Next(100) == 0)
                {
                    all = [(sequence, stamp)];
                    history.Reset(++epoch, stamp, sequence);
                }
                else
                {
                    all.Add((sequence, stamp));
                    history.Add(stamp, 1, sequence);
                }

                for (var asked = 0; asked < 5; asked++)
                {
                    var fence = random.NextInt64(Math.Max(0, sequence - 60), sequence + 2);

                    // Of those at one sequence only the first was surely applied before a fence of that sequence.
                    var seen = all.Where(e => e.Sequence <= fence).GroupBy(e => e.Sequence).LastOrDefault()?.First().Stamp ?? HlcStamp.None;

                    // Turned red by `<` in AppliedHistory.SeenAt's search.
                    history.SeenAt(fence).ShouldBeOneOf((epoch, seen), (epoch, HlcStamp.None));
                    if (all.Count(e => e.Sequence <= sequence) <= capacity / 2)
                    {
                        history.SeenAt(fence).Stamp.ShouldBe(seen, "nothing needed to be forgotten");
                    }

                    // Turned red by leaving out the oldest in AppliedHistory.MayHave.
                    var any = new HlcStamp(stamp.Value - (ulong)random.Next(90) % stamp.Value);
                    var has = all.Exists(e => e.Stamp == any);
                    (history.MayHave(any, 1) || !has).ShouldBeTrue("what was applied is never denied");
                    (!history.MayHave(any, 1) || has || any < all[^Math.Min(all.Count, capacity)].Stamp).ShouldBeTrue("what wasn't is, unless it is too old to tell");
                }
            }
        }
    }

    [Fact]
    public void Before_anything_was_applied_nothing_is_known()
    {
        var history = new AppliedHistory(4);

        history.SeenAt(long.MaxValue).ShouldBe((0UL, HlcStamp.None));
        history.MayHave(new HlcStamp(1), 1).ShouldBeFalse();
    }

    [Fact]
    public void A_new_beginning_forgets_what_was_before()
    {
        var history = new AppliedHistory(4);
        history.Reset(1, new HlcStamp(10), 1);
        history.Add(new HlcStamp(11), 1, 2);

        // Turned red by leaving out one of the three in AppliedHistory.Reset.
        history.Reset(2, new HlcStamp(9), 3);

        history.SeenAt(2).ShouldBe((2UL, HlcStamp.None));
        history.SeenAt(3).ShouldBe((2UL, new HlcStamp(9)));
        history.MayHave(new HlcStamp(11), 1).ShouldBeFalse();
        history.MayHave(new HlcStamp(10), 1).ShouldBeFalse();
    }

    [Fact]
    public void A_fence_that_was_taken_before_an_entry_that_bumped_nothing_hasnt_seen_it()
    {
        var history = new AppliedHistory(4);
        history.Reset(1, new HlcStamp(10), sequence: 7);
        const long fence = 7;
        history.SeenAt(fence).Stamp.ShouldBe(new HlcStamp(10));

        history.Add(new HlcStamp(11), 1, sequence: 7);

        history.SeenAt(fence).Stamp.ShouldBe(new HlcStamp(10));
    }
}
