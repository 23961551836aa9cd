namespace ZooCache;

/// <summary>What another node is about to write: it stands until that node says how it went, or is gone.</summary>
internal sealed class RemoteMark : IDisposable
{
    private readonly TagTrie trie;
    private readonly NodeMessage message;
    private readonly List<IDisposable> placed = [];

    internal RemoteMark(TagTrie trie, NodeMessage message, HlcStamp stamp)
    {
        (this.trie, this.message, Stamp, Tags) = (trie, message, stamp, [.. message.Tags]);
        trie.Mark(Tags);
        trie.Bump(Tags, "Elsewhere");
    }

    internal HlcStamp Stamp { get; }

    internal TagPath[] Tags { get; }

    /// <summary>Marks what a feed reads of it; what it can't read, everything.</summary>
    /// <returns>Whether it could be read.</returns>
    internal bool Place(INodeFeed feed, LogReading reading)
    {
        var couldRead = true;
        foreach (var (id, bytes) in message.Parts)
        {
            if (id == feed.Id)
            {
                var part = feed.Mark(bytes.Span, reading);
                couldRead &= part is not null;
                placed.Add(part ?? new RemoteMark(trie, NodeMessage.Everything, Stamp));
            }
        }

        return couldRead;
    }

    public void Dispose()
    {
        trie.Bump(Tags, "Elsewhere");
        trie.Unmark(Tags);
        placed.ForEach(static p => p.Dispose());
    }
}
