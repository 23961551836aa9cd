using Microsoft.Extensions.Logging.Abstractions;
using ZooCache.Tests;

namespace ZooCache.Core.Tests.Nodes;

/// <summary>Nodes that share a log in memory, on one thread: whoever waits goes on where what it waited for happens.</summary>
internal sealed class NodesUnderTest : IDisposable
{
    private readonly List<NodeUnderTest> nodes = [];
    private ulong random;

    internal NodesUnderTest(int capacity = 1000)
    {
        // Under another context, what waits goes on on other threads.
        SynchronizationContext.SetSynchronizationContext(null);
        Log = new MemoryLog(Time, capacity, TimeSpan.FromMinutes(1));
    }

    internal ManualTimeProvider Time { get; } = new();

    internal MemoryLog Log { get; }

    internal NodeUnderTest Add(bool strict = false, Action<NodeOptions>? configure = null, TimeProvider? time = null, LogFault fault = LogFault.None)
    {
        var options = new NodeOptions { Consistency = strict ? CacheConsistency.Strict : CacheConsistency.Eventual };
        configure?.Invoke(options);
        nodes.Add(new NodeUnderTest(Log, options, time ?? Time, new NodeTiming(() => ++random), fault));
        return nodes[^1];
    }

    internal void Advance(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    public void Dispose() => nodes.ForEach(n => n.Dispose());
}

/// <summary>A node, what it invalidates, and its way to the log.</summary>
internal sealed class NodeUnderTest : IDisposable
{
    internal NodeUnderTest(IInvalidationLog log, NodeOptions options, TimeProvider time, NodeTiming timing, LogFault fault)
    {
        Log = new FaultyLog(log) { Fault = fault };
        Node = new CacheNode(Trie, Log, options, time, Counters, timing);
        Node.Start();
        Fence = Trie.Sequence;
    }

    internal TagTrie Trie { get; } = new();

    internal CacheCounters Counters { get; } = new("zoo", NullLogger.Instance);

    internal FaultyLog Log { get; }

    internal CacheNode Node { get; }

    /// <summary>Since when validity is judged.</summary>
    internal long Fence { get; set; }

    internal Publication Publish(params string[] tags) => Node.Publish(GivenNodes.Message(tags));

    /// <summary>Announces a write, and gives its number once it may commit.</summary>
    internal async Task<ulong> Mark(NodeMessage message)
    {
        var write = Node.NextWrite();
        await Node.MarkAsync(message, write);
        return write;
    }

    internal bool IsValid(string tag) => Trie.IsValid(Given.Exact(tag), Fence);

    public void Dispose() => Node.Dispose();
}

/// <summary>How what nobody should have to wait for is awaited: a test that would wait for ever fails.</summary>
internal static class Immediately
{
    internal static async Task<T> AtOnce<T>(this ValueTask<T> task)
    {
        task.IsCompleted.ShouldBeTrue();
        return await task;
    }
}
