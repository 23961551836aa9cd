using ZooCache.Tests;
using static ZooCache.Core.Tests.Nodes.GivenNodes;

namespace ZooCache.Core.Tests.Nodes;

/// <summary>What nodes tell each other by way of a log that works. Of what goes wrong: <see cref="LogSessionFailureTests"/>.</summary>
public sealed class LogSessionTests
{
    [Fact]
    public void A_write_reaches_the_others_and_nothing_else_does()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());

        var write = a.Publish("t:1");

        write.Appended.IsCompletedSuccessfully.ShouldBeTrue();
        b.IsValid("t:1").ShouldBeFalse();
        b.IsValid("t:2").ShouldBeTrue();
        a.IsValid("t:1").ShouldBeTrue("the writer has invalidated it before");
        a.Node.Position.ShouldBe(b.Node.Position);
        b.Counters.LogGaps.Value.ShouldBe(0);
    }

    [Fact]
    public void A_gap_is_filled_by_reading()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        b.Log.IsDeaf = true;
        a.Publish("t:1");
        a.Publish("t:2");
        b.IsValid("t:1").ShouldBeTrue();
        b.Log.IsDeaf = false;

        a.Publish("t:3");

        // Turned red by applying what doesn't follow in LogReader.Follow.
        b.IsValid("t:1").ShouldBeFalse();
        b.IsValid("t:2").ShouldBeFalse();
        b.IsValid("t:3").ShouldBeFalse();
        b.IsValid("t:4").ShouldBeTrue();
        (b.Log.Reads, b.Counters.LogGaps.Value, b.Counters.Memberships.Value).ShouldBe((1, 1, 1));
    }

    [Fact]
    public void What_wasnt_announced_is_found_at_the_next_sign_of_life()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        b.Log.IsDeaf = true;
        a.Publish("t:1");

        nodes.Advance(1);

        // Turned red by leaving out CatchUp in LogSession.TickAsync.
        b.IsValid("t:1").ShouldBeFalse();
        b.IsValid("t:2").ShouldBeTrue();
    }

    [Fact]
    public void More_than_a_page_is_read_page_by_page()
    {
        using var nodes = new NodesUnderTest(capacity: 3000);
        var (a, b) = (nodes.Add(), nodes.Add());
        b.Log.IsDeaf = true;
        for (var i = 0; i < 1200; i++)
        {
            a.Publish($"t:{i}");
        }

        nodes.Advance(1);

        b.Log.Reads.ShouldBe(3);
        b.Counters.LogEntries.Value.ShouldBe(1200);
        b.Counters.Memberships.Value.ShouldBe(1);
        b.IsValid("t:1199").ShouldBeFalse();
        b.Node.IsConfirmed.ShouldBeTrue();
    }

    [Fact]
    public void A_membership_that_was_lost_bumps_everything()
    {
        using var nodes = new NodesUnderTest(capacity: 4);
        var (a, b) = (nodes.Add(), nodes.Add());
        b.Log.IsDeaf = true;
        for (var i = 0; i < 5; i++)
        {
            a.Publish($"t:{i}");
        }

        b.Log.IsDeaf = false;
        b.IsValid("u").ShouldBeTrue();
        a.Publish("t:5");

        // Turned red by going on in LogSession.ReadOnAsync where what was read doesn't follow.
        nodes.Advance(1);
        b.IsValid("u").ShouldBeFalse();
        b.Counters.Memberships.Value.ShouldBe(2);
        b.Node.IsConfirmed.ShouldBeTrue();
        b.Fence = b.Trie.Sequence;
        a.Publish("v");
        b.IsValid("v").ShouldBeFalse();
        b.IsValid("u").ShouldBeTrue();
    }

    [Fact]
    public void Confirmation_lapses_by_the_monotonic_clock_and_by_the_wall_clock()
    {
        using var nodes = new NodesUnderTest();
        var clocks = new TwoClocks(nodes.Time);
        var a = nodes.Add(time: clocks);
        a.Log.Fault = LogFault.Fails;

        nodes.Advance(5);
        a.Node.IsConfirmed.ShouldBeTrue();

        // Turned red by leaving one of the two differences out of CacheNode.IsConfirmed.
        clocks.Monotonic = TimeSpan.FromMilliseconds(1);
        a.Node.IsConfirmed.ShouldBeFalse();
        (clocks.Monotonic, clocks.Wall) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        a.Node.IsConfirmed.ShouldBeFalse();
        clocks.Wall = TimeSpan.FromHours(-1);
        a.Node.IsConfirmed.ShouldBeTrue();
        clocks.Monotonic = TimeSpan.FromMilliseconds(1);
        a.Node.IsConfirmed.ShouldBeFalse();

        a.Log.Fault = LogFault.None;
        nodes.Advance(1);
        a.Node.IsConfirmed.ShouldBeTrue();
    }

    [Fact]
    public void A_node_that_misses_something_isnt_confirmed_by_signs_of_life()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        b.Log.IsDeaf = true;
        b.Log.Fault = LogFault.FailsReads;
        a.Publish("t");

        nodes.Advance(6);

        // Turned red by leaving out the comparison with the head in LogSession.AskAsync.
        b.Node.IsConfirmed.ShouldBeFalse();
        b.Log.Fault = LogFault.None;
        nodes.Advance(1);
        b.Node.IsConfirmed.ShouldBeTrue();
        b.IsValid("t").ShouldBeFalse();
        b.Counters.Memberships.Value.ShouldBe(1);
    }

    [Fact]
    public async Task A_token_is_reached_once_its_write_was_applied()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        b.Log.IsDeaf = true;
        var write = a.Publish("t");
        var token = a.Node.TokenOf(write);

        token.IsStamped.ShouldBeTrue();
        (await a.Node.ReachAsync(token)).ShouldBeTrue();

        // Turned red by leaving out CatchUp in LogSession.ReachAsync.
        (await b.Node.ReachAsync(token).AtOnce()).ShouldBeTrue();
        b.IsValid("t").ShouldBeFalse();
        (await b.Node.ReachAsync(ConsistencyToken.Of(a.Node.Id, write.Number))).ShouldBeTrue();
    }

    [Fact]
    public async Task A_token_of_another_epoch_isnt_reached()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        var (epoch, applied, _) = b.Node.Position;

        (await b.Node.ReachAsync(ConsistencyToken.At(epoch, applied))).ShouldBeTrue();

        // Turned red by leaving out the comparison of epochs in LogSession.ReachAsync.
        (await b.Node.ReachAsync(ConsistencyToken.At(epoch + 1, applied))).ShouldBeFalse();
        (await b.Node.ReachAsync(ConsistencyToken.At(epoch + 1, new HlcStamp(1)))).ShouldBeFalse();
    }

    [Fact]
    public async Task A_token_that_isnt_told_yet_is_waited_for()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        a.Log.Fault = LogFault.FailsAppends;
        var token = a.Node.TokenOf(a.Publish("t"));
        token.ShouldBe(ConsistencyToken.Of(a.Node.Id, 1));
        (await a.Node.ReachAsync(token)).ShouldBeTrue("it is this node's own");

        var tooLong = b.Node.ReachAsync(token).AsTask();
        nodes.Advance(0.25);
        tooLong.IsCompleted.ShouldBeTrue();
        (await tooLong).ShouldBeFalse();
        nodes.Advance(0.7);
        var inTime = b.Node.ReachAsync(token).AsTask();
        inTime.IsCompleted.ShouldBeFalse();
        a.Log.Fault = LogFault.None;
        nodes.Advance(0.1);

        (await inTime).ShouldBeTrue();
        b.IsValid("t").ShouldBeFalse();
    }

    [Fact]
    public void What_a_load_has_seen_is_what_was_applied_before_its_fence()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        var seen = new List<(long Fence, HlcStamp Applied)>();
        for (var i = 0; i < 10; i++)
        {
            a.Publish($"t:{i}");
            seen.Add((b.Trie.Sequence, b.Node.Position.Applied));
        }

        seen.ShouldAllBe(s => b.Node.SeenAt(s.Fence).Stamp == s.Applied);
        b.Node.SeenAt(0).Stamp.ShouldBe(HlcStamp.None);
    }

    [Fact]
    public void A_fact_is_learnt_by_all_whenever_they_come()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        var (ofA, ofB, late) = (new FeedDouble(1) { Known = { (byte[])[1] } }, new FeedDouble(1), new FeedDouble(1));
        a.Node.Add(ofA);
        b.Node.Add(ofB);
        a.Node.Tell(ofA, [[2]]);
        b.Node.Tell(ofB, [[2]]);

        var c = nodes.Add();
        c.Node.Add(late);

        ofB.Learnt.ShouldBe([[1], [2]]);
        late.Learnt.ShouldBe([[1], [2]]);
    }
}
