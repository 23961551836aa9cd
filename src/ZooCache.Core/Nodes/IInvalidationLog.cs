namespace ZooCache;

/// <summary>
/// The totally ordered record of invalidations that the nodes of one cache share, and what must be decided where it is kept:
/// the order, the epoch, who is alive. The protocol is the node's; an implementation is only a place to keep the log in.
/// Thread-safe.
/// </summary>
/// <remarks>
/// <para>Each operation is atomic where the log is kept, and takes its time from there. A call that fails, or whose answer
/// is lost, may or may not have been carried out: nodes repeat it.</para>
/// <para>Entries are announced to those who subscribed, as soon as possible, but nobody relies on it: announcements may be
/// lost, late, repeated, or out of order.</para>
/// <para>The rules of the place are those of <see cref="LogState"/>, <see cref="LogEntry"/> and the requests. Their plain form in C#
/// is the log in memory.</para>
/// </remarks>
internal interface IInvalidationLog
{
    /// <summary>Has entries announced from now on, until the result is disposed.</summary>
    /// <param name="announced">Called for each, on any thread. Doesn't throw.</param>
    /// <returns>What ends it.</returns>
    IDisposable Subscribe(Action<LogEntry> announced);

    /// <summary>Makes a node a member. Begins an epoch if there is none that holds, or if the node asks for a stricter one.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="cancellationToken">Ends the wait, not the operation.</param>
    /// <returns>The state afterwards, and what stands besides the entries.</returns>
    Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken);

    /// <summary>Appends a message, if the epoch is still the one named, and if it isn't there: by its position, or a fact by its body.</summary>
    /// <param name="request">The message.</param>
    /// <param name="cancellationToken">Ends the wait, not the operation.</param>
    /// <returns>The state afterwards, and the entry; none if the epoch was another, the node is no member, or it had been appended.</returns>
    Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken);

    /// <summary>Tells the state, renews the node's lease if asked to, and settles the leases that have run out.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="cancellationToken">Ends the wait, not the operation.</param>
    /// <returns>The state afterwards.</returns>
    Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken);

    /// <summary>Reads entries after a stamp, in order.</summary>
    /// <param name="node">Who reads.</param>
    /// <param name="after">The stamp.</param>
    /// <param name="atMost">The most entries to be read.</param>
    /// <param name="cancellationToken">Ends the wait, not the operation.</param>
    /// <returns>The state, and the entries.</returns>
    Task<LogPage> ReadAsync(ulong node, HlcStamp after, int atMost, CancellationToken cancellationToken);

    /// <summary>Ends a node's membership: it has told everything that it had to.</summary>
    /// <param name="node">The node.</param>
    /// <param name="cancellationToken">Ends the wait, not the operation.</param>
    /// <returns>The state afterwards.</returns>
    Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken);
}

/// <summary>What an entry of the log is.</summary>
internal enum LogEntryKind
{
    /// <summary>What a write has changed.</summary>
    Change = 0,

    /// <summary>What a write will change once it commits; placed in strict mode only.</summary>
    Mark = 1,

    /// <summary>The write of a mark is over; what it has changed, if it has.</summary>
    Done = 2,

    /// <summary>What a node has learnt of the database, for all to know.</summary>
    Fact = 3,

    /// <summary>A node's lease has run out, so that it may have written something and not told. Made by the log itself.</summary>
    Suspect = 4,

    /// <summary>A suspected node is taken for dead from now on; its marks are void. Made by the log itself.</summary>
    Gone = 5,

    /// <summary>A node has become a member. Made by the log itself.</summary>
    Joined = 6,

    /// <summary>A node has ended its membership, with nothing left to tell. Made by the log itself.</summary>
    Left = 7,
}

/// <summary>An entry of the log.</summary>
/// <param name="Stamp">Its place in the order.</param>
/// <param name="Previous">The stamp of the entry before it, by which readers notice that they have missed one.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Node">Who wrote it, or whom it concerns.</param>
/// <param name="Position">Its place among all that this node has ever appended, from 1; 0 for what the log made itself.</param>
/// <param name="Told">Up to which of the node's writes, by the node's own numbers, everything is in the log with it.</param>
/// <param name="Write">Of a mark and of its end, which write of the node they belong to; else 0.</param>
/// <param name="Body">The message; empty for what the log made itself.</param>
internal sealed record LogEntry(
    HlcStamp Stamp, HlcStamp Previous, LogEntryKind Kind, ulong Node, ulong Position, ulong Told, ulong Write, ReadOnlyMemory<byte> Body);

