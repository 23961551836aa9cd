namespace ZooCache;

/// <summary>
/// A node's membership of its log: joins, gives signs of life, reads what is missing, and tells what is to be told, until it is disposed.
/// </summary>
/// <remarks>
/// <para>Invariants:</para>
/// <list type="number">
/// <item>An entry that doesn't follow isn't applied: what is missing is read first. What doesn't fit together ends the membership,
/// and the next one begins with a bump of the root.</item>
/// <item>What is confirmed is confirmed as of when the request was sent.</item>
/// <item>The lease is renewed only while nothing that was written is left to tell.</item>
/// <item>An answer to a request of another epoch isn't looked at.</item>
/// </list>
/// <para>Thread-safe. Locks are taken in this order: the session's, those of the feeds, the trie's.</para>
/// </remarks>
internal sealed class LogSession : IDisposable
{
    private const int PageSize = 512;

    private static readonly Task<LogState?> NoAnswer = Task.FromResult<LogState?>(null);

    private readonly Lock gate = new();
    private readonly IInvalidationLog log;
    private readonly NodeOptions options;
    private readonly LogCalls calls;
    private readonly CacheCounters counters;
    private readonly Func<ulong> random;
    private readonly HybridLogicalClock clock;
    private readonly LogReader reader;
    private readonly Membership membership;
    private readonly LogWaiters waiters;
    private readonly Outbox outbox;
    private readonly LogRunner reading;
    private readonly LogRunner telling;
    private readonly LogRunner? replaying;
    private readonly Queue<(HlcStamp Stamp, UntoldWrite Write)> unmet = [];
    private readonly TaskCompletionSource prepared;
    private readonly LogWaiters vouches;
    private readonly TimeProvider time;
    private long? preparingSince;

    /// <summary>The last entry that was applied and that the log itself has shown to be one of its own.</summary>
    private HlcStamp vouched;
    private readonly SharedRequest<LogState?> asking;
    private readonly CancellationTokenSource stop = new();
    private readonly IDisposable subscription;
    private TaskCompletionSource wake;
    private bool hasEnded;

    /// <summary>Whether the log may know this node.</summary>
    private bool isListed;
    private bool isWoken;
    private bool leavesCleanly;

    internal LogSession(TagTrie trie, IInvalidationLog log, NodeOptions options, TimeProvider time, CacheCounters counters, Func<ulong> random, LogCalls calls, bool readsStores)
    {
        this.log = log;
        this.options = options;
        this.counters = counters;
        this.random = random;
        this.calls = calls;
        Id = random();
        clock = new HybridLogicalClock(time, options.MaxClockSkew);
        reader = new LogReader(trie, counters, Id);
        membership = new Membership(options, time);
        waiters = new LogWaiters(calls.Waits);
        outbox = new Outbox(options.OutboxLimit, reader.FeedOf, calls.Waits);
        reading = new LogRunner(ReadOnAsync, Fail);
        telling = new LogRunner(AppendAsync, Fail);
        replaying = readsStores ? new LogRunner(ReplayAsync, Count) : null;
        vouches = new LogWaiters(calls.Waits);
        this.time = time;
        prepared = new TaskCompletionSource(calls.Waits);
        if (!readsStores)
        {
            prepared.SetResult();
        }

        asking = new SharedRequest<LogState?>(() => membership.IsReachable ? AskAsync() : NoAnswer, calls.Waits);
        wake = new TaskCompletionSource(calls.Waits);
        subscription = log.Subscribe(Announced);
    }

    internal ulong Id { get; }

    /// <summary>What is told without a lock may be asked by anybody.</summary>
    internal Membership Membership => membership;

    /// <summary>The last entry that was applied, in which epoch, and how much is left to tell.</summary>
    internal (ulong Epoch, HlcStamp Applied, int ToTell) Position
    {
        get
        {
            lock (gate)
            {
                return (reader.Epoch, reader.Applied, outbox.Count);
            }
        }
    }

    /// <summary>The members of the log, as far as they have been heard of, this node among them.</summary>
    internal IReadOnlyList<ulong> Members
    {
        get
        {
            lock (gate)
            {
                return membership.Holds ? [.. reader.Members.Append(Id).Distinct().Order()] : [];
            }
        }
    }

    private Place Here => new(reader.Epoch, reader.Applied);

