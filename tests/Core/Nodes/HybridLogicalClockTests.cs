using System.Globalization;
using Xunit.Abstractions;
using ZooCache.Tests;

namespace ZooCache.Core.Tests.Nodes;

public sealed class HybridLogicalClockTests(ITestOutputHelper output)
{
    private const long MaxClockSkew = 60_000;
    private readonly ManualTimeProvider time = new();

    [Fact]
    public void Whatever_the_wall_clocks_do_what_follows_has_a_later_stamp_not_far_ahead()
    {
        var random = new Random(StressSeed.Take(output));
        for (var round = 0; round < 20; round++)
        {
            var nodes = Enumerable.Range(0, 5).Select(_ => new SkewedNode(random.Next(-90_000, 90_000))).ToList();
            var messages = new List<HlcStamp>();
            var (largestWall, refused) = (0L, 0);
            for (var step = 0; step < 1500; step++)
            {
                var node = nodes[random.Next(nodes.Count)];
                switch (random.Next(12))
                {
                    case 0:
                        node.Time.Advance(TimeSpan.FromMilliseconds(random.Next(-40_000, 40_000)));
                        break;
                    case 1:
                        nodes.ForEach(n => n.Time.Advance(TimeSpan.FromMilliseconds(random.Next(500))));
                        break;
                    case < 7:
                        largestWall = Math.Max(largestWall, node.Wall);
                        messages.Add(node.Give());
                        break;
                    case var _ when messages.Count > 0:
                        largestWall = Math.Max(largestWall, node.Wall);
                        refused += node.Take(messages[random.Next(messages.Count)]) ? 0 : 1;
                        break;
                }

                // The bound of the paper: no stamp is ahead of every wall clock, but for what counters that were full have added.
                (node.Clock.Last.Milliseconds - Math.Max(largestWall, node.Wall)).ShouldBeLessThanOrEqualTo(0);
            }

            messages.Count.ShouldBeGreaterThan(300);
            refused.ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public void The_stamp_follows_the_wall_clock_and_counts_within_a_millisecond()
    {
        var clock = Clock();
        var start = HlcStamp.At(time.GetUtcNow().ToUnixTimeMilliseconds());

        clock.Next().ShouldBe(start);
        clock.Next().ShouldBe(new HlcStamp(start.Value + 1));
        time.Advance(TimeSpan.FromMilliseconds(1));
        clock.Next().ShouldBe(HlcStamp.At(start.Milliseconds + 1));
        time.Advance(TimeSpan.FromHours(-1));

        // Turned red by the wall clock alone in HybridLogicalClock.Next.
        clock.Next().ShouldBe(new HlcStamp(HlcStamp.At(start.Milliseconds + 1).Value + 1));
    }

    [Fact]
    public void A_full_counter_goes_on_into_the_next_millisecond()
    {
        var clock = Clock();
        var first = clock.Next();
        for (var i = 0; i < ushort.MaxValue; i++)
        {
            clock.Next();
        }

        clock.Last.ShouldBe(new HlcStamp(first.Value | ushort.MaxValue));

        // Turned red by a counter that begins again within the millisecond in HlcStamp.Next.
        clock.Next().ShouldBe(HlcStamp.At(first.Milliseconds + 1));
    }

    [Fact]
    public void The_last_stamp_is_its_own_successor()
    {
        var clock = new HybridLogicalClock(time, TimeSpan.MaxValue);
        clock.Receive(HlcStamp.Maximum).ShouldBeTrue();

        // Turned red by leaving out the maximum in HlcStamp.Next.
        clock.Next().ShouldBe(HlcStamp.Maximum);
        time.Advance(TimeSpan.FromDays(1));
        clock.Next().ShouldBe(HlcStamp.Maximum);
        clock.Receive(HlcStamp.None).ShouldBeTrue();
        clock.Last.ShouldBe(HlcStamp.Maximum);
    }

    [Fact]
    public void A_stamp_beyond_the_drift_limit_is_refused_and_changes_nothing()
    {
        var clock = Clock();
        var wall = clock.Next().Milliseconds;
        var before = clock.Last;

        // Turned red by leaving out the drift in HybridLogicalClock.Receive.
        clock.Receive(HlcStamp.At(wall + MaxClockSkew + 1)).ShouldBeFalse();
        clock.Receive(HlcStamp.Maximum).ShouldBeFalse();
        clock.Last.ShouldBe(before);
        clock.Receive(HlcStamp.At(wall + MaxClockSkew)).ShouldBeTrue();
        clock.Next().ShouldBe(new HlcStamp(HlcStamp.At(wall + MaxClockSkew).Value + 1));
        time.Advance(TimeSpan.FromMinutes(-10));
        clock.Receive(HlcStamp.At(wall + MaxClockSkew)).ShouldBeTrue("it isn't ahead of what was taken over already");
    }

    [Fact]
    public void A_stamp_of_the_past_changes_nothing()
    {
        var clock = Clock();
        var before = clock.Next();

        clock.Receive(HlcStamp.None).ShouldBeTrue();
        clock.Receive(new HlcStamp(before.Value - 1)).ShouldBeTrue();

        clock.Last.ShouldBe(before);
    }

    [Theory]
    [InlineData(-1, 0UL)]
    [InlineData(long.MinValue, 0UL)]
    [InlineData(3, 3UL << 16)]
    [InlineData((1L << 48) - 1, 0xFFFFFFFFFFFF0000UL)]
    [InlineData(1L << 48, 0xFFFFFFFFFFFF0000UL)]
    [InlineData(long.MaxValue, 0xFFFFFFFFFFFF0000UL)]
    public void Milliseconds_that_no_stamp_has_become_the_nearest(long milliseconds, ulong value)
        => HlcStamp.At(milliseconds).Value.ShouldBe(value);

    [Fact]
    public void A_stamp_reads_back_and_is_ordered_as_its_number()
    {
        var random = new Random(StressSeed.Take(output));
        List<ulong> values = [0, 1, 0xFFFF, 0x10000, ulong.MaxValue, .. Enumerable.Range(0, 300).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64))];
        foreach (var value in values)
        {
            var (stamp, other) = (new HlcStamp(value), new HlcStamp(values[random.Next(values.Count)]));

            HlcStamp.TryParse(stamp.ToString(), out var read).ShouldBeTrue();
            read.ShouldBe(stamp);
            stamp.ToString().ShouldBe($"{value >> 16}-{value & 0xFFFF}");

            // Turned red by comparing as signed numbers.
            bool[] ordered = [(stamp < other), (stamp > other), (stamp <= other), (stamp >= other)];
            ordered.ShouldBe([(value < other.Value), (value > other.Value), (value <= other.Value), (value >= other.Value)]);
            Math.Sign(stamp.CompareTo(other)).ShouldBe(value.CompareTo(other.Value));
            (stamp.Next() > stamp || stamp == HlcStamp.Maximum).ShouldBeTrue();
        }

        HlcStamp.None.ShouldBe(new HlcStamp(0));
        new HlcStamp(0x0003_0007).ShouldSatisfyAllConditions(s => s.Milliseconds.ShouldBe(3), s => s.Counter.ShouldBe((ushort)7));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("1")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("--1")]
    [InlineData("1--1")]
    [InlineData("1-2-3")]
    [InlineData(" 1-2")]
    [InlineData("1-2 ")]
    [InlineData("+1-2")]
    [InlineData("1-+2")]
    [InlineData("1,000-2")]
    [InlineData("1-65536")]
    [InlineData("281474976710656-0")]
    [InlineData("99999999999999999999999999-0")]
    [InlineData("0x1-0")]
    [InlineData("١-٢")]
    public void What_is_no_stamp_isnt_read(string text)
    {
        HlcStamp.TryParse(text, out var stamp).ShouldBeFalse();
        stamp.ShouldBe(HlcStamp.None);
    }

