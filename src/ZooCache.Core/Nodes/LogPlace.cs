namespace ZooCache;

/// <summary>
/// The rules of an invalidation log where it is kept, in their plain form: what one operation does, at a time that is given.
/// The logs in memory and in a file are this, and one elsewhere does the same by other means. Not thread-safe.
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
    private readonly ILogStorage storage;
    private readonly Dictionary<ulong, Member> members = [];
    private ulong epoch;
    private bool isStrict;
    private long settledAt;
    private HlcStamp head;
    private long latest;

    internal LogPlace(ILogStorage storage, int capacity, TimeSpan maxClockSkew)
    {
        this.storage = storage;
        this.capacity = capacity;
        maxSkewMilliseconds = (long)maxClockSkew.TotalMilliseconds;
    }

    /// <summary>Called for each entry as it is appended.</summary>
    internal Action<LogEntry>? Appended { get; set; }

    internal HlcStamp Head => head;

    /// <summary>Another process keeps the data now, or they were restored: what members know may be more than what is here.</summary>
    internal void Restart() => epoch = 0;

    /// <summary>All that isn't in the storage, from which <see cref="Load"/> makes it again: words and bytes as <see cref="MessageWriter"/> writes them, in the order of the fields.</summary>
    internal byte[] Save()
    {
        var writer = new MessageWriter();
        writer.Word(epoch);
        writer.Byte(isStrict ? (byte)1 : (byte)0);
        writer.Word((ulong)settledAt);
        writer.Word(head.Value);
        writer.Word((ulong)latest);
        writer.Count(members.Count);
        foreach (var (node, member) in members)
        {
            writer.Word(node);
            writer.Word((ulong)member.Lease);
            writer.Word((ulong)member.SuspectTime);
            writer.Word((ulong)member.Expiry);
            writer.Word((ulong)member.SeenAt);
            writer.Word((ulong)member.NextBump);
            writer.Byte(member.IsConfirmed ? (byte)1 : (byte)0);
            writer.Word(member.Position);
        }

        return writer.ToArray();
    }

    /// <summary>Goes on from what was saved.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    internal void Load(ReadOnlySpan<byte> saved)
    {
        var reader = new MessageReader(saved);
        (epoch, isStrict, settledAt, head, latest) = (reader.Word(), reader.Flag(), (long)reader.Word(), new HlcStamp(reader.Word()), (long)reader.Word());
        members.Clear();
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            members[reader.Word()] = new Member
            {
                Lease = (long)reader.Word(), SuspectTime = (long)reader.Word(), Expiry = (long)reader.Word(), SeenAt = (long)reader.Word(),
                NextBump = (long)reader.Word(), IsConfirmed = reader.Flag(), Position = reader.Word(),
            };
        }

        if (reader.HasFailed || reader.Left != 0)
        {
            throw new FormatException("This isn't the state of a log.");
        }
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

        return new LogJoined(StateFor(request.Node, now), [.. members.Keys.Where(n => n != request.Node)], [.. storage.Marks().OrderBy(m => m.Stamp)], storage.Facts());
    }

    internal LogAppended Append(LogAppend request, long now)
    {
        now = Check(now);
        if (members.TryGetValue(request.Node, out var member))
        {
            member.SeenAt = now;
        }

        if (epoch != request.Epoch || epoch == 0 || member is null || request.Position <= member.Position
            || (request.Kind == LogEntryKind.Fact && !storage.TryAddFact(request.Body)))
        {
            return new LogAppended(StateFor(request.Node, now), null);
        }

        member.Position = request.Position;

        var entry = Add(request.Proposed, request.Kind, request.Node, request.Position, request.Told, request.Write, request.Body, now);
        switch (request.Kind)
        {
            case LogEntryKind.Mark:
                storage.SetMark(entry);
                break;
            case LogEntryKind.Done:
                storage.RemoveMark(request.Node, request.Write);
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
        => new(StateFor(node, Check(now)), storage.Read(after, atMost));

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
        foreach (var mark in storage.Marks().Where(m => m.Node == node).ToList())
        {
            storage.RemoveMark(node, mark.Write);
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
        members.Clear();
        storage.Clear();
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
        storage.Add(entry, capacity);
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
