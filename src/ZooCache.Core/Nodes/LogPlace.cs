namespace ZooCache;

/// <summary>
/// The rules of an invalidation log where it is kept, in their plain form: what one operation does, at a time that is given.
/// The log in memory is this, and a log elsewhere does the same by other means. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>Invariants:</para>
/// <list type="number">
/// <item>Stamps grow, and each entry names the one before it.</item>
/// <item>A lease is counted from a time that its node had heard of before it gave the sign of life, never from when that arrived: a
/// sign that was long under way doesn't vouch for what the node has done meanwhile.</item>
/// <item>Once a lease has run out, whoever asks next is told, by an entry, and again each lease's length: what the node writes while
/// nobody hears of it ends up before one of them.</item>
/// <item>Who was a member of an epoch that has ended, and hasn't shown itself in the new one, is a member of the new one: it may be writing,
/// and its lease runs out as any other's.</item>
/// <item>Time doesn't run backwards within an epoch: a clock that was set back ends it, because leases would last too long.</item>
/// <item>A member is taken for dead only if nothing at all has come from it for as long as it is suspected.</item>
/// <item>A member is suspect from when it has joined until its first sign of life has come: it can't know how long its lease is before it
/// has heard that it joined.</item>
/// </list>
/// </remarks>
internal sealed class LogPlace
{
    private const long LongestStepBack = 1000;

    private readonly int capacity;
    private readonly long maxSkewMilliseconds;
    private readonly LinkedList<LogEntry> entries = new();
    private readonly Dictionary<ulong, Member> members = [];
    private readonly Dictionary<(ulong Node, ulong Write), LogEntry> marks = [];
    private readonly List<ReadOnlyMemory<byte>> facts = [];
    private readonly HashSet<string> knownFacts = [];
    private ulong epoch;
    private bool isStrict;
    private long settledAt;
    private HlcStamp head;
    private long latest;

    internal LogPlace(int capacity, TimeSpan maxClockSkew)
    {
        this.capacity = capacity;
        maxSkewMilliseconds = (long)maxClockSkew.TotalMilliseconds;
    }

    /// <summary>Called for each entry as it is appended.</summary>
    internal Action<LogEntry>? Appended { get; set; }

    internal HlcStamp Head => head;

    /// <summary>Another process keeps the data now, or they were restored: what members know may be more than what is here.</summary>
    internal void Restart() => epoch = 0;

    /// <summary>A copy of all that is kept.</summary>
    internal LogPlace Copy()
    {
        var copy = new LogPlace(capacity, TimeSpan.FromMilliseconds(maxSkewMilliseconds)) { epoch = epoch, isStrict = isStrict, settledAt = settledAt, head = head, latest = latest };
        foreach (var entry in entries)
        {
            copy.entries.AddLast(entry);
        }

        foreach (var (node, member) in members)
        {
            copy.members[node] = member with { };
        }

        foreach (var (key, mark) in marks)
        {
            copy.marks[key] = mark;
        }

        copy.facts.AddRange(facts);
        copy.knownFacts.UnionWith(knownFacts);
        return copy;
    }

    internal LogJoined Join(LogJoin request, long now)
    {
        now = Check(now);
        if (epoch == 0 || (request.Strict && !isStrict))
        {
            Begin(request, now);
        }

        Settle(now);
        foreach (var node in (request.Epoch == epoch ? [] : request.Known).Append(request.Node).Where(n => !members.ContainsKey(n)))
        {
            var lease = (long)request.Lease.TotalMilliseconds;
            members[node] = new Member { Lease = lease, SuspectTime = (long)request.SuspectTime.TotalMilliseconds, Expiry = now + lease };
            Add(HlcStamp.None, LogEntryKind.Joined, node, 0, 0, 0, default, now);
        }

        return new LogJoined(StateFor(request.Node, now), [.. members.Keys.Where(n => n != request.Node)], [.. marks.Values.OrderBy(m => m.Stamp)], [.. facts]);
    }

    internal LogAppended Append(LogAppend request, long now)
    {
        now = Check(now);
        if (members.TryGetValue(request.Node, out var member))
        {
            member.SeenAt = now;
        }

        if (epoch != request.Epoch || epoch == 0 || member is null || request.Position <= member.Position
            || (request.Kind == LogEntryKind.Fact && !knownFacts.Add(Convert.ToHexString(request.Body.Span))))
        {
            return new LogAppended(StateFor(request.Node, now), null);
        }

        member.Position = request.Position;

        var entry = Add(request.Proposed, request.Kind, request.Node, request.Position, request.Told, request.Write, request.Body, now);
        switch (request.Kind)
        {
            case LogEntryKind.Mark:
                marks[(request.Node, request.Write)] = entry;
                break;
            case LogEntryKind.Done:
                marks.Remove((request.Node, request.Write));
                break;
            case LogEntryKind.Fact:
                facts.Add(request.Body);
                break;
        }

        return new LogAppended(StateFor(request.Node, now), entry);
    }