    [Fact]
    public void Any_text_is_a_stamp_or_none()
    {
        const string letters = "0123456789----+ .,x\0é";
        var random = new Random(StressSeed.Take(output));
        var read = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Create(random.Next(12), random, static (span, r) => r.GetItems(letters, span));
            if (HlcStamp.TryParse(text, out var stamp))
            {
                read++;
                HlcStamp.TryParse(stamp.ToString(), out var again).ShouldBeTrue();
                again.ShouldBe(stamp);
                stamp.Milliseconds.ToString(CultureInfo.InvariantCulture).ShouldBe(text.Split('-')[0].TrimStart('0').TrimEnd('\0') is { Length: > 0 } digits ? digits : "0");
            }
        }

        read.ShouldBeGreaterThan(50);
    }

    private HybridLogicalClock Clock() => new(time, TimeSpan.FromMilliseconds(MaxClockSkew));

    /// <summary>A clock on a machine of its own, and what it must never go back behind.</summary>
    private sealed class SkewedNode
    {
        private HlcStamp newest;

        internal SkewedNode(int skew)
        {
            Time.Advance(TimeSpan.FromMilliseconds(skew));
            Clock = new HybridLogicalClock(Time, TimeSpan.FromMilliseconds(MaxClockSkew));
        }

        internal ManualTimeProvider Time { get; } = new();

        internal HybridLogicalClock Clock { get; }

        internal long Wall => Time.GetUtcNow().ToUnixTimeMilliseconds();

        internal HlcStamp Give()
        {
            var stamp = Clock.Next();
            stamp.ShouldBeGreaterThan(newest);
            stamp.ShouldBeGreaterThanOrEqualTo(HlcStamp.At(Wall));
            Clock.Last.ShouldBe(stamp);
            return newest = stamp;
        }

        internal bool Take(HlcStamp stamp)
        {
            var isTooFar = stamp.Milliseconds - Wall > MaxClockSkew && stamp > newest;
            Clock.Receive(stamp).ShouldBe(!isTooFar);
            newest = isTooFar || stamp < newest ? newest : stamp;
            Clock.Last.ShouldBe(newest);
            return !isTooFar;
        }
    }
}
