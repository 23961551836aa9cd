namespace ZooCache;

/// <summary>
/// Applies the log's entries, in their order: bumps and marks what they name, by way of the feeds, and remembers what they have touched.
/// Used under the node's lock.
/// </summary>
/// <remarks>Invariant: an entry is applied only if the one before it in the log is the last that was applied.</remarks>
internal sealed class LogReader(TagTrie trie, CacheCounters counters, ulong self)
{
    private const int Remembered = 65_536;

    private readonly AppliedHistory history = new(Remembered);
    private readonly LogTouches touches = new(Remembered);
    private readonly Dictionary<int, INodeFeed> feeds = [];
    private readonly Dictionary<(ulong Node, ulong Write), RemoteMark> marks = [];
    private readonly Dictionary<ulong, (ulong Position, ulong Told)> heard = [];
    private readonly List<ReadOnlyMemory<byte>> facts = [];
    private readonly HashSet<ulong> members = [];
    private readonly LogTouches past = new(Remembered);
    private HlcStamp begun;
    private bool knowsPast = true;

    /// <summary>Up to where the entries before the membership were looked at; null once all of them were.</summary>
    internal HlcStamp? Replayed { get; private set; }

    internal ulong Epoch { get; private set; }

    /// <summary>The last entry that was applied.</summary>
    internal HlcStamp Applied { get; private set; }

    internal IEnumerable<INodeFeed> Feeds => feeds.Values;

    /// <summary>The members, as far as that was applied.</summary>
    internal IReadOnlyList<ulong> Members => [.. members];

    /// <summary>Whether the log has a fact.</summary>
    internal bool HasFact(ReadOnlySpan<byte> body)
    {
        foreach (var fact in facts)
        {
            if (fact.Span.SequenceEqual(body))
            {
                return true;
            }
        }

        return false;
    }

    internal INodeFeed? FeedOf(int id) => feeds.GetValueOrDefault(id);

    /// <summary>Up to which of its own numbers a node has told everything, as far as that was applied.</summary>
    internal ulong ToldBy(ulong node) => heard.GetValueOrDefault(node).Told;

    /// <summary>The newest entry that was applied before a fence was taken. Thread-safe.</summary>
    internal (ulong Epoch, HlcStamp Stamp) SeenAt(long fence) => history.SeenAt(fence);

    /// <summary>Whether an entry may have been applied, as it is.</summary>
    internal bool MayHave(LogEntry entry) => history.MayHave(entry.Stamp, Print(entry));

    /// <summary>Begins at the head, with nothing known of what came before.</summary>
    internal void Begin(LogJoined joined)
    {
        foreach (var mark in marks.Values)
        {
            mark.Dispose();
        }

        marks.Clear();
        // What this node has told the log before, that one doesn't know: of what is older than the membership nothing can be said then.
        knowsPast = Epoch == 0 || (Epoch == joined.State.Epoch && knowsPast);
        if (Epoch != joined.State.Epoch)
        {
            heard.Clear();
        }

        (Epoch, Applied) = (joined.State.Epoch, joined.State.Head);
        counters.Invalidations.Add(InvalidationFeed.Log, [TagPath.Root]);
        trie.Bump([TagPath.Root], "Join");
        history.Reset(Epoch, Applied, trie.Sequence);
        touches.Reset(Applied);
        begun = Applied;
        members.Clear();
        members.UnionWith(joined.Members);
        facts.Clear();
        facts.AddRange(joined.Facts);
        facts.ForEach(Learn);
        BeginReplay();
        foreach (var mark in joined.Marks.Where(m => m.Node != self))
        {
            Place(mark);
        }
    }

    /// <summary>Everything from before the membership is to be looked at with all that is known by now, so that what was learnt before this isn't taken for touched.</summary>
    private void BeginReplay()
    {
        past.Reset(begun);
        Replayed = knowsPast ? HlcStamp.None : null;
    }

    /// <summary>Has a feed take part, in what stands and from now on.</summary>
    internal void Add(INodeFeed feed)
    {
        feeds.Add(feed.Id, feed);
        if (Applied != begun)
        {
            // What was told since the membership began went by this feed unread.
            begun = Applied;
            touches.Reset(begun);
        }

        facts.ForEach(Learn);
        BeginReplay();
        foreach (var mark in marks.Values)
        {
            mark.Place(feed, Reading(mark.Stamp));
        }
    }