    internal async Task RunAsync()
    {
        while (!Volatile.Read(ref hasEnded))
        {
            try
            {
                await JoinAsync().ConfigureAwait(false);
                await TickAsync().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Fail(exception);
            }

            await PauseAsync().ConfigureAwait(false);
        }
    }

    internal void Add(INodeFeed feed)
    {
        lock (gate)
        {
            reader.Add(feed);
            AddFacts(feed, feed.Facts());
            preparingSince ??= time.GetTimestamp();
        }

        telling.Start();
        replaying?.Start();
    }

    internal void Tell(INodeFeed feed, IReadOnlyList<byte[]> facts)
    {
        lock (gate)
        {
            AddFacts(feed, facts);
        }

        telling.Start();
    }

    internal Publication Tell(LogEntryKind kind, ulong write, NodeMessage message, UntoldWrite? untold = null)
    {
        Publication publication;
        lock (gate)
        {
            publication = outbox.Add(kind, write, message, untold);
            if (hasEnded)
            {
                outbox.Abandon();
            }
        }

        telling.Start();
        return publication;
    }

    internal void Touch(ReadOnlySpan<TagPath> paths)
    {
        lock (gate)
        {
            reader.Touch(paths);
        }
    }

    /// <summary>Whether nothing that this node has heard of, after what was applied at a stamp, has touched any of the paths; false if it can't be known.</summary>
    internal bool IsUntouchedSince(ReadOnlySpan<DependencyPath> paths, ulong epoch, HlcStamp stamp)
    {
        lock (gate)
        {
            return epoch == reader.Epoch && stamp != HlcStamp.None && reader.IsUntouchedSince(paths, stamp);
        }
    }

    /// <summary>Whether the log has an entry, as its own answers show: what was announced may be anybody's.</summary>
    internal bool IsVouched(ulong epoch, HlcStamp stamp)
    {
        lock (gate)
        {
            return membership.Holds && epoch == reader.Epoch && stamp <= vouched;
        }
    }

    /// <summary>As the other, once it can be known; false if it can't, or isn't within two signs of life.</summary>
    internal async ValueTask<bool> VouchedAsync(ulong epoch, HlcStamp stamp)
    {
        LogWaiters.Waiter waiter;
        lock (gate)
        {
            if (!membership.Holds || epoch != reader.Epoch)
            {
                return false;
            }

            if (stamp <= vouched)
            {
                return true;
            }

            waiter = vouches.Add(stamp);
        }

        return await WithinAsync(vouches, waiter, 2 * options.HeartbeatInterval).ConfigureAwait(false) && IsVouched(epoch, stamp);
    }

    /// <summary>Takes no lock once it is over.</summary>
    internal bool IsPreparing => !prepared.Task.IsCompleted && PreparationLeft > TimeSpan.Zero;

    /// <summary>Somebody is about to read: from now on the preparation lasts.</summary>
    internal void Prepare()
    {
        lock (gate)
        {
            preparingSince ??= time.GetTimestamp();
            if (membership.Holds && reader.Replayed is null)
            {
                prepared.TrySetResult();
            }
        }

        replaying?.Start();
    }

    /// <summary>Ends once <see cref="IsPreparing"/> does.</summary>
    internal Task PreparedAsync() => calls.WithinAsync(prepared.Task, PreparationLeft);

    private TimeSpan PreparationLeft
    {
        get
        {
            lock (gate)
            {
                return preparingSince is { } since ? options.RequestTimeout - time.GetElapsedTime(since) : options.RequestTimeout;
            }
        }
    }

    /// <summary>Takes no lock of the session's.</summary>
    internal (ulong Epoch, HlcStamp Stamp) SeenAt(long fence) => reader.SeenAt(fence);

    /// <summary>How long the log may yet take this node to be alive, at most.</summary>
    internal TimeSpan LeaseLeft()
    {
        lock (gate)
        {
            return hasEnded ? TimeSpan.Zero : membership.LeaseLeft(wasMember: reader.Epoch != 0);
        }
    }

    /// <summary>Asks the log once; ends with true once all was applied that was in it then, and nobody may be writing unheard. While the log
    /// doesn't answer, only the signs of life ask it.</summary>
    internal async ValueTask<bool> CatchUpWithHeadAsync()
    {
        if (await asking.AskAsync().ConfigureAwait(false) is not { IsStrict: true, IsSuspect: false } state)
        {
            return false;
        }

        LogWaiters.Waiter waiter;
        lock (gate)
        {
            if (!membership.Holds || state.Epoch != reader.Epoch)
            {
                return false;
            }

            if (reader.Applied >= state.Head)
            {
                return true;
            }

            waiter = waiters.Add(state.Head);
        }

        return await CatchUpAsync(waiter, options.RequestTimeout).ConfigureAwait(false);
    }

