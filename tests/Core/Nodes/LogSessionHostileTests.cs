using Xunit.Abstractions;
using ZooCache.Tests;
using static ZooCache.Core.Tests.Nodes.GivenNodes;

namespace ZooCache.Core.Tests.Nodes;

/// <summary>Whatever is announced costs misses at most, and the node finds back to what the log truly holds.</summary>
public sealed class LogSessionHostileTests(ITestOutputHelper output)
{
    public static TheoryData<string, ulong, int, int> Hostile => new()
    {
        { "a stamp at the maximum", ulong.MaxValue, (int)LogEntryKind.Change, 3 },
        { "a kind that isn't known", 0, 99, 3 },
        { "a negative kind", 0, -1, 3 },
        { "a change that can't be read", 0, (int)LogEntryKind.Change, 100 },
        { "a mark that can't be read", 0, (int)LogEntryKind.Mark, 100 },
        { "an end that can't be read", 0, (int)LogEntryKind.Done, 0 },
        { "a fact that can't be read", 0, (int)LogEntryKind.Fact, 100 },
        { "a change that is too long", 0, (int)LogEntryKind.Change, NodeMessage.MaximumBytes + 1 },
        { "a mark at the maximum", ulong.MaxValue, (int)LogEntryKind.Mark, 3 },
        { "someone gone", 0, (int)LogEntryKind.Gone, 0 },
        { "someone joined", 0, (int)LogEntryKind.Joined, 7 },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void What_is_announced_falsely_costs_misses_and_the_node_finds_back(string what, ulong stamp, int kind, int length)
    {
        foreach (var follows in new[] { true, false })
        {
            using var nodes = new NodesUnderTest();
            var (a, b) = (nodes.Add(), nodes.Add());
            var applied = b.Node.Position.Applied;
            var place = stamp == 0 ? applied.Next() : new HlcStamp(stamp);

            b.Log.Announce(Entry(place, follows ? applied : HlcStamp.None, (LogEntryKind)kind, 55, new byte[length]));
            nodes.Advance(3);

            FindsBack(nodes, a, b, what);
        }
    }

    [Fact]
    public void What_is_announced_in_the_nodes_own_name_and_cant_be_read_invalidates_everything()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        b.Node.Add(new FeedDouble(1) { Reads = false });
        b.Fence = b.Trie.Sequence;
        var applied = b.Node.Position.Applied;

        b.Log.Announce(Entry(applied.Next(), applied, LogEntryKind.Change, b.Node.Id, new NodeMessage([], [(1, new byte[] { 200 })]).Encode()));

        // Turned red by taking for granted in LogReader.Meet that what has the node's name is the node's.
        b.IsValid("t").ShouldBeFalse();
        nodes.Advance(3);
        FindsBack(nodes, a, b, "in its own name");
    }

    [Fact]
    public void Whatever_is_announced_the_node_finds_back()
    {
        var random = new Random(StressSeed.Take(output));
        for (var round = 0; round < 40; round++)
        {
            using var nodes = new NodesUnderTest(capacity: random.Next(4, 40));
            var (a, b) = (nodes.Add(), nodes.Add());
            for (var step = 0; step < 30; step++)
            {
                var applied = b.Node.Position.Applied;
                HlcStamp[] stamps = [applied, applied.Next(), HlcStamp.None, HlcStamp.Maximum, new((ulong)random.NextInt64()), new(applied.Value + (ulong)random.Next(1 << 20))];
                var body = random.Next(2) == 0 ? AnyMessage(random).Encode() : Bytes(random, random.Next(30));
                var node = (ulong)random.Next(4);
                b.Log.Announce(new LogEntry(
                    stamps[random.Next(stamps.Length)], stamps[random.Next(stamps.Length)], (LogEntryKind)random.Next(-1, 10), node,
                    (ulong)random.Next(5), (ulong)random.Next(5), (ulong)random.Next(3), body));
                if (random.Next(3) == 0)
                {
                    a.Publish($"t:{step}");
                    nodes.Advance(random.NextDouble());
                }
            }

            nodes.Advance(3);
            FindsBack(nodes, a, b, $"round {round}");
        }
    }

    private static void FindsBack(NodesUnderTest nodes, NodeUnderTest a, NodeUnderTest b, string because)
    {
        b.Node.IsConfirmed.ShouldBeTrue(because);
        b.Node.Position.ShouldBe(a.Node.Position, because);
        b.Fence = b.Trie.Sequence;
        a.Publish("found");
        b.IsValid("found").ShouldBeFalse(because);
        b.IsValid("lost").ShouldBeTrue(because);
        nodes.Advance(1);
        b.Node.IsConfirmed.ShouldBeTrue(because);
    }
}