    /// <summary>Counts paths as touched by all that was applied, and by all that was there before.</summary>
    internal void Touch(ReadOnlySpan<TagPath> paths)
    {
        Reading(Applied).Touch(paths);
        new LogReading(past, Epoch, begun).Touch(paths);
    }

    /// <summary>Notes what the entries before the membership have touched, from the oldest that there are on. Since then this node knows as much as if it had
    /// been a member.</summary>
    /// <param name="entries">Those that follow <see cref="Replayed"/>.</param>
    /// <returns>Whether there are more.</returns>
    internal bool Replay(IReadOnlyList<LogEntry> entries)
    {
        foreach (var entry in entries.TakeWhile(e => e.Stamp <= begun))
        {
            if (Replayed == HlcStamp.None || entry.Previous != Replayed)
            {
                // The first, or the first that is left: of what was before it nothing is known.
                past.Reset(entry.Previous);
            }

            Touch(entry);
            Replayed = entry.Stamp;
        }

        if (Replayed == begun)
        {
            Replayed = null;
            return false;
        }

        if (entries.Count == 0 || entries[^1].Stamp > begun)
        {
            past.Reset(begun);
            Replayed = null;
        }

        return Replayed is not null;
    }

    /// <summary>Whether nothing that was applied after a stamp, of those that this node knows of, has touched any of the paths.</summary>
    internal bool IsUntouchedSince(ReadOnlySpan<DependencyPath> paths, HlcStamp stamp)
        => stamp >= begun
            ? AreUntouched(touches, paths, stamp)
            : Replayed is null && AreUntouched(past, paths, stamp) && AreUntouched(touches, paths, begun);

    private static bool AreUntouched(LogTouches touches, ReadOnlySpan<DependencyPath> paths, HlcStamp stamp)
    {
        foreach (var (path, subtree) in paths)
        {
            if (!(subtree ? touches.IsUntouchedBelowSince(path, stamp) : touches.IsUntouchedSince(path, stamp)))
            {
                return false;
            }
        }

        return true;
    }

    private void Touch(LogEntry entry)
    {
        var reading = new LogReading(past, Epoch, entry.Stamp);
        switch (entry.Kind)
        {
            case LogEntryKind.Joined or LogEntryKind.Left or LogEntryKind.Fact:
                break;
            case LogEntryKind.Change or LogEntryKind.Done or LogEntryKind.Mark when NodeMessage.TryDecode(entry.Body) is { } message:
                reading.Touch([.. message.Tags]);
                foreach (var (id, bytes) in message.Parts)
                {
                    if (FeedOf(id) is { } feed && !feed.TryTouch(bytes.Span, reading))
                    {
                        reading.Touch([TagPath.Root]);
                    }
                }

                break;
            default:
                reading.Touch([TagPath.Root]);
                break;
        }
    }

    /// <summary>Applies the entry that follows; false if it doesn't follow.</summary>
    internal bool Follow(LogEntry entry)
    {
        if (entry.Previous != Applied)
        {
            counters.LogGaps.Increment();
            return false;
        }

        counters.LogEntries.Increment();
        var before = trie.Sequence;
        Apply(entry);
        Applied = entry.Stamp;
        if (trie.Sequence == before)
        {
            // A fence from before it must not pass for one from after it.
            trie.Bump([], "Elsewhere");
        }

        history.Add(Applied, Print(entry), trie.Sequence);
        if (entry.Position > 0)
        {
            var (position, told) = heard.GetValueOrDefault(entry.Node);
            heard[entry.Node] = (Math.Max(position, entry.Position), Math.Max(told, entry.Told));
        }

        return true;
    }

