namespace ZooCache.Core.Tests.Nodes;

/// <summary>Memory is measured while nothing else runs.</summary>
[CollectionDefinition(nameof(MeasuresMemory), DisableParallelization = true)]
public sealed class MeasuresMemory;

/// <summary>What a node holds for as long as it lives.</summary>
[Collection(nameof(MeasuresMemory))]
public sealed class LogSessionMemoryTests
{
    [Fact]
    public void An_idle_node_has_one_timer()
    {
        using var nodes = new NodesUnderTest();
        var a = nodes.Add();

        nodes.Advance(100);

        nodes.Time.TimerCount.ShouldBe(1);
        a.Log.Ticks.Count.ShouldBe(101);
    }

    [Fact]
    public async Task A_wait_that_is_over_leaves_no_timer()
    {
        using var nodes = new NodesUnderTest();
        var a = nodes.Add(configure: o => o.AppendWait = TimeSpan.FromHours(1));
        a.Log.Fault = LogFault.Hangs;
        var wait = a.Node.WaitAsync(a.Publish("t"));
        (wait.IsCompleted, nodes.Time.TimerCount).ShouldBe((false, 3));

        a.Log.Fault = LogFault.None;
        nodes.Advance(3);

        // Turned red by leaving out the disposal of the timer in LogCalls.WithinAsync.
        nodes.Time.TimerCount.ShouldBe(1);
        await wait;
    }

    [Fact]
    public void A_node_that_ends_doesnt_join_again()
    {
        using var nodes = new NodesUnderTest();
        var a = nodes.Add();

        a.Node.Dispose();

        a.Counters.Memberships.Value.ShouldBe(1);
        a.Node.IsConfirmed.ShouldBeFalse();
        nodes.Time.TimerCount.ShouldBe(0);
    }

    [Fact]
    public void An_idle_node_doesnt_grow()
    {
        using var nodes = new NodesUnderTest();
        var a = nodes.Add();
        nodes.Advance(100);
        var before = Held(a);

        nodes.Advance(10_000);

        (Held(a) - before).ShouldBeLessThan(200_000);
    }

    [Fact]
    public async Task Tokens_that_are_never_reached_arent_kept()
    {
        using var nodes = new NodesUnderTest();
        var a = nodes.Add(configure: o => o.TokenWait = TimeSpan.Zero);
        (await a.Node.ReachAsync(ConsistencyToken.Of(99, 1))).ShouldBeFalse();
        var before = Held(a);

        for (ulong number = 1; number <= 3000; number++)
        {
            (await a.Node.ReachAsync(ConsistencyToken.Of(99, number))).ShouldBeFalse();
        }

        (Held(a) - before).ShouldBeLessThan(200_000);
    }

    [Fact]
    public void What_is_to_be_told_by_a_node_that_has_ended_ends_with_false()
    {
        using var nodes = new NodesUnderTest();
        var a = nodes.Add();
        a.Node.Dispose();

        var write = a.Publish("t");

        write.Appended.IsCompleted.ShouldBeTrue();
        a.Node.Position.ToTell.ShouldBe(0);
    }

    [Fact]
    public void A_node_that_is_disposed_of_while_it_joins_leaves()
    {
        using var nodes = new NodesUnderTest();
        var b = nodes.Add();
        var a = nodes.Add(fault: LogFault.LosesAnswers);
        a.Log.Fault = LogFault.None;
        a.Node.Dispose();
        b.Fence = b.Trie.Sequence;

        nodes.Advance(30);

        b.IsValid("t").ShouldBeTrue();
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void A_node_that_was_disposed_of_while_it_joined_leaves_only_if_it_has_nothing_left_to_tell(bool hasWritten, int leaves)
    {
        using var nodes = new NodesUnderTest();
        var b = nodes.Add();
        var a = nodes.Add(fault: LogFault.HoldsAnswers);
        if (hasWritten)
        {
            a.Publish("t");
        }

        b.Fence = b.Trie.Sequence;
        a.Log.Fault = LogFault.None;
        a.Node.Dispose();
        a.Log.Release();
        nodes.Advance(30);

        // Turned red by leaving whatever is left to tell in LogSession.JoinAsync: nobody would ever hear of the write.
        a.Log.Leaves.ShouldBeGreaterThanOrEqualTo(leaves);
        (a.Log.Leaves > 0).ShouldBe(leaves > 0);
        b.IsValid("t").ShouldBe(!hasWritten);
    }

    private static long Held(NodeUnderTest node)
    {
        node.Log.Ticks.Clear();
        node.Log.Ticks.TrimExcess();
        var held = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(node);
        return held;
    }
}
