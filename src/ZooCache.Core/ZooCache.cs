using Microsoft.Extensions.Logging.Abstractions;
using ZooCache.Codec;

namespace ZooCache;

/// <summary>
/// A cache of query results that knows what each of them depends on. Thread-safe. Several can live in one process; they
/// share nothing.
/// </summary>
/// <remarks>
/// Invariant: an answer is handed out only if nothing it depends on was bumped since its fence, and that is judged on every
/// read. Look-ups and stores wait for no I/O, and no lock is held across any.
/// </remarks>
public sealed partial class ZooCache : IDisposable, IAsyncDisposable
{
    private static readonly Lazy<ZooCache> LazyShared = new(static () => new ZooCache());
    private static readonly TagPath[] Everything = [TagPath.Root];
    private static readonly DependencyPath[] OnClearOnly = [new(TagPath.Root, Subtree: false)];

    /// <summary>The most dependencies of an entry; beyond them siblings become one dependency on all that is below their parent.</summary>
    private const int MostDependencies = 1024;

    private readonly EntryClock clock;
    private readonly CacheMeasurements metrics;
    private readonly MemoryStore store;
    private readonly FenceHistory history;
    private readonly Sweeper sweeper;
    private readonly ICacheStore? sharedStore;
    private volatile bool enabled;