    private void Apply(LogEntry entry)
    {
        switch (entry.Kind)
        {
            case LogEntryKind.Suspect:
                Everything(entry, "Suspect");
                break;
            case LogEntryKind.Gone:
                Forget(entry.Node);
                Everything(entry, "Gone");
                break;
            case LogEntryKind.Joined:
                members.Add(entry.Node);
                break;
            case LogEntryKind.Left:
                Forget(entry.Node);
                break;
            case LogEntryKind.Fact:
                facts.Add(entry.Body);
                Learn(entry.Body);
                break;
            case LogEntryKind.Change or LogEntryKind.Done or LogEntryKind.Mark when entry.Node == self:
                Meet(entry);
                break;
            case LogEntryKind.Change or LogEntryKind.Done:
                Change(entry);
                Release((entry.Node, entry.Write));
                break;
            case LogEntryKind.Mark when entry.Position > heard.GetValueOrDefault(entry.Node).Position:
                Place(entry);
                break;
            case LogEntryKind.Mark:
                // Told twice, because the first answer was lost; perhaps after its end.
                Change(entry);
                break;
            default:
                Unreadable(entry);
                break;
        }
    }

    private void Change(LogEntry entry)
    {
        if (NodeMessage.TryDecode(entry.Body) is not { } message)
        {
            Unreadable(entry);
            return;
        }

        if (message.Tags.Count > 0)
        {
            TagPath[] tags = [.. message.Tags];
            counters.Invalidations.Add(InvalidationFeed.Log, tags);
            trie.Bump(tags, "Elsewhere");
            Reading(entry.Stamp).Touch(tags);
        }

        foreach (var (id, bytes) in message.Parts)
        {
            // What no feed here reads, nothing here depends on.
            if (FeedOf(id) is { } feed && !feed.TryApply(bytes.Span, Reading(entry.Stamp)))
            {
                Unreadable(entry);
            }
        }
    }

    /// <summary>What this node itself has told is invalid here since then.</summary>
    private void Meet(LogEntry entry)
    {
        if (NodeMessage.TryDecode(entry.Body) is not { } message)
        {
            Unreadable(entry);
            return;
        }

        Reading(entry.Stamp).Touch([.. message.Tags]);
        foreach (var (id, bytes) in message.Parts)
        {
            if (FeedOf(id) is { } feed && !feed.TryMeet(bytes.Span, Reading(entry.Stamp)))
            {
                Unreadable(entry);
            }
        }
    }

    private void Place(LogEntry entry)
    {
        Release((entry.Node, entry.Write));
        var message = NodeMessage.TryDecode(entry.Body);
        if (message is null)
        {
            Unreadable(entry);
        }

        var mark = new RemoteMark(trie, message ?? NodeMessage.Everything, entry.Stamp);
        marks.Add((entry.Node, entry.Write), mark);
        Reading(entry.Stamp).Touch(mark.Tags);
        var couldRead = true;
        foreach (var feed in feeds.Values)
        {
            couldRead &= mark.Place(feed, Reading(entry.Stamp));
        }

        if (!couldRead)
        {
            Unreadable(entry);
        }
    }

    private void Forget(ulong node)
    {
        foreach (var key in marks.Keys.Where(k => k.Node == node).ToList())
        {
            Release(key);
        }

        heard.Remove(node);
        members.Remove(node);
    }

    private void Release((ulong Node, ulong Write) key)
    {
        if (marks.Remove(key, out var mark))
        {
            mark.Dispose();
        }
    }

    /// <summary>Those who learn later what was told before don't miss it: what depends on it begins later still.</summary>
    private void Learn(ReadOnlyMemory<byte> body)
    {
        if (NodeMessage.TryDecode(body) is not { Parts: [var (id, fact)] } || (FeedOf(id) is { } feed && !feed.TryLearn(fact.Span)))
        {
            counters.LogUnreadable.Increment();
        }
    }

    /// <summary>Of another version, or broken: it may say anything.</summary>
    private void Unreadable(LogEntry entry)
    {
        counters.UnreadableEntry(entry.Node);
        Everything(entry, "Unreadable");
    }

    private void Everything(LogEntry entry, string cause)
    {
        counters.Invalidations.Add(InvalidationFeed.Log, [TagPath.Root]);
        trie.Bump([TagPath.Root], cause);
        Reading(entry.Stamp).Touch([TagPath.Root]);
    }

    private static ulong Print(LogEntry entry)
        => XxHash64.Combine(XxHash64.Hash(entry.Body.Span, seed: (ulong)entry.Kind), entry.Node ^ entry.Position ^ entry.Write) | 1;

    private LogReading Reading(HlcStamp stamp) => new(touches, Epoch, stamp);
}
