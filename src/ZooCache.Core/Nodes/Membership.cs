namespace ZooCache;

/// <summary>When a request was sent.</summary>
internal sealed record Moment(long Timestamp, DateTimeOffset Wall);

/// <summary>
/// What a node knows of its membership of the log: whether it holds, how long others take it for granted, and as of when nothing was missing.
/// Used under the session's lock, but for what says that it takes none.
/// </summary>
/// <remarks>Invariant: the lease is counted, here and where the log is kept, from a time of the log's that was heard of before the sign of life
/// was given. So once that time is a lease ago by this node's clock, it has run out there.</remarks>
internal sealed class Membership(NodeOptions options, TimeProvider time)
{
    // A clock that runs a tenth faster or slower than another is broken.
    private const double ClockRates = 1.1;

    private readonly long startedAt = time.GetTimestamp();
    private bool isStrict = options.IsStrict;
    private bool isReachable;
    private bool isSuspect;
    private Moment? confirmed;
    private Moment lastConfirmed = new(time.GetTimestamp(), time.GetUtcNow());
    private long since;
    private long heardAt;
    private long joinedAt;
    private long? vouchedAt;

    internal bool Holds { get; private set; }

    /// <summary>Whether the log is strict; before anything is known of it, what this node asks for. Takes no lock.</summary>
    internal bool IsStrict => Volatile.Read(ref isStrict);

    /// <summary>When the newest request was sent that has shown that nothing was missing; null if none holds. Takes no lock.</summary>
    internal Moment? Confirmed => Volatile.Read(ref confirmed);

    /// <summary>As <see cref="Confirmed"/>, also if that doesn't hold any more; at first when the node has begun. Takes no lock.</summary>
    internal Moment LastConfirmed => Volatile.Read(ref lastConfirmed);

    /// <summary>Whether the log has answered last: else there is no use in waiting for it. Takes no lock.</summary>
    internal bool IsReachable
    {
        get => Volatile.Read(ref isReachable);
        set => Volatile.Write(ref isReachable, value);
    }

    /// <summary>Whether, by what the log has told last, somebody may be writing unheard. Takes no lock.</summary>
    internal bool IsSuspect => IsReachable && Volatile.Read(ref isSuspect);

    /// <summary>Takes no lock.</summary>
    internal Moment Now => new(time.GetTimestamp(), time.GetUtcNow());

    /// <summary>The log's time, in milliseconds, by what was last heard of it.</summary>
    internal long LogTime => since + (long)time.GetElapsedTime(heardAt).TotalMilliseconds;

    /// <summary>Whether it has lasted for as long as there is between two signs of life.</summary>
    internal bool HasLasted => time.GetElapsedTime(joinedAt) >= options.HeartbeatInterval;

    internal void Begin(LogState state, bool isNewEpoch, Moment sent)
    {
        if (isNewEpoch)
        {
            // Nothing there vouches for this node yet.
            vouchedAt = null;
        }

        Volatile.Write(ref isStrict, state.IsStrict);
        (since, heardAt, joinedAt) = (state.Milliseconds, time.GetTimestamp(), time.GetTimestamp());
        (Holds, IsReachable) = (true, true);
        Volatile.Write(ref isSuspect, state.IsSuspect);
        Confirm(sent);
    }

    internal void End()
    {
        (Holds, IsReachable) = (false, false);
        Volatile.Write(ref confirmed, null);
    }

    /// <summary>A sign of life, to be given now.</summary>
    internal LogTick Sign(ulong node, bool hasToldAll)
    {
        vouchedAt = hasToldAll ? heardAt : vouchedAt;
        return new LogTick(node, hasToldAll, since);
    }

    /// <summary>The log has told its state.</summary>
    internal void Hear(LogState state)
    {
        IsReachable = true;
        Volatile.Write(ref isSuspect, state.IsSuspect);
        if (state.Milliseconds >= since)
        {
            (since, heardAt) = (state.Milliseconds, time.GetTimestamp());
        }
    }

    /// <summary>A request that was sent then has shown that nothing is missing.</summary>
    internal void Confirm(Moment sent)
    {
        if (confirmed is null || confirmed.Timestamp < sent.Timestamp)
        {
            Volatile.Write(ref confirmed, sent);
            Volatile.Write(ref lastConfirmed, sent);
        }
    }

    /// <summary>
    /// How long the log may yet take this node to be alive, at most. One that has never been a member isn't known to anybody, and nobody
    /// notices what it doesn't tell: it is given as long from its start to become one.
    /// </summary>
    internal TimeSpan LeaseLeft(bool wasMember)
        => (vouchedAt ?? (wasMember ? null : startedAt)) is { } at ? (options.LeaseTime * ClockRates) - time.GetElapsedTime(at) : TimeSpan.Zero;
}