    internal LogState Tick(LogTick request, long now)
    {
        now = Check(now);
        if (members.TryGetValue(request.Node, out var member))
        {
            member.SeenAt = now;
            if (request.Renew)
            {
                member.Expiry = Math.Max(member.Expiry, Math.Min(request.Since, now) + member.Lease);
                member.IsConfirmed = true;
                member.NextBump = member.Expiry > now ? 0 : member.NextBump;
            }
        }

        Settle(now);
        return StateFor(request.Node, now);
    }

    internal LogPage Read(HlcStamp after, int atMost, ulong node, long now)
        => new(StateFor(node, Check(now)), [.. entries.SkipWhile(e => e.Stamp <= after).Take(atMost)]);

    internal LogState Leave(ulong node, long now)
    {
        now = Check(now);
        if (members.ContainsKey(node))
        {
            Remove(node);
            Add(HlcStamp.None, LogEntryKind.Left, node, 0, 0, 0, default, now);
        }

        return StateFor(node, now);
    }

    private void Remove(ulong node)
    {
        members.Remove(node);
        foreach (var key in marks.Keys.Where(k => k.Node == node).ToList())
        {
            marks.Remove(key);
        }
    }

    private long Check(long now)
    {
        if (now < latest - LongestStepBack || head == HlcStamp.Maximum)
        {
            (epoch, latest) = (0, now);
        }

        return latest = Math.Max(latest, now);
    }

    internal LogState StateFor(ulong node, long now)
        => new(epoch, head, now, isStrict, now < settledAt || members.Values.Any(m => !m.IsConfirmed || now >= m.Expiry), members.ContainsKey(node));

    private void Begin(LogJoin request, long now)
    {
        epoch = request.NewEpoch;
        isStrict |= request.Strict;
        settledAt = isStrict ? now + (long)request.SuspectTime.TotalMilliseconds : 0;
        head = HlcStamp.At(now);
        entries.Clear();
        members.Clear();
        marks.Clear();
        facts.Clear();
        knownFacts.Clear();
    }

    /// <summary>Says of each member whose lease has run out that it has, as long as it is suspected.</summary>
    private void Settle(long now)
    {
        foreach (var (node, member) in members.Where(m => now >= m.Value.Expiry).OrderBy(m => $"{m.Key}", StringComparer.Ordinal).ToList())
        {
            if (now >= Math.Max(member.Expiry, member.SeenAt) + member.SuspectTime)
            {
                Add(HlcStamp.None, LogEntryKind.Gone, node, 0, 0, 0, default, now);
                Remove(node);
            }
            else if (now >= member.NextBump)
            {
                Add(HlcStamp.None, LogEntryKind.Suspect, node, 0, 0, 0, default, now);
                member.NextBump = now + member.Lease;
            }
        }
    }

    private LogEntry Add(HlcStamp proposed, LogEntryKind kind, ulong node, ulong position, ulong told, ulong write, ReadOnlyMemory<byte> body, long now)
    {
        var wanted = proposed == HlcStamp.None ? HlcStamp.At(now) : proposed;
        var limit = HlcStamp.At(now + maxSkewMilliseconds);
        var stamp = wanted < limit ? wanted : limit;
        stamp = stamp > head ? stamp : head.Next();
        var entry = new LogEntry(stamp, head, kind, node, position, told, write, body);
        head = stamp;
        entries.AddLast(entry);
        if (entries.Count > capacity)
        {
            entries.RemoveFirst();
        }

        Appended?.Invoke(entry);
        return entry;
    }

    private sealed record Member
    {
        internal required long Lease { get; init; }

        internal required long SuspectTime { get; init; }

        internal required long Expiry { get; set; }

        /// <summary>When something last came from it, if only that it lives.</summary>
        internal long SeenAt { get; set; }

        /// <summary>When its suspicion is to be repeated; 0 if it isn't suspected.</summary>
        internal long NextBump { get; set; }

        internal bool IsConfirmed { get; set; }

        /// <summary>The position of the last message that it has appended.</summary>
        internal ulong Position { get; set; }
    }
}
