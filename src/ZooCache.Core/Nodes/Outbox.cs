using System.Diagnostics.CodeAnalysis;

namespace ZooCache;

/// <summary>Something that a node tells the others, from when it is to be told.</summary>
internal sealed class Publication
{
    private readonly TaskCompletionSource<bool> appended;

    internal Publication(ulong number, LogEntryKind kind, ulong write, NodeMessage message, TaskCreationOptions waits)
    {
        (Number, Kind, Write, Message) = (number, kind, write, message);
        appended = new TaskCompletionSource<bool>(waits);
    }

    /// <summary>Its place among all that the node has ever had to tell, from 1; of one that tells several, the lowest of them.</summary>
    internal ulong Number { get; }

    /// <summary>The writes of which it tells, as far as that is of interest.</summary>
    internal IReadOnlyList<UntoldWrite> Untold { get; init; } = [];

    /// <summary>Its place among the messages that the node has sent, and up to which number all is told with it; 0 as long as it wasn't sent.</summary>
    internal (ulong Position, ulong Told) Sent { get; set; }

    internal LogEntryKind Kind { get; }

    internal ulong Write { get; }

    internal NodeMessage Message { get; }

    /// <summary>The message as it is sent; made once.</summary>
    [field: AllowNull]
    internal byte[] Body => field ??= Message.Encode();

    /// <summary>Ends when the log has taken it in; false if it never will: another message tells what it says, or the node has ended.</summary>
    internal Task<bool> Appended => appended.Task;

    /// <summary>Where it stands in the log, once that is known.</summary>
    internal ConsistencyToken? Place { get; private set; }

    internal void End(ConsistencyToken? place)
    {
        Place = place;
        appended.TrySetResult(true);
    }

    internal void Abandon() => appended.TrySetResult(false);
}

/// <summary>
/// What a node has to tell and the log hasn't taken in yet, in order. What is too much is told more coarsely, by one message. Not
/// thread-safe.
/// </summary>
internal sealed class Outbox(int limit, Func<int, INodeFeed?> feeds, TaskCreationOptions waits)
{
    private const int MostTags = 256;

    private readonly LinkedList<Publication> waiting = new();
    private readonly HashSet<ulong> openMarks = [];
    private readonly HashSet<ulong> placedMarks = [];
    private ulong numbers;
    private ulong positions;

    internal int Count => waiting.Count;

    internal bool IsEmpty => waiting.Count == 0;

    /// <summary>Whether something was written of which the others don't know.</summary>
    internal bool HasWrites => waiting.Any(p => p.Kind != LogEntryKind.Fact);

    /// <summary>Whether a write is under way of which the others were to know before.</summary>
    internal bool HasOpenMarks => openMarks.Count > 0;

    internal Publication Add(LogEntryKind kind, ulong write, NodeMessage message, UntoldWrite? untold = null)
    {
        var publication = new Publication(++numbers, kind, write, message, waits) { Untold = untold is null ? [] : [untold] };
        Insert(publication);
        _ = kind switch { LogEntryKind.Mark => openMarks.Add(write), LogEntryKind.Done => openMarks.Remove(write), _ => false };
        if (waiting.Count > limit)
        {
            Collapse();
        }

        return publication;
    }

    /// <summary>The log is another: what was under way to the one before is told anew, behind what all others are to know first.</summary>
    internal void Restart()
    {
        if (waiting.First is { Value: { Kind: not LogEntryKind.Fact } first })
        {
            first.Sent = default;
        }
    }

    /// <summary>Facts go before all that isn't under way: others map by them what is told after them.</summary>
    private void Insert(Publication publication)
    {
        var next = publication.Kind == LogEntryKind.Fact ? waiting.First : null;
        while (next is { Value: { Kind: LogEntryKind.Fact } or { Sent.Position: > 0 } })
        {
            next = next.Next;
        }

        if (next is null)
        {
            waiting.AddLast(publication);
        }
        else
        {
            waiting.AddBefore(next, publication);
        }
    }

    /// <summary>What is to be told next; from now on it is as it is.</summary>
    internal Publication? Send()
    {
        var first = waiting.First?.Value;
        if (first is { Sent.Position: 0 })
        {
            if (first.Kind == LogEntryKind.Mark)
            {
                placedMarks.Add(first.Write);
            }

            first.Sent = (++positions, waiting.Skip(1).Select(p => p.Number).DefaultIfEmpty(numbers + 1).Min() - 1);
        }

        return first;
    }

    internal void Remove(Publication publication)
    {
        waiting.Remove(publication);
        if (publication.Kind == LogEntryKind.Done)
        {
            placedMarks.Remove(publication.Write);
        }
    }

    internal void Abandon()
    {
        foreach (var publication in waiting)
        {
            publication.Abandon();
        }

        waiting.Clear();
    }

    /// <summary>
    /// All changes become one message, right behind the first, which may be under way. So do writes whose marks weren't placed before
    /// they were over. Marks of writes that are not over stay, and what ends marks that were placed: there are no more than writes
    /// at once.
    /// </summary>
    private void Collapse()
    {
        var first = waiting.First!;
        var behind = waiting.Skip(1).ToList();
        var ended = behind.Where(p => p.Kind == LogEntryKind.Done).Select(p => p.Write).ToHashSet();
        ended.IntersectWith(behind.Where(p => p.Kind == LogEntryKind.Mark).Select(p => p.Write));
        ended.ExceptWith(placedMarks);
        if (first.Value.Kind == LogEntryKind.Mark)
        {
            ended.Remove(first.Value.Write);
        }

        var merged = behind.Where(p => p.Kind == LogEntryKind.Change || ended.Contains(p.Write)).ToList();
        if (merged.Count <= 1)
        {
            return;
        }

        var isMerged = merged.ToHashSet();
        var kept = behind.Where(p => !isMerged.Contains(p)).ToList();
        var told = merged.Where(p => p.Kind != LogEntryKind.Mark).Select(p => p.Message).ToList();
        var all = new Publication(merged.Min(p => p.Number), LogEntryKind.Change, 0, NodeMessage.Merge(told, feeds, MostTags), waits)
        {
            Untold = [.. merged.SelectMany(p => p.Untold)],
        };
        merged.ForEach(static p => p.Abandon());
        waiting.Clear();
        waiting.AddLast(first);
        foreach (var publication in kept.Where(p => p.Kind == LogEntryKind.Fact).Append(all).Concat(kept.Where(p => p.Kind != LogEntryKind.Fact)))
        {
            waiting.AddLast(publication);
        }
    }
}
