namespace ZooCache;

/// <summary>
/// One of those who tell other nodes what was written, in a form of their own: it says what a message of theirs invalidates, by what this
/// node knows. Called by one thread at a time, in the order of the log.
/// </summary>
internal interface INodeFeed
{
    /// <summary>The number under which its part of a message stands.</summary>
    int Id { get; }

    /// <summary>Invalidates what another node has written.</summary>
    /// <param name="part">Its part of the message.</param>
    /// <param name="entry">The place in the log.</param>
    /// <returns>False if the part can't be read.</returns>
    bool TryApply(ReadOnlySpan<byte> part, LogReading entry);

    /// <summary>Takes note of what this node itself has written, where it stands in the log. It was invalid here when it was written; and is again, if
    /// others have told in between of what they have written without knowing of it.</summary>
    /// <returns>False if the part can't be read: then it isn't this node's.</returns>
    bool TryMeet(ReadOnlySpan<byte> part, LogReading entry);

    /// <summary>Notes what was touched before this node began to listen; nothing is invalidated.</summary>
    /// <param name="part">A part of a message.</param>
    /// <param name="entry">The place in the log.</param>
    /// <returns>False if the part can't be read.</returns>
    bool TryTouch(ReadOnlySpan<byte> part, LogReading entry);

    /// <summary>Marks and invalidates what another node is about to write.</summary>
    /// <returns>What takes the mark back; null if the part can't be read.</returns>
    IDisposable? Mark(ReadOnlySpan<byte> part, LogReading entry);

    /// <summary>Says more coarsely what several parts say.</summary>
    IReadOnlyList<byte[]> Coarsen(IReadOnlyList<ReadOnlyMemory<byte>> parts);

    /// <summary>Learns what another node has learnt.</summary>
    /// <returns>False if it can't be read.</returns>
    bool TryLearn(ReadOnlySpan<byte> fact);

    /// <summary>Whether this node is writing something of which the others haven't been told.</summary>
    bool HasOpenWrites { get; }

    /// <summary>Whether everything that it has come to know counts for what the log has told before.</summary>
    bool IsSettled { get; }

    /// <summary>All that it knows and others may not.</summary>
    IReadOnlyList<byte[]> Facts();
}

/// <summary>An entry of the log as it is applied, and what was applied before it.</summary>
internal readonly struct LogReading(LogTouches touches, ulong epoch, HlcStamp stamp)
{
    /// <summary>The epoch in which it stands.</summary>
    internal ulong Epoch => epoch;

    /// <summary>Whether no entry between a stamp and this one has touched a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="sinceEpoch">The stamp's epoch.</param>
    /// <param name="since">The stamp; none for never.</param>
    internal bool IsUntouched(TagPath path, ulong sinceEpoch, HlcStamp since)
        => sinceEpoch == epoch && since != HlcStamp.None && touches.IsUntouchedSince(path, since);

    /// <summary>As the other, for all that is below the path, too.</summary>
    internal bool IsUntouchedBelow(TagPath path, ulong sinceEpoch, HlcStamp since)
        => sinceEpoch == epoch && since != HlcStamp.None && touches.IsUntouchedBelowSince(path, since);

    /// <summary>Notes that this entry touches the paths.</summary>
    internal void Touch(ReadOnlySpan<TagPath> paths)
    {
        foreach (var path in paths)
        {
            touches.Touch(path, stamp);
        }
    }
}
