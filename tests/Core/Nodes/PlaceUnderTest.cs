namespace ZooCache.Core.Tests.Nodes;

/// <summary>A log's place, the time there, and all entries that it has ever announced.</summary>
internal sealed class PlaceUnderTest
{
    internal const ulong FirstEpoch = 1001;
    internal const int Capacity = 3000;
    internal const long Drift = 60_000;
    internal const long Lease = 10_000;
    internal const long SuspectTime = 50_000;

    private readonly MemoryLogStorage _storage = new();

    internal PlaceUnderTest() => Log = new LogPlace(_storage, Capacity, TimeSpan.FromMilliseconds(Drift)) { Appended = Entries.Add };

    internal LogPlace Log { get; }

    internal List<LogEntry> Entries { get; } = [];

    internal long Now { get; set; } = 1_767_225_600_000;

    internal static LogJoin JoinOf(ulong node, ulong newEpoch = FirstEpoch, bool strict = false, ulong epoch = 0, params ulong[] known)
        => new(node, newEpoch, strict, TimeSpan.FromMilliseconds(Lease), TimeSpan.FromMilliseconds(SuspectTime), epoch, known);

    internal LogJoined Join(ulong node, ulong newEpoch = FirstEpoch, bool strict = false, ulong epoch = 0, params ulong[] known)
        => Log.Join(JoinOf(node, newEpoch, strict, epoch, known), Now);

    internal LogAppended Append(
        ulong node, ulong position, LogEntryKind kind = LogEntryKind.Change, ulong write = 0, byte[]? body = null, HlcStamp proposed = default, ulong epoch = FirstEpoch)
        => Log.Append(new LogAppend(epoch, proposed, kind, node, position, position, write, body), Now);

    /// <summary>A sign of life.</summary>
    /// <param name="node">Whose.</param>
    /// <param name="renew">Whether it has told everything.</param>
    /// <param name="late">How long ago the node had last heard of the time.</param>
    internal LogState Tick(ulong node, bool renew = true, long late = 0) => Log.Tick(new LogTick(node, renew, Now - late), Now);

    internal void Leave(ulong node) => Log.Leave(node, Now);

    internal IReadOnlyList<LogEntry> Read(HlcStamp after = default, int atMost = int.MaxValue) => Log.Read(after, atMost, 1, Now).Entries;

    internal List<LogEntryKind> Kinds() => [.. Entries.Select(e => e.Kind)];

    internal LogPlace Copy()
    {
        var copy = new LogPlace(new MemoryLogStorage(_storage), Capacity, TimeSpan.FromMilliseconds(Drift));
        copy.Load(Log.Save());
        return copy;
    }

    /// <summary>The marks that stand, as a copy of the log tells them to someone new.</summary>
    internal List<(ulong Node, ulong Write)> Marks() => [.. Copy().Join(JoinOf(999), Now).Marks.Select(m => (m.Node, m.Write))];
}
