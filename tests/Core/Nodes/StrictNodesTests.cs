using Microsoft.Extensions.Logging.Abstractions;
using static ZooCache.Core.Tests.Nodes.GivenNodes;

namespace ZooCache.Core.Tests.Nodes;

/// <summary>Marks before commits, and hits that are compared with the log's head.</summary>
public sealed class StrictNodesTests
{
    [Fact]
    public async Task A_mark_stands_elsewhere_until_its_write_is_over()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(strict: true), nodes.Add(strict: true));

        var write = await a.Mark(Message("t"));

        write.ShouldBe(1UL);
        b.IsValid("t").ShouldBeFalse();
        b.Trie.MarkCount.ShouldBe(1);
        nodes.Add(strict: true).Trie.MarkCount.ShouldBe(1, "who joins later is told of the marks that stand");
        b.Fence = b.Trie.Sequence;
        a.Node.Publish(Message("u"), write);
        b.Trie.MarkCount.ShouldBe(0);
        b.IsValid("t").ShouldBeFalse("a load that began meanwhile may have seen either");
        b.IsValid("u").ShouldBeFalse();
        a.Trie.MarkCount.ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_strict_log_nothing_is_marked_and_nothing_is_confirmed()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());

        (a.Node.IsStrict, b.Node.IsStrict).ShouldBe((false, false));

        // Turned red by leaving IsStrict out of LogSession.CatchUpWithHeadAsync.
        (await a.Node.ConfirmAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task One_strict_node_makes_all_strict()
    {
        using var nodes = new NodesUnderTest();
        var a = nodes.Add();
        a.Node.IsStrict.ShouldBeFalse();
        var b = nodes.Add(strict: true);

        nodes.Advance(2);

        a.Node.IsStrict.ShouldBeTrue();
        a.Node.Position.Epoch.ShouldBe(b.Node.Position.Epoch);
        (await a.Node.ConfirmAsync()).ShouldBeFalse("writers of before may be at work");
        nodes.Advance(600);
        (await a.Node.ConfirmAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task A_hit_is_confirmed_only_when_all_that_was_in_the_log_was_applied()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(strict: true), nodes.Add(strict: true));
        nodes.Advance(600);
        b.Fence = b.Trie.Sequence;
        b.Log.IsDeaf = true;
        a.Publish("t");
        b.IsValid("t").ShouldBeTrue();

        // Turned red by leaving out the wait for the head in LogSession.CatchUpWithHeadAsync.
        (await b.Node.ConfirmAsync()).ShouldBeTrue();
        b.IsValid("t").ShouldBeFalse();
        b.Log.Fault = LogFault.Fails;
        (await b.Node.ConfirmAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task A_write_that_cant_be_marked_waits_until_nobody_believes_the_node_any_more()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(strict: true), nodes.Add(strict: true));
        nodes.Advance(600);
        a.Log.Fault = LogFault.Fails;

        var mark = a.Mark(Message("t"));
        nodes.Advance(9);
        mark.IsCompleted.ShouldBeFalse();
        while (!mark.IsCompleted)
        {
            nodes.Time.GetUtcNow().ShouldBeLessThan(new DateTimeOffset(2026, 1, 1, 0, 11, 0, TimeSpan.Zero));
            nodes.Advance(0.1);
        }

        // Turned red by returning from CacheNode.MarkAsync before LeaseLeft is used up.
        (await b.Node.ConfirmAsync()).ShouldBeFalse("node a may be writing");
        a.Log.Fault = LogFault.None;
        nodes.Advance(2);
        (await b.Node.ConfirmAsync()).ShouldBeTrue("it has told");
        b.Trie.MarkCount.ShouldBe(1);
    }

    [Fact]
    public async Task The_marks_of_who_is_gone_are_taken_back()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(strict: true), nodes.Add(strict: true));
        await a.Mark(Message("t"));
        a.Log.Fault = LogFault.Hangs;
        nodes.Advance(600);
        b.Trie.MarkCount.ShouldBe(1);

        nodes.Advance(20);

        // Turned red by leaving out the marks in LogReader's case of Gone.
        b.Trie.MarkCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_mark_whose_part_cant_be_read_stands_for_everything()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(strict: true), nodes.Add(strict: true));
        var feed = new FeedDouble(1);
        b.Node.Add(feed);
        var write = await a.Mark(new NodeMessage([], [(1, new byte[] { 1 })]));
        (feed.Marks, b.Trie.MarkCount).ShouldBe((1, 0));
        feed.Reads = false;

        var second = await a.Mark(new NodeMessage([], [(1, new byte[] { 2 })]));

        b.Trie.MarkCount.ShouldBe(1);
        b.IsValid("u").ShouldBeFalse();
        a.Node.Publish(new NodeMessage([], []), write);
        a.Node.Publish(new NodeMessage([], []), second);
        (feed.Marks, b.Trie.MarkCount).ShouldBe((0, 0));
    }

    [Fact]
    public async Task The_marks_of_who_has_left_dont_stand_for_ever()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(strict: true), nodes.Add(strict: true));
        await a.Mark(Message("t"));

        a.Dispose();
        nodes.Advance(700);

        b.Trie.MarkCount.ShouldBe(0);
    }

    [Fact]
    public void A_mark_whose_part_cant_be_read_touches_everything()
    {
        var (trie, counters) = (new TagTrie(), new CacheCounters("zoo", NullLogger.Instance));
        var reader = new LogReader(trie, counters, self: 1);
        reader.Begin(new LogJoined(new LogState(5, new HlcStamp(10), 0, true, false, true), [], [], []));
        var feed = new FeedDouble(1) { Reads = false };
        reader.Add(feed);
        var body = new NodeMessage([], [(1, new byte[] { 1 })]).Encode();

        reader.Follow(Entry(new HlcStamp(11), new HlcStamp(10), LogEntryKind.Mark, 2, body)).ShouldBeTrue();

        feed.LastMarked!.Value.IsUntouched(TagPath.Of("t"), 5, new HlcStamp(10)).ShouldBeFalse();
        counters.LogUnreadable.Value.ShouldBe(1);
    }
}