    /// <summary>Whether feeds take part, and everything that they have come to know counts for what the log has told before.</summary>
    internal bool AreFeedsSettled
    {
        get
        {
            lock (gate)
            {
                return reader.Feeds.Any() && reader.Feeds.All(static f => f.IsSettled);
            }
        }
    }

    /// <summary>Waits until what a token names was applied; false if it can't be known, or takes too long.</summary>
    internal async ValueTask<bool> ReachAsync(ConsistencyToken token)
    {
        LogWaiters.Waiter waiter;
        lock (gate)
        {
            if (!membership.Holds || (token.IsStamped && token.Epoch != reader.Epoch))
            {
                return false;
            }

            if (token.IsStamped ? reader.Applied >= token.Stamp : reader.ToldBy(token.Node) >= token.Number)
            {
                return true;
            }

            waiter = token.IsStamped ? waiters.Add(token.Stamp) : waiters.Add(token.Node, token.Number);
        }

        return await CatchUpAsync(waiter, options.TokenWait).ConfigureAwait(false);
    }

    private async ValueTask<bool> CatchUpAsync(LogWaiters.Waiter waiter, TimeSpan atMost)
    {
        reading.Start();
        return await WithinAsync(waiters, waiter, atMost).ConfigureAwait(false);
    }

    private async ValueTask<bool> WithinAsync(LogWaiters all, LogWaiters.Waiter waiter, TimeSpan atMost)
    {
        var reached = waiter.Reached.Task;
        if (await calls.WithinAsync(reached, atMost).ConfigureAwait(false))
        {
            return await reached.ConfigureAwait(false);
        }

        lock (gate)
        {
            all.Remove(waiter);
        }

        return false;
    }

    /// <summary>Ends the membership, cleanly if everything was told.</summary>
    public void Dispose() => _ = EndAsync();

    /// <summary>As <see cref="Dispose"/>; ends when the log has been told, or hasn't answered in time, and disposes it.</summary>
    internal async Task EndAsync()
    {
        bool mayLeave;
        lock (gate)
        {
            if (hasEnded)
            {
                return;
            }

            hasEnded = true;
            leavesCleanly = !outbox.HasWrites && !outbox.HasOpenMarks && !reader.Feeds.Any(f => f.HasOpenWrites);
            mayLeave = leavesCleanly && isListed;
            prepared.TrySetResult();
            Lose();
            outbox.Abandon();
        }

        stop.Cancel();
        subscription.Dispose();
        if (mayLeave)
        {
            await LeaveAsync().ConfigureAwait(false);
        }

        (log as IDisposable)?.Dispose();
    }

