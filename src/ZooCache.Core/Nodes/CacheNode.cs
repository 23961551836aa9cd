namespace ZooCache;

/// <summary>What a simulation puts in the place of chance and of threads: those who wait go on where what they waited for happens.</summary>
/// <param name="Random">Gives the random numbers.</param>
internal sealed record NodeTiming(Func<ulong> Random);

/// <summary>
/// This process's part in a log that several nodes share: it tells them what was written here, applies what they tell, and says whether an
/// answer of the cache may be given. Nothing here throws to a caller because of the log. Thread-safe; not to be called by whoever holds
/// a lock of a feed or of the trie.
/// </summary>
internal sealed class CacheNode : IDisposable
{
    private readonly NodeOptions options;
    private readonly TimeProvider time;
    private readonly LogCalls calls;
    private readonly LogSession session;
    private ulong writes;

    internal CacheNode(TagTrie trie, IInvalidationLog log, NodeOptions options, TimeProvider time, CacheCounters counters, NodeTiming? timing = null, bool readsStores = false)
    {
        this.options = options;
        this.time = time;
        calls = new LogCalls(time, options.RequestTimeout, timing is null ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
        session = new LogSession(trie, log, options, time, counters, timing?.Random ?? (static () => (ulong)Random.Shared.NextInt64(1, long.MaxValue)), calls, readsStores);
        Untold = readsStores ? new UntoldWrites() : null;
    }

    /// <summary>What was written here and isn't met in the log yet; null where nothing is read that somebody else has kept.</summary>
    internal UntoldWrites? Untold { get; }

    /// <summary>A random number that names this node among the others.</summary>
    internal ulong Id => session.Id;

    /// <summary>Whether writes place marks before they commit.</summary>
    internal bool IsStrict => session.Membership.IsStrict;

    /// <summary>The last entry that was applied, in which epoch, and how much is left to tell.</summary>
    internal (ulong Epoch, HlcStamp Applied, int ToTell) Position => session.Position;

    /// <summary>The members of the log, as far as this one has heard of them; none while it isn't one itself.</summary>
    internal IReadOnlyList<ulong> Members => session.Members;

    /// <summary>Whether the log has told, within the time allowed, that nothing is missing: judged at each hit. Takes no lock.</summary>
    /// <remarks>By the larger of the wall clock's and the monotonic clock's difference: either may stand still or be set.</remarks>
    internal bool IsConfirmed
        => Confirmed is { } last
            && time.GetElapsedTime(last.Timestamp) <= options.MaxStaleness
            && time.GetUtcNow() - last.Wall <= options.MaxStaleness;

    /// <summary>For how long something may have been missed: since when the log hasn't shown that nothing was, or since the node has begun. Takes no lock.</summary>
    internal TimeSpan Lag => time.GetElapsedTime(session.Membership.LastConfirmed.Timestamp);

    /// <summary>Whether the log has said last that somebody may be writing unheard: for explanations.</summary>
    internal bool IsSuspect => session.Membership.IsSuspect;

    /// <summary>When the newest request was sent that has shown that nothing was missing; null if none holds.</summary>
    internal Moment? Confirmed => session.Membership.Confirmed;

    /// <summary>Begins to take part, and goes on until it is disposed.</summary>
    internal void Start()
    {
        using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
        {
            _ = session.RunAsync();
        }
    }

    /// <summary>Has a feed take part, in what stands and from now on.</summary>
    internal void Add(INodeFeed feed) => session.Add(feed);

    /// <summary>Tells the others what a feed has learnt.</summary>
    internal void Tell(INodeFeed feed, IReadOnlyList<byte[]> facts) => session.Tell(feed, facts);

    /// <summary>Tells the others of a write that is over.</summary>
    /// <param name="message">What it has changed.</param>
    /// <param name="write">The write, if it was marked; else 0.</param>
    /// <param name="untold">What was noted of it.</param>
    internal Publication Publish(NodeMessage message, ulong write = 0, UntoldWrite? untold = null)
    {
        var publication = session.Tell(write == 0 ? LogEntryKind.Change : LogEntryKind.Done, write, message, untold);
        ConsistencySession.Wrote(this, publication);
        return publication;
    }

    /// <summary>The number of a write that is to be marked.</summary>
    internal ulong NextWrite() => Interlocked.Increment(ref writes);

    /// <summary>
    /// Tells the others what a write will change, and ends once it may commit: they know, or have surely stopped to believe that this node
    /// tells them what it does. Told again of the same write, it takes the place of what was told before.
    /// </summary>
    /// <param name="message">What it may change.</param>
    /// <param name="write">The write's number.</param>
    internal Task MarkAsync(NodeMessage message, ulong write) => SettleAsync(session.Tell(LogEntryKind.Mark, write, message));

    /// <summary>Tells the others of something that was written already, and waits as saves do; in strict mode until they know, or have surely
    /// stopped to believe this node.</summary>
    /// <param name="message">What was written.</param>
    /// <param name="untold">What was noted of it.</param>
    internal Publication PublishAndWait(NodeMessage message, UntoldWrite? untold = null)
    {
        var publication = Publish(message, untold: untold);
        WaitTold(publication);
        return publication;
    }

    /// <summary>Waits for others to know of something that was written already, as saves do; in strict mode until they do, or have surely stopped to believe this node.</summary>
    internal void WaitTold(Publication publication)
    {
        if (IsStrict)
        {
            SettleAsync(publication).GetAwaiter().GetResult();
        }
        else
        {
            Wait(publication);
        }
    }

    /// <summary>As the other, without blocking.</summary>
    internal Task WaitToldAsync(Publication publication) => IsStrict ? SettleAsync(publication) : WaitAsync(publication);

    private async Task SettleAsync(Publication publication)
    {
        for (var left = session.LeaseLeft(); !publication.Appended.IsCompleted && left > TimeSpan.Zero; left = session.LeaseLeft())
        {
            await calls.WithinAsync(publication.Appended, left).ConfigureAwait(false);
        }
    }

    /// <summary>What names a write, by what is known of it now.</summary>
    internal ConsistencyToken TokenOf(Publication publication)
        => publication.Place ?? ConsistencyToken.Of(Id, publication.Number);

    /// <summary>Waits for a write to be told to the others, as long as saves do; not at all where the log isn't to be reached.</summary>
    internal Task WaitAsync(Publication publication)
        => session.Membership.IsReachable ? calls.WithinAsync(publication.Appended, options.AppendWait) : Task.CompletedTask;

    /// <summary>As the other, and blocks.</summary>
    internal void Wait(Publication publication)
    {
        if (session.Membership.IsReachable)
        {
            publication.Appended.Wait(options.AppendWait);
        }
    }

    /// <summary>Whether a cached answer may be given that shows all that was committed, on any node, before this was called. One round
    /// trip to the log, and more if something was missing.</summary>
    internal ValueTask<bool> ConfirmAsync() => session.CatchUpWithHeadAsync();

    /// <summary>Whether what a token names is invalid here by now; waits for it, for a while.</summary>
    internal ValueTask<bool> ReachAsync(ConsistencyToken token)
        => token.Node == Id ? ValueTask.FromResult(true) : session.ReachAsync(token);

    /// <summary>
    /// Whether an answer that was loaded elsewhere, when an entry of the log was applied there, is right here and now as far as this node knows: nothing since has
    /// touched what it depends on, neither here nor anywhere of which this node has heard. What is bumped after the fill's fence is for whoever stores it to see.
    /// </summary>
    /// <param name="fill">What it is to be stored by, begun before the answer was asked for.</param>
    /// <param name="paths">What it depends on.</param>
    /// <param name="epoch">The epoch of the log.</param>
    /// <param name="stamp">The entry.</param>
    internal bool MayUse(Fill fill, ReadOnlySpan<DependencyPath> paths, ulong epoch, HlcStamp stamp)
        => Untold is { } untold && IsConfirmed && !untold.Overlaps(fill.Dependencies) && session.IsUntouchedSince(paths, epoch, stamp);

    /// <summary>Whether others may judge by an entry of the log what was loaded when it was applied here: the log has shown that it has it.</summary>
    internal bool IsVouched(ulong epoch, HlcStamp stamp) => session.IsVouched(epoch, stamp);

    /// <summary>As <see cref="IsVouched"/>, once that can be known; false if it can't, or isn't within two signs of life.</summary>
    internal ValueTask<bool> VouchedAsync(ulong epoch, HlcStamp stamp) => session.VouchedAsync(epoch, stamp);

    /// <summary>Whether this node has only begun: it isn't a member yet, or hasn't read yet what it needs to judge what others have loaded. Not for longer than
    /// <see cref="NodeOptions.RequestTimeout"/>, and only where something is asked of a store. Takes no lock once it is over.</summary>
    internal bool IsPreparing => session.IsPreparing;

    /// <summary>Somebody is about to read who needs no feed.</summary>
    internal void Prepare() => session.Prepare();

    /// <summary>Ends once <see cref="IsPreparing"/> does.</summary>
    internal Task PreparedAsync() => session.PreparedAsync();

    /// <summary>What a load with this fence had surely seen of the log: the epoch, and the newest entry.</summary>
    internal (ulong Epoch, HlcStamp Stamp) SeenAt(long fence) => session.SeenAt(fence);

    /// <summary>Whether this node hears whenever one of the paths is invalidated elsewhere, also if nothing here has depended on it yet: what entities are stored in is told by a feed, which takes
    /// part once there is something that it could tell of.</summary>
    internal bool HearsOf(ReadOnlySpan<DependencyPath> paths)
    {
        foreach (var path in paths)
        {
            if (FeedPaths.Concern(path))
            {
                return session.AreFeedsSettled;
            }
        }

        return true;
    }

    /// <summary>Nothing is known of what the log has told of these paths: they count as touched.</summary>
    internal void Touch(ReadOnlySpan<TagPath> paths)
    {
        Untold?.Widen(paths);
        session.Touch(paths);
    }

    /// <summary>Ends the membership, cleanly if everything was told.</summary>
    public void Dispose() => session.Dispose();

    /// <summary>As the other; ends when the log knows it, or hasn't answered in time.</summary>
    internal Task EndAsync() => session.EndAsync();
}
