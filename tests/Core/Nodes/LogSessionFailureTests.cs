using static ZooCache.Core.Tests.Nodes.GivenNodes;

namespace ZooCache.Core.Tests.Nodes;

/// <summary>A log that fails, hangs or loses answers costs misses, and nothing else. Of one that tells what isn't so: <see cref="LogSessionHostileTests"/>.</summary>
public sealed class LogSessionFailureTests
{
    [Theory]
    [InlineData(LogFault.Throws)]
    [InlineData(LogFault.Fails)]
    [InlineData(LogFault.Hangs)]
    [InlineData(LogFault.LosesAnswers)]
    public async Task No_failure_reaches_a_caller_and_what_was_written_is_told_later(LogFault fault)
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(strict: true), nodes.Add(strict: true));
        var feed = new FeedDouble(1);
        a.Log.Fault = fault;

        a.Node.Add(feed);
        a.Node.Tell(feed, [[1]]);
        var mark = a.Mark(Message("t"));
        var write = a.Node.Publish(Message("t"), 1);
        var waits = a.Node.WaitAsync(write);
        var confirms = a.Node.ConfirmAsync().AsTask();
        var reaches = a.Node.ReachAsync(ConsistencyToken.Of(99, 1)).AsTask();
        a.Node.Touch([TagPath.Of("t")]);
        nodes.Advance(12);

        // Turned red by letting an exception out of LogSession.AskAsync, or by awaiting answers without a limit in LogCalls.
        (await Done(mark)).ShouldBe(1UL);
        await Done(waits);
        (await Done(confirms)).ShouldBeFalse();
        (await Done(reaches)).ShouldBeFalse();
        a.Node.IsConfirmed.ShouldBeFalse();
        a.Counters.LogFailures.Snapshot().Values.Sum().ShouldBeGreaterThan(0);
        a.Counters.LastLogFailure.ShouldNotBeNullOrEmpty();

        a.Log.Fault = LogFault.None;
        nodes.Advance(3);
        write.Appended.IsCompletedSuccessfully.ShouldBeTrue();
        a.Node.IsConfirmed.ShouldBeTrue();
        a.Node.Position.ShouldBe(b.Node.Position);
        b.IsValid("t").ShouldBeFalse();
        b.Trie.MarkCount.ShouldBe(0);
    }

    [Theory]
    [InlineData(LogFault.Throws)]
    [InlineData(LogFault.Hangs)]
    [InlineData(LogFault.LosesAnswers)]
    public async Task A_node_begins_without_its_log(LogFault fault)
    {
        using var nodes = new NodesUnderTest();
        var b = nodes.Add();
        var a = nodes.Add(fault: fault);
        var write = a.Publish("t");
        nodes.Advance(5);
        (await a.Node.ConfirmAsync()).ShouldBeFalse();
        (await a.Node.ReachAsync(ConsistencyToken.Of(b.Node.Id, 1))).ShouldBeFalse();
        a.Node.IsConfirmed.ShouldBeFalse();

        a.Log.Fault = LogFault.None;
        nodes.Advance(3);

        write.Appended.IsCompletedSuccessfully.ShouldBeTrue();
        b.IsValid("t").ShouldBeFalse();
        a.Node.IsConfirmed.ShouldBeTrue();
    }

    [Fact]
    public void What_was_taken_in_without_an_answer_is_taken_in_once()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        var entries = b.Counters.LogEntries.Value;
        a.Log.Fault = LogFault.LosesAnswers;
        var write = a.Publish("t");
        b.Counters.LogEntries.Value.ShouldBe(entries + 1);
        write.Appended.IsCompleted.ShouldBeFalse();
        a.Log.Fault = LogFault.None;

        nodes.Advance(2);

        // Turned red by a position of its own for each attempt in Outbox.Send.
        write.Appended.IsCompletedSuccessfully.ShouldBeTrue();
        b.Counters.LogEntries.Value.ShouldBe(entries + 1);
        a.Node.TokenOf(write).ShouldBe(ConsistencyToken.Of(a.Node.Id, 1), "nobody has said where it stands");
    }

    [Fact]
    public void The_lease_isnt_renewed_while_a_write_is_left_to_tell()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        var feed = new FeedDouble(1);
        a.Node.Add(feed);
        a.Log.Fault = LogFault.FailsAppends;
        a.Node.Tell(feed, [[1]]);
        a.Log.Ticks.Clear();
        nodes.Advance(3);
        a.Log.Ticks.ShouldAllBe(t => t.Renew, "facts are no writes");
        a.Log.Ticks.ShouldNotBeEmpty();
        a.Publish("t");
        a.Log.Ticks.Clear();
        b.Fence = b.Trie.Sequence;

        nodes.Advance(11);

        // Turned red by renewing always in LogSession.AskAsync.
        a.Log.Ticks.ShouldAllBe(t => !t.Renew);
        a.Log.Ticks.Count.ShouldBe(11);
        b.IsValid("u").ShouldBeFalse("node a is suspected");
        a.Log.Fault = LogFault.None;
        a.Log.Ticks.Clear();
        nodes.Advance(2);
        a.Log.Ticks[^1].Renew.ShouldBeTrue();
        b.Fence = b.Trie.Sequence;
        nodes.Advance(60);
        b.IsValid("u").ShouldBeTrue();
    }

    [Theory]
    [InlineData(LogFault.None, false, 1)]
    [InlineData(LogFault.FailsAppends, false, 0)]
    [InlineData(LogFault.FailsAppends, true, 1)]
    [InlineData(LogFault.Throws, false, 0)]
    public async Task A_node_leaves_only_when_everything_was_told(LogFault fault, bool onlyFacts, int leaves)
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        var feed = new FeedDouble(1);
        a.Node.Add(feed);
        a.Log.Fault = fault;
        a.Node.Tell(feed, [[1]]);
        var write = onlyFacts ? null : a.Publish("t");
        b.Fence = b.Trie.Sequence;

        a.Node.Dispose();

        // Turned red by leaving HasWrites out of LogSession.Dispose.
        a.Log.Leaves.ShouldBe(leaves);
        if (write is not null)
        {
            (await Done(write.Appended)).ShouldBe(fault == LogFault.None);
        }

        nodes.Advance(15);
        b.IsValid("u").ShouldBe(leaves == 1, "whoever goes without a word is suspected");
        a.Node.Dispose();
        a.Log.Leaves.ShouldBe(leaves);
        a.Node.IsConfirmed.ShouldBeFalse();
    }

    [Theory]
    [InlineData(LogFault.Throws)]
    [InlineData(LogFault.Hangs)]
    public void A_log_that_cant_be_left_is_left_alone(LogFault fault)
    {
        using var nodes = new NodesUnderTest();
        var a = nodes.Add();
        a.Log.Fault = fault;

        a.Node.Dispose();
        a.Log.Ticks.Clear();
        nodes.Advance(60);

        a.Log.Leaves.ShouldBe(1);
        a.Log.Ticks.ShouldBeEmpty();
        nodes.Time.TimerCount.ShouldBe(0);
    }

    [Fact]
    public void An_answer_of_another_epoch_ends_the_membership()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        a.Log.OtherEpoch = 77;

        nodes.Advance(1);

        // Turned red by leaving out the comparison of epochs in LogSession.Take.
        a.Node.IsConfirmed.ShouldBeFalse();
        a.Log.OtherEpoch = null;
        nodes.Advance(2);
        a.Node.IsConfirmed.ShouldBeTrue();
        a.IsValid("t").ShouldBeFalse("it may have missed anything");
        a.Fence = a.Trie.Sequence;
        b.Publish("t");
        a.IsValid("t").ShouldBeFalse();
    }

    private static async Task<T> Done<T>(Task<T> task)
    {
        await Done((Task)task);
        return await task;
    }

    private static Task Done(Task task)
    {
        task.IsCompleted.ShouldBeTrue();
        return task;
    }
}