    private async Task LeaveAsync()
    {
        try
        {
            await AnswerAsync(log.LeaveAsync(Id, CancellationToken.None)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The lease runs out by itself.
            Fail(exception);
        }
    }

    private async Task JoinAsync()
    {
        lock (gate)
        {
            if (membership.Holds || hasEnded)
            {
                return;
            }
        }

        var sent = membership.Now;
        LogJoin request;
        lock (gate)
        {
            isListed = true;
            request = new LogJoin(Id, random(), options.IsStrict, options.LeaseTime, options.SuspectTime, reader.Epoch, [.. reader.Members.Where(m => m != Id)]);
        }

        var joined = await AnswerAsync(log.JoinAsync(request, stop.Token)).ConfigureAwait(false);
        lock (gate)
        {
            if (hasEnded)
            {
                // It ended while this was under way. What it has written and not told is for its lease to say.
                if (leavesCleanly)
                {
                    _ = LeaveAsync();
                }

                return;
            }

            // In this order: a hit takes no lock, and may be given as soon as the membership holds.
            var isNewEpoch = joined.State.Epoch != reader.Epoch;
            reader.Begin(joined);
            Vouch(reader.Applied);
            if (isNewEpoch)
            {
                // They stand in the log that was before, of which nothing that is judged here knows.
                while (unmet.TryDequeue(out var met))
                {
                    met.Write.Met();
                }
            }

            ForgetMet();
            membership.Begin(joined.State, isNewEpoch, sent);
            clock.Receive(reader.Applied);
            if (isNewEpoch)
            {
                outbox.Restart();
            }

            foreach (var feed in reader.Feeds)
            {
                AddFacts(feed, feed.Facts());
            }
        }

        counters.Joined(Id, joined.State.Epoch);
        telling.Start();
        replaying?.Start();
    }

    /// <summary>Reads some of what was in the log before this membership.</summary>
    private async Task<bool> ReplayAsync()
    {
        Place from;
        HlcStamp after;
        lock (gate)
        {
            if (!membership.Holds || reader.Replayed is not { } replayed)
            {
                return false;
            }

            (from, after) = (Here, replayed);
        }

        var page = await AnswerAsync(log.ReadAsync(Id, after, PageSize, stop.Token)).ConfigureAwait(false);
        lock (gate)
        {
            if (!Take(page.State, from))
            {
                return false;
            }

            if (reader.Replayed != after || reader.Replay(page.Entries))
            {
                return true;
            }

            if (preparingSince is not null)
            {
                prepared.TrySetResult();
            }

            return false;
        }
    }

    private void Vouch(HlcStamp applied)
    {
        vouched = applied;
        vouches.Reach(applied, 0, 0);
    }

    private void ForgetMet()
    {
        while (unmet.TryPeek(out var first) && first.Stamp <= reader.Applied)
        {
            unmet.Dequeue().Write.Met();
        }
    }

    private void AddFacts(INodeFeed feed, IReadOnlyList<byte[]> facts)
    {
        foreach (var fact in facts)
        {
            var message = new NodeMessage([], [(feed.Id, fact)]);
            if (!reader.HasFact(message.Encode()))
            {
                outbox.Add(LogEntryKind.Fact, 0, message);
            }
        }
    }

    private async Task TickAsync()
    {
        if (await AskAsync().ConfigureAwait(false) is { } state)
        {
            if (Position.Applied != state.Head)
            {
                reading.Start();
            }

            telling.Start();
            replaying?.Start();
        }
    }

    /// <summary>Gives a sign of life, and asks for the state; null if there is none that counts.</summary>
    private async Task<LogState?> AskAsync()
    {
        var sent = membership.Now;
        Place place;
        LogTick tick;
        lock (gate)
        {
            if (!membership.Holds)
            {
                return null;
            }

            (place, tick) = (Here, membership.Sign(Id, hasToldAll: !outbox.HasWrites));
        }

        try
        {
            var state = await AnswerAsync(log.TickAsync(tick, stop.Token)).ConfigureAwait(false);
            lock (gate)
            {
                if (!Take(state, place))
                {
                    return null;
                }

                if (reader.Applied == state.Head)
                {
                    membership.Confirm(sent);
                    Vouch(reader.Applied);
                }

                return state;
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
            return null;
        }
    }

    /// <summary>The log's answer, within the time allowed.</summary>
    private async Task<T> AnswerAsync<T>(Task<T> request)
    {
        var answer = await calls.Answer(request).ConfigureAwait(false);
        counters.LogAnswered();
        return answer;
    }

    /// <summary>Looks at the state that an answer tells; false if the membership doesn't hold, or the answer isn't of this one.</summary>
    private bool Take(LogState state, Place sentFrom)
    {
        if (!membership.Holds || sentFrom.Epoch != reader.Epoch)
        {
            return false;
        }

        if (state.Epoch != reader.Epoch || !state.IsMember || state.Head < sentFrom.Applied)
        {
            Lose();
            return false;
        }

        membership.Hear(state);
        return true;
    }

    private void Lose()
    {
        membership.End();
        waiters.GiveUp();
        vouches.GiveUp();

        // At once, unless memberships don't last: then as often as there are signs of life.
        if (hasEnded || membership.HasLasted)
        {
            isWoken = true;
            wake.TrySetResult();
        }
    }

    private void Announced(LogEntry entry)
    {
        lock (gate)
        {
            if (!membership.Holds)
            {
                return;
            }

            if (entry.Stamp <= reader.Applied)
            {
                if (!reader.MayHave(entry))
                {
                    Lose();
                }

                return;
            }

            // What is further ahead than the log lets anything be isn't from there: what is there is read.
            if (entry.Stamp.Milliseconds <= membership.LogTime + (long)(options.MaxClockSkew + options.RequestTimeout).TotalMilliseconds && Follow(entry))
            {
                return;
            }
        }

        reading.Start();
    }

    private bool Follow(LogEntry entry)
    {
        if (!reader.Follow(entry))
        {
            return false;
        }

        clock.Receive(entry.Stamp);
        ForgetMet();
        waiters.Reach(entry.Stamp, entry.Node, reader.ToldBy(entry.Node));
        return true;
    }

    /// <summary>Reads what is missing.</summary>
    private async Task<bool> ReadOnAsync()
    {
        var sent = membership.Now;
        Place from;
        lock (gate)
        {
            if (!membership.Holds)
            {
                return false;
            }

            from = Here;
        }

        var page = await AnswerAsync(log.ReadAsync(Id, from.Applied, PageSize, stop.Token)).ConfigureAwait(false);
        lock (gate)
        {
            if (!Take(page.State, from))
            {
                return false;
            }

            var before = reader.Applied;
            if (page.Entries.All(e => e.Stamp <= reader.Applied || Follow(e)))
            {
                if (reader.Applied > before || reader.Applied == page.State.Head)
                {
                    Vouch(reader.Applied);
                }

                if (reader.Applied == page.State.Head)
                {
                    membership.Confirm(sent);
                    return false;
                }

                // Announcements may have come in the meantime that are newer than what was read.
                if (page.Entries.Count > 0 || reader.Applied > from.Applied)
                {
                    return true;
                }
            }

            Lose();
            return false;
        }
    }

    /// <summary>Tells the first of what is to be told.</summary>
    private async Task<bool> AppendAsync()
    {
        Publication next;
        Place place;
        lock (gate)
        {
            if (!membership.Holds || outbox.Send() is not { } first)
            {
                return false;
            }

            (next, place) = (first, Here);
        }

        var request = new LogAppend(place.Epoch, clock.Next(), next.Kind, Id, next.Sent.Position, next.Sent.Told, next.Write, next.Body);
        var appended = await AnswerAsync(log.AppendAsync(request, stop.Token)).ConfigureAwait(false);
        lock (gate)
        {
            if (!Take(appended.State, place))
            {
                return false;
            }

            outbox.Remove(next);
            foreach (var write in next.Untold)
            {
                // What it had taken in before stands no later than its head.
                unmet.Enqueue((appended.Entry?.Stamp ?? appended.State.Head, write));
            }

            ForgetMet();
            next.End(appended.Entry is { } taken ? ConsistencyToken.At(place.Epoch, taken.Stamp) : null);
        }

        if (appended.Entry is { } entry)
        {
            Announced(entry);
            lock (gate)
            {
                // The log itself has told what it follows, and what was applied before is that.
                if (membership.Holds && place.Epoch == reader.Epoch && reader.Applied == entry.Stamp)
                {
                    Vouch(entry.Stamp);
                }
            }
        }

        return true;
    }

    /// <summary>Until the next sign of life is due, or the membership is lost.</summary>
    private Task<bool> PauseAsync()
    {
        lock (gate)
        {
            wake = new TaskCompletionSource(calls.Waits);
            if (isWoken)
            {
                wake.SetResult();
            }

            isWoken = false;
            return calls.WithinAsync(wake.Task, options.HeartbeatInterval);
        }
    }

    /// <summary>Whoever meets a failure goes on without the log, which is tried again.</summary>
    private void Fail(Exception exception)
    {
        membership.IsReachable = false;
        prepared.TrySetResult();
        Count(exception);
        if (!Volatile.Read(ref hasEnded))
        {
            counters.LogUnreachable(exception.Message);
        }
    }

    private void Count(Exception exception)
    {
        if (!Volatile.Read(ref hasEnded))
        {
            counters.LogFailed(NameOf(exception), exception.Message);
        }
    }

    /// <summary>The type, and the code with which messages of servers begin: NOPERM, OOM, READONLY.</summary>
    private static string NameOf(Exception exception)
    {
        var code = exception.Message.AsSpan();
        var end = code.IndexOf(' ');
        code = end < 0 ? code : code[..end];
        return code.Length is > 1 and < 20 && !code.ContainsAnyExceptInRange('A', 'Z') ? $"{exception.GetType().Name} {code}" : exception.GetType().Name;
    }

    /// <summary>How far this node was when it sent a request.</summary>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Place(ulong Epoch, HlcStamp Applied);
}
