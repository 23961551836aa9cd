namespace ZooCache.Core.Tests.Nodes;

/// <summary>A feed that remembers what it was told.</summary>
internal sealed class FeedDouble(int id) : INodeFeed
{
    public int Id => id;

    public bool HasOpenWrites { get; set; }

    public bool IsSettled => true;

    internal List<byte[]> Applied { get; } = [];

    internal List<byte[]> Met { get; } = [];

    internal List<byte[]> Touched { get; } = [];

    internal List<byte[]> Learnt { get; } = [];

    internal List<byte[]> Known { get; } = [];

    internal int Marks { get; private set; }

    /// <summary>What it was told of when it was last to place a mark.</summary>
    internal LogReading? LastMarked { get; private set; }

    /// <summary>Whether it can read what it is told.</summary>
    internal bool Reads { get; set; } = true;

    public bool TryApply(ReadOnlySpan<byte> part, LogReading entry) => Note(Applied, part);

    public bool TryMeet(ReadOnlySpan<byte> part, LogReading entry) => Note(Met, part);

    public bool TryTouch(ReadOnlySpan<byte> part, LogReading entry) => Note(Touched, part);

    public IDisposable? Mark(ReadOnlySpan<byte> part, LogReading entry)
    {
        LastMarked = entry;
        return Reads ? new Placed(this) : null;
    }

    /// <summary>How many there were.</summary>
    public IReadOnlyList<byte[]> Coarsen(IReadOnlyList<ReadOnlyMemory<byte>> parts) => [[(byte)parts.Count]];

    public bool TryLearn(ReadOnlySpan<byte> fact) => Note(Learnt, fact);

    public IReadOnlyList<byte[]> Facts() => Known;

    private bool Note(List<byte[]> list, ReadOnlySpan<byte> bytes)
    {
        list.Add(bytes.ToArray());
        return Reads;
    }

    private sealed class Placed : IDisposable
    {
        private readonly FeedDouble feed;

        internal Placed(FeedDouble feed) => (this.feed, feed.Marks) = (feed, feed.Marks + 1);

        public void Dispose() => feed.Marks--;
    }
}