/// <summary>The state of a log, as of when the operation that tells it was carried out.</summary>
/// <param name="Epoch">Which life of the log this is: another one has forgotten some of what the last one knew. 0 if there is none.</param>
/// <param name="Head">The stamp of the newest entry.</param>
/// <param name="Milliseconds">The time there, since 1970 (UTC). Within one epoch it runs on steadily.</param>
/// <param name="IsStrict">Whether writes place marks before they commit.</param>
/// <param name="IsSuspect">Whether a member may be writing without being able to tell: its lease has run out, or it hasn't confirmed its
/// first. In a strict epoch also as long as writers of an earlier epoch may be at work.</param>
/// <param name="IsMember">Whether the node that asked is a member.</param>
internal readonly record struct LogState(ulong Epoch, HlcStamp Head, long Milliseconds, bool IsStrict, bool IsSuspect, bool IsMember);

/// <summary>A node that wants to become a member, or to be sure that it is.</summary>
/// <param name="Node">Its identity, a random number, another one each time that a process starts.</param>
/// <param name="NewEpoch">The epoch to begin if one has to be begun: a random number.</param>
/// <param name="Strict">Whether it wants a strict log.</param>
/// <param name="Lease">For how long it is taken to be alive each time that it shows itself.</param>
/// <param name="SuspectTime">For how long it is suspected once its lease has run out.</param>
/// <param name="Epoch">The epoch that it was in last; 0 for none.</param>
/// <param name="Known">The other members of that epoch, as far as the node knows: if another one has begun since, those who aren't heard of in
/// it may be writing all the same.</param>
internal readonly record struct LogJoin(
    ulong Node, ulong NewEpoch, bool Strict, TimeSpan Lease, TimeSpan SuspectTime, ulong Epoch, IReadOnlyList<ulong> Known);

/// <summary>What a new member gets to know.</summary>
/// <param name="State">The state after it has joined.</param>
/// <param name="Members">The other members.</param>
/// <param name="Marks">The marks that stand.</param>
/// <param name="Facts">The facts that were told in this epoch.</param>
internal sealed record LogJoined(
    LogState State, IReadOnlyList<ulong> Members, IReadOnlyList<LogEntry> Marks, IReadOnlyList<ReadOnlyMemory<byte>> Facts);

/// <summary>A message to append.</summary>
/// <param name="Epoch">The epoch that the node is in; in another one nothing is appended.</param>
/// <param name="Proposed">The stamp by the node's own clock. The entry's is that, or later so that it follows the head, or earlier so
/// that it isn't too far ahead of the log's clock.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Node">Who appends.</param>
/// <param name="Position">Its place among all that the node appends, from 1.</param>
/// <param name="Told">Up to which of the node's writes, by the node's own numbers, everything is in the log with it.</param>
/// <param name="Write">Of a mark and of its end, which write they belong to; else 0.</param>
/// <param name="Body">The message.</param>
internal readonly record struct LogAppend(
    ulong Epoch, HlcStamp Proposed, LogEntryKind Kind, ulong Node, ulong Position, ulong Told, ulong Write, ReadOnlyMemory<byte> Body);

/// <summary>What came of an append.</summary>
/// <param name="State">The state afterwards.</param>
/// <param name="Entry">The entry; null if the epoch is another one, if the node is no member, or if the log has the message.</param>
internal sealed record LogAppended(LogState State, LogEntry? Entry);

/// <summary>A sign of life.</summary>
/// <param name="Node">Who gives it.</param>
/// <param name="Renew">Whether the node has told everything by now, so that its lease may be renewed.</param>
/// <param name="Since">The log's time, in milliseconds, when the node last heard from it. The lease is counted from there: it is surely
/// before the sign was given, however long that takes to arrive.</param>
internal readonly record struct LogTick(ulong Node, bool Renew, long Since);

/// <summary>Some entries.</summary>
/// <param name="State">The state when they were read.</param>
/// <param name="Entries">In order. None if there are none after the stamp, or none any more.</param>
internal sealed record LogPage(LogState State, IReadOnlyList<LogEntry> Entries);