    /// <summary>Makes a cache.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names it.</exception>
    public ZooCache(ZooCacheOptions? options = null)
    {
        Options = (options ?? new ZooCacheOptions()).Copy();
        Options.Validate();
        enabled = Options.Enabled;
        StartedAt = Options.TimeProvider.GetUtcNow();
        Counters = new CacheCounters(Prefix, (Options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger(CacheLog.Category));
        clock = new EntryClock(Options.TimeProvider);
        metrics = new CacheMeasurements(Prefix);
        history = new FenceHistory(Trie, clock);
        store = new MemoryStore(Trie, Options.ByteBudget, Options.EntryLimit, Counters.Evictions);
        Flights = new FlightTable(Options.TimeProvider);
        Watchdog = Options.WatchdogShare > 0 ? new Watchdog(this, Options.WatchdogShare) : null;
        sweeper = new Sweeper(this, Options.TimeProvider, Options.SweepInterval);
        ZooCacheMetrics.Register(this);
        if (Options.Log is { } makeLog)
        {
            Node = new CacheNode(Trie, makeLog(Options), Options.Nodes, Options.TimeProvider, Counters, Options.NodeTiming, Options.ReadsStores || Options.SharedStore is not null);
            if (Options.SharedStore is { } makeStore)
            {
                sharedStore = makeStore(Options);
                Answers = new SharedAnswers(Node, new SharedStore(sharedStore, Options.Store, Options.TimeProvider, Counters), new PayloadCodec(Options.Store.Compressor), Counters, Options.TimeProvider, Options.MaximumResultBytes);
            }

            if (Options.NodeTiming is null)
            {
                Node.Start();
            }
        }
    }

    /// <summary>The process's cache with default settings, made when first asked for. Disposing it has no effect.</summary>
    public static ZooCache Shared => LazyShared.Value;

    /// <summary>The cache's name in metrics: <see cref="ZooCacheOptions.Prefix"/>.</summary>
    public string Prefix => Options.Prefix;

    /// <summary>
    /// Whether the cache takes part: a switch for the time that it runs, safe to turn from any thread. While it is off every
    /// query goes to the database (reason <c>disabled</c>) and nothing is stored; writes go on invalidating, so that what was
    /// kept is as good as before once it is on again. Default: <see cref="ZooCacheOptions.Enabled"/>.
    /// </summary>
    public bool Enabled
    {
        get => enabled;
        set => enabled = value;
    }

    internal ZooCacheOptions Options { get; }

    internal TagTrie Trie { get; } = new();

    internal FlightTable Flights { get; }

    internal EntryClock Clock => clock;

    /// <summary>The part in a log that is shared with other processes; null if there is none.</summary>
    internal CacheNode? Node { get; }

    /// <summary>What nodes load for one another; null where they don't.</summary>
    internal SharedAnswers? Answers { get; }

    internal CacheCounters Counters { get; }

    /// <summary>What became of the executions of each query.</summary>
    internal QueryFiguresTable Queries { get; } = new();

    internal DateTimeOffset StartedAt { get; }

    /// <summary>Null where nobody watches.</summary>
    internal Watchdog? Watchdog { get; }

    internal (int Count, long Bytes) Totals => store.Totals;

    internal IEnumerable<CacheEntry> Entries => store.Entries;

    /// <summary>A test's view into a write, between its mark and its bump. Null in production.</summary>
    internal Action<WriteStep>? Probe { get; set; }

    /// <summary>Invalidates a tag and everything below it, at once. Other nodes are told, and waited for up to <see cref="NodeOptions.AppendWait"/>;
    /// in strict mode until they know.</summary>
    /// <param name="tag">Such as <c>user:42:orders</c>; see <see cref="TagPath.Parse"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="tag"/> is null or empty.</exception>
    /// <exception cref="FormatException"><paramref name="tag"/> is not a tag.</exception>
    public void Invalidate(string tag) => InvalidateAndTell(tag);

    /// <summary>As the other, by a path, whose segments may be anything: for what comes from outside.</summary>
    /// <param name="tag">Such as <c>TagPath.Of("user", name)</c>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tag"/> is null.</exception>
    public void Invalidate(TagPath tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        Tell(Publish([tag], nameof(Invalidate)));
    }

    /// <summary>As <see cref="Invalidate(string)"/>, without blocking.</summary>
    /// <param name="tag">Such as <c>user:42:orders</c>.</param>
    /// <param name="cancellationToken">Ends the wait for the other nodes; they are told all the same.</param>
    /// <returns>It is invalid here when this is called; ends when the others know, or after <see cref="NodeOptions.AppendWait"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="tag"/> is null or empty.</exception>
    /// <exception cref="FormatException"><paramref name="tag"/> is not a tag.</exception>
    public Task InvalidateAsync(string tag, CancellationToken cancellationToken = default) => InvalidateAsync(TagPath.Parse(tag), cancellationToken);

    /// <summary>As <see cref="Invalidate(TagPath)"/>, without blocking.</summary>
    /// <param name="tag">Such as <c>TagPath.Of("user", name)</c>.</param>
    /// <param name="cancellationToken">Ends the wait for the other nodes; they are told all the same.</param>
    /// <returns>It is invalid here when this is called; ends when the others know, or after <see cref="NodeOptions.AppendWait"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="tag"/> is null.</exception>
    public Task InvalidateAsync(TagPath tag, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return TellAsync(Publish([tag], nameof(Invalidate)), cancellationToken);
    }

    /// <summary>Begins a session of one user in the current flow of control: <c>using var session = cache.BeginSession(text)</c>. What reads in it shows what the user has written on any
    /// node.</summary>
    /// <param name="text">What <see cref="ConsistencySession.ToString"/> gave last; null, or what is no such text, for none. It may come from anybody: what nobody has made costs a query of the database.</param>
    /// <returns>The session, to be disposed in the method that has begun it.</returns>
    public ConsistencySession BeginSession(string? text = null) => new(this, text);

    /// <summary>Invalidates everything and drops every entry. A load that is under way is not stored. Other nodes are told as by
    /// <see cref="Invalidate(string)"/>.</summary>
    public void Clear() => ClearAndTell();

    /// <summary>Drops what is expired or invalid now. The cache does so itself every <see cref="ZooCacheOptions.SweepInterval"/>.</summary>
    /// <returns>How many entries were dropped.</returns>
    public int Purge()
    {
        var now = clock.Now;
        return store.Entries.Count(entry => (entry.IsExpired(now) || !entry.IsValid(Trie)) && store.Remove(entry));
    }

    /// <summary>What the cache has done, and what it holds.</summary>
    /// <returns>A snapshot.</returns>
    public CacheStatistics GetStatistics() => new(Counters, clock.Span(Counters.TimeSaved.Value), store.Totals, Trie);

    /// <summary>
    /// Drops every entry and stops the sweeper. From then on every look-up misses and nothing is stored; nothing throws. With other nodes,
    /// waits until they know that this one has gone, for at most <see cref="NodeOptions.RequestTimeout"/>: else they would have to suspect
    /// it of writing unheard.
    /// </summary>
    public void Dispose()
    {
        var gone = EndAsync();

        // Nobody waits in a simulation, where time stands still meanwhile.
        if (Options.NodeTiming is null)
        {
            gone.GetAwaiter().GetResult();
        }
    }

    /// <summary>As <see cref="Dispose"/>, without blocking.</summary>
    /// <returns>Ends with the disposal.</returns>
    public ValueTask DisposeAsync() => new(EndAsync());

    private Task EndAsync()
    {
        if (LazyShared.IsValueCreated && ReferenceEquals(this, Shared))
        {
            return Task.CompletedTask;
        }

        var gone = EndSharingAsync();
        sweeper.Dispose();
        ZooCacheMetrics.Unregister(this);
        store.Clear(close: true);
        return gone;
    }

    private async Task EndSharingAsync()
    {
        await (Node?.EndAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        (sharedStore as IDisposable)?.Dispose();
    }

    /// <returns>What the other nodes are told; null if there are none.</returns>
    internal Publication? InvalidateAndTell(string tag)
    {
        var told = Publish([TagPath.Parse(tag)], nameof(Invalidate));
        Tell(told);
        return told;
    }

    /// <summary>Invalidates, and tells the other nodes without waiting for them.</summary>
    /// <returns>What they are told; null if there are none.</returns>
    internal Publication? Publish(TagPath[] paths, string cause)
    {
        Counters.Invalidations.Add(InvalidationFeed.Application, paths);
        var untold = BumpUntold(paths, cause);
        return Node?.Publish(new NodeMessage(paths, []), untold: untold);
    }

    private void Tell(Publication? told)
    {
        if (told is not null)
        {
            Node!.WaitTold(told);
        }
    }

    internal Task TellAsync(Publication? told, CancellationToken cancellationToken)
        => told is null ? Task.CompletedTask : Node!.WaitToldAsync(told).WaitAsync(cancellationToken);

    /// <returns>What the other nodes are told; null if there are none.</returns>
    internal Publication? ClearAndTell()
    {
        Counters.Invalidations.Add(InvalidationFeed.Application, Everything);
        var untold = BumpUntold(Everything, nameof(Clear));
        store.Clear();
        return Node?.PublishAndWait(NodeMessage.Everything, untold);
    }

    /// <summary>Bumps what the other nodes are told of next.</summary>
    internal UntoldWrite? BumpUntold(TagPath[] paths, string cause)
    {
        var untold = Node?.Untold?.Begin();
        untold?.Add(paths);
        Trie.Bump(paths, cause, ZooCacheActivities.Current);
        return untold;
    }

    /// <summary>
    /// Looks a key up and judges what it finds: an entry that is dead is removed, not handed out. Counts nothing: the
    /// caller knows whether this was a hit in the end.
    /// </summary>
    internal LookupStatus TryGet(ReadOnlySpan<byte> key, out CacheEntry? entry) => TryGet(key, out entry, out _);

    /// <summary>As the other; says of an entry that was invalidated which bump has done it.</summary>
    internal LookupStatus TryGet(ReadOnlySpan<byte> key, out CacheEntry? entry, out FatalBump? fatal)
    {
        entry = null;
        fatal = null;
        if (store.Find(key) is not { } found)
        {
            return LookupStatus.NotFound;
        }

        var now = found.CanExpire ? clock.Now : 0;
        if (found.CanExpire && found.IsExpired(now))
        {
            store.Remove(found);
            return LookupStatus.Expired;
        }

        if (!found.IsValid(Trie))
        {
            fatal = Trie.FindFatal(found.Dependencies, found.Fence);
            store.Remove(found);
            return LookupStatus.Invalidated;
        }

        // It may have left the store during the walk, and then a bump may have missed its nodes.
        if (found.IsReleased)
        {
            return LookupStatus.NotFound;
        }

        found.Touch(now);
        entry = found;
        return LookupStatus.Hit;
    }

    /// <summary>What a look-up would come to now. Nothing is removed, and no read is noted.</summary>
    internal LookupStatus Peek(ReadOnlySpan<byte> key, out FatalBump? fatal)
    {
        fatal = null;
        if (store.Find(key) is not { IsReleased: false } found)
        {
            return LookupStatus.NotFound;
        }

        if (found.CanExpire && found.IsExpired(clock.Now))
        {
            return LookupStatus.Expired;
        }

        fatal = Trie.FindFatal(found.Dependencies, found.Fence);
        return fatal is null ? LookupStatus.Hit : LookupStatus.Invalidated;
    }

    /// <summary>
    /// Begins a load: pins the nodes, then reads the fence. Both before the database is asked, so that a bump from here on
    /// reaches the nodes and is newer than the fence.
    /// </summary>
    /// <param name="key">What is loaded.</param>
    /// <param name="dependencies">Everything that it can depend on.</param>
    /// <param name="lag">How far behind the answer may be when it is read; zero where the database itself answers.</param>
    /// <param name="after">What has invalidated the answer that was there.</param>
    internal Fill BeginFill(CacheKey key, ReadOnlySpan<DependencyPath> dependencies, TimeSpan lag = default, FatalBump? after = null)
    {
        if (dependencies.IsEmpty)
        {
            // What depends on nothing still depends on Clear.
            dependencies = OnClearOnly;
        }

        var pinned = new Dependency[dependencies.Length];
        Trie.Pin(dependencies, pinned);
        var fence = lag == TimeSpan.Zero ? Trie.Sequence : history.FenceBefore(clock.Units(lag));
        return new Fill(Trie, key, pinned, fence, clock.Now) 
        {
            Paths = Answers is null ? [] : dependencies.ToArray(), Activity = ZooCacheActivities.Begin(ZooCacheActivities.Fill, Prefix, after?.Origin ?? default),
        };
    }

    /// <summary>Takes an entry out, if it is there.</summary>
    internal void Drop(CacheEntry entry) => store.Remove(entry);

    /// <summary>How long ago the load of an entry has begun.</summary>
    internal TimeSpan AgeOf(CacheEntry entry) => clock.Span(Math.Max(clock.Now - entry.StartedAt, 0));

    /// <summary>How long an entry may be used from now on if nobody reads it; null for ever.</summary>
    internal TimeSpan? LifetimeOf(CacheEntry entry)
    {
        var now = clock.Now;
        var left = Math.Min(entry.Sliding, entry.ExpiresAt == EntryClock.Never ? EntryClock.Never : Math.Max(entry.ExpiresAt - now, 0));
        return left == EntryClock.Never ? null : clock.Span(left);
    }

    /// <summary>
    /// Ends a load with its result, and with what is known of its dependencies now. The fill is used up, whatever the outcome.
    /// </summary>
    /// <remarks>A node that is pinned only now takes over what its path is known to have met since the fence, or more (<see cref="TagTrie"/>).</remarks>
    internal StoreOutcome Store(Fill fill, object value, long size, EntryLifetime lifetime, Refinement refinement, out CacheEntry? entry)
    {
        var outcome = fill.TryEnd() ? Keep(fill, value, size, lifetime, refinement, out entry) : Reject(out entry);
        ZooCacheActivities.End(fill.Activity, outcome == StoreOutcome.Stored ? "stored" : ZooCacheMetrics.Reason(outcome));
        if (outcome == StoreOutcome.Stored)
        {
            Counters.Fills.Increment();
            if (fill.TellsLoadTime)
            {
                metrics.Filled(clock.Span(Math.Max(clock.Now - fill.StartedAt, 0)), fill.Key);
            }
        }
        else
        {
            Counters.FillsRejected.Increment(ZooCacheMetrics.Reason(outcome));
        }

        return outcome;
    }

    internal StoreOutcome Store(Fill fill, object value, long size, EntryLifetime lifetime, out CacheEntry? entry) =>
        Store(fill, value, size, lifetime, Refinement.None, out entry);

    /// <summary>Whether an entry that somebody else loaded may be handed out: valid now, and no write under way overlaps it.</summary>
    internal bool IsUsable(CacheEntry entry) =>
        !Trie.IsMarked(entry.Dependencies) && entry.IsValid(Trie) && !entry.IsReleased;

    /// <summary>Begins a write: marks the paths, then bumps them.</summary>
    internal WriteScope BeginWrite(ReadOnlySpan<TagPath> paths)
    {
        var scope = OpenWrite(cause: null);
        scope.Add(paths);
        return scope;
    }

    /// <summary>Begins a write that has no paths yet.</summary>
    /// <param name="cause">What writes, for people.</param>
    /// <param name="untold">Where what it touches is noted until the log has it.</param>
    /// <param name="feed">How it came to be known.</param>
    internal WriteScope OpenWrite(string? cause, UntoldWrite? untold = null, InvalidationFeed feed = InvalidationFeed.Write) => new(this, cause, untold, feed);

    internal void RecordDeclined() => Counters.FillsRejected.Increment(ZooCacheMetrics.Reason(StoreOutcome.Declined));

    /// <summary>An entry was handed out.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="began">What <see cref="CacheMeasurements.BeginHit"/> has given, or 0.</param>
    internal void RecordHit(CacheEntry entry, long began)
    {
        Counters.Hits.Increment();
        Counters.TimeSaved.Add(entry.LoadTime);
        if (began != 0)
        {
            metrics.Hit(began, entry.Key);
        }
    }

    internal void RecordMiss(string reason) => Counters.Misses.Increment(reason);

    internal void RecordFallBack(string reason) => Counters.FallBacks.Increment(reason);

    internal void RecordBypass(string reason) => Counters.Bypasses.Increment(reason);

    private static StoreOutcome Reject(out CacheEntry? entry)
    {
        entry = null;
        return StoreOutcome.Disposed;
    }

    private StoreOutcome Keep(Fill fill, object value, long size, EntryLifetime lifetime, Refinement refinement, out CacheEntry? entry)
    {
        var kept = AddFound(DropUnneeded(fill.Dependencies, refinement.Unneeded), refinement.Found);
        List<(Dependency[] Nodes, long Fence)> parts = [(kept, fill.Fence)];
        if (fill.Read is { Count: > 0 } read)
        {
            kept = Merge(kept, read, parts);
        }

        entry = null;
        var outcome = Judge(kept, parts, EntrySize.Of(fill.Key, size, kept.Length), size, out var total, out var validatedAt);
        if (outcome == StoreOutcome.Stored)
        {
            if (kept.Length > MostDependencies)
            {
                kept = Collapse(kept);
            }

            var now = clock.Now;
            var absolute = lifetime.Or(Options.DefaultExpiration).Absolute;

            // What was valid at this sequence by fences of its own is judged by this one from now on: no bump lies between.
            var made = new CacheEntry(fill.Key, value, total, kept, parts.Count == 1 ? fill.Fence : validatedAt, validatedAt)
            {
                ExpiresAt = Math.Min(clock.After(now, absolute), clock.After(fill.StartedAt, Options.MaximumAge)),
                Sliding = lifetime.Sliding is { } sliding ? clock.Units(sliding) : EntryClock.Never,
                LastRead = now,
                StartedAt = fill.StartedAt,
                LoadTime = fill.TellsLoadTime ? Math.Max(now - fill.StartedAt, 0) : 0,
                IsShared = fill.IsShared,
                VariesByContext = fill.VariesByContext,
                Oldest = Math.Min(fill.Fence, fill.Read is { Count: > 0 } others ? others.Min(o => o.Oldest) : fill.Fence),
            };
            outcome = store.Add(made);
            entry = outcome == StoreOutcome.Stored ? made : null;
        }

        if (entry is null)
        {
            Trie.Unpin(kept);
        }

        return outcome;
    }

    /// <summary>
    /// Marks before validity: a write that ended in between has bumped before it unmarked, so the walk meets its bump. One
    /// that begins after this is met when the entry is read.
    /// </summary>
    private StoreOutcome Judge(
        Dependency[] kept, List<(Dependency[] Nodes, long Fence)> parts, long size, long valueSize, out long total, out long validatedAt)
    {
        var tags = EntrySize.OfTags(kept);
        total = Math.Min(size, long.MaxValue - tags) + tags;
        validatedAt = Trie.Sequence;
        if (!Enabled)
        {
            return StoreOutcome.Disabled;
        }

        if (valueSize > Options.MaximumResultBytes || total > Options.ByteBudget)
        {
            return StoreOutcome.TooLarge;
        }

        foreach (var (nodes, _) in parts)
        {
            if (Trie.IsMarked(nodes))
            {
                return StoreOutcome.Marked;
            }
        }

        validatedAt = Trie.Sequence;
        foreach (var (nodes, fence) in parts)
        {
            if (!TagTrie.IsValid(nodes, fence))
            {
                return StoreOutcome.Invalidated;
            }
        }

        return StoreOutcome.Stored;
    }

    /// <summary>Pins, beside what a fill has pinned itself, what it has read of others, each path once; <paramref name="parts"/> tells by which fences they are judged.</summary>
    private Dependency[] Merge(Dependency[] own, IReadOnlyList<ReadDependencies> read, List<(Dependency[] Nodes, long Fence)> parts)
    {
        var kept = new HashSet<Dependency>(own);
        var twice = new List<Dependency>();
        foreach (var one in read)
        {
            var nodes = new Dependency[one.Paths.Length + one.Nodes.Length];
            Trie.Pin(one.Paths, nodes);
            Trie.Pin(one.Nodes, nodes.AsSpan(one.Paths.Length));
            parts.Add((nodes, one.Fence));
            twice.AddRange(nodes.Where(node => !kept.Add(node)));
        }

        Trie.Unpin(twice.ToArray());
        return [.. kept];
    }

    /// <summary>Fewer dependencies that are invalid whenever one of the given ones is. These are let go: they must have been judged before.</summary>
    private Dependency[] Collapse(Dependency[] kept)
    {
        var few = DependencyCollapse.Of(kept, MostDependencies);
        var pinned = new Dependency[few.Count];
        Trie.Pin(few.ToArray(), pinned);
        Trie.Unpin(kept);
        return pinned;
    }

    private Dependency[] AddFound(Dependency[] known, DependencyPath[] found)
    {
        if (found.Length == 0)
        {
            return known;
        }

        var all = new Dependency[known.Length + found.Length];
        known.CopyTo(all, 0);
        Trie.Pin(found, all.AsSpan(known.Length));
        return all;
    }

    private Dependency[] DropUnneeded(Dependency[] all, int[] indexes)
    {
        if (indexes.Length == 0)
        {
            return all;
        }

        var kept = new List<Dependency>(all.Length);
        var dropped = new List<Dependency>(indexes.Length);
        for (var i = 0; i < all.Length; i++)
        {
            (indexes.Contains(i) ? dropped : kept).Add(all[i]);
        }

        if (kept.Count == 0)
        {
            var root = new Dependency[1];
            Trie.Pin(OnClearOnly, root);
            kept.AddRange(root);
        }

        Trie.Unpin(dropped.ToArray());
        return [.. kept];
    }
}
