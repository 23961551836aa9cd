namespace ZooCache;

/// <summary>
/// What a cache has done since it was made, and what it holds. An immutable snapshot; counters that move while it is taken
/// may be one apart from each other.
/// </summary>
public sealed class CacheStatistics
{
    private readonly Dictionary<string, long> misses;
    private readonly Dictionary<string, long> bypasses;
    private readonly Dictionary<string, long> fallBacks;
    private readonly Dictionary<string, long> rejected;
    private readonly Dictionary<string, long> logFailures;
    private readonly Dictionary<string, long> storeMisses;
    private readonly Dictionary<string, long> storeRejects;
    private readonly Dictionary<string, long> watched;
    private readonly Dictionary<string, long> byFeed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> byPrecision = new(StringComparer.Ordinal);

    internal CacheStatistics(CacheCounters counters, TimeSpan timeSaved, (int Count, long Bytes) store, TagTrie trie)
    {
        Hits = counters.Hits.Value;
        misses = counters.Misses.Snapshot();
        bypasses = counters.Bypasses.Snapshot();
        fallBacks = counters.FallBacks.Snapshot();
        Fills = counters.Fills.Value;
        rejected = counters.FillsRejected.Snapshot();
        LastValueProblem = counters.LastValueProblem;
        foreach (var (feed, precision, count) in counters.Invalidations.Snapshot())
        {
            byFeed[feed] = byFeed.GetValueOrDefault(feed) + count;
            byPrecision[precision] = byPrecision.GetValueOrDefault(precision) + count;
        }

        TimeSaved = timeSaved;
        FlightJoins = counters.FlightJoins.Value;
        FlightTimeouts = counters.FlightTimeouts.Value;
        watched = counters.Watched.Snapshot();
        LastStaleAnswer = counters.LastStaleAnswer;
        Evictions = counters.Evictions.Value;
        OverdueWrites = counters.OverdueWrites.Value;
        FailedHooks = counters.FailedHooks.Value;
        LogEntries = counters.LogEntries.Value;
        LogGaps = counters.LogGaps.Value;
        LogUnreadable = counters.LogUnreadable.Value;
        LogMemberships = counters.Memberships.Value;
        logFailures = counters.LogFailures.Snapshot();
        LastLogFailure = counters.LastLogFailure;
        LastStoreFailure = counters.LastStoreFailure;
        StoreHits = counters.StoreHits.Value;
        storeMisses = counters.StoreMisses.Snapshot();
        StoreWrites = counters.StoreKept.Value;
        storeRejects = counters.StoreRejects.Snapshot();
        Entries = store.Count;
        Bytes = store.Bytes;
        TrieNodes = trie.NodeCount;
        Marks = trie.MarkCount;
        Sequence = trie.Sequence;
    }

    /// <summary>Answers given from the cache.</summary>
    public long Hits { get; }

    /// <summary>How long the loads of what was given from the cache had taken, added up for each time that it was given: what asking again would have cost, roughly. What another process
    /// had loaded counts as nothing.</summary>
    public TimeSpan TimeSaved { get; }

    /// <summary>Waits for somebody who was loading the same.</summary>
    public long FlightJoins { get; }

    /// <summary>Those of <see cref="FlightJoins"/> that took longer than they may (<see cref="ZooCacheOptions.FlightTimeout"/>).</summary>
    public long FlightTimeouts { get; }

    /// <summary>Questions that could have been answered but had to be asked of the database.</summary>
    public long Misses => misses.Values.Sum();

    /// <summary><see cref="Misses"/> by reason; at most 64 reasons and "other".</summary>
    public IReadOnlyDictionary<string, long> MissesByReason => misses;

    /// <summary>Questions that the cache kept out of.</summary>
    public long Bypasses => bypasses.Values.Sum();

    /// <summary><see cref="Bypasses"/> by reason; at most 64 reasons and "other".</summary>
    public IReadOnlyDictionary<string, long> BypassesByReason => bypasses;

    /// <summary>Questions, among the hits and misses, that had to go a longer way than others: nothing is wrong with their answers.</summary>
    public long FallBacks => fallBacks.Values.Sum();

    /// <summary><see cref="FallBacks"/> by reason; docs/performance.md lists them.</summary>
    public IReadOnlyDictionary<string, long> FallBacksByReason => fallBacks;

    /// <summary>Results that were stored.</summary>
    public long Fills { get; }

    /// <summary>Results that were loaded and not stored.</summary>
    public long FillsRejected => rejected.Values.Sum();

    /// <summary><see cref="FillsRejected"/> by reason.</summary>
    public IReadOnlyDictionary<string, long> FillsRejectedByReason => rejected;

    /// <summary>What the newest result of a cached call that couldn't be kept was, and what to do about it (reason <c>not-copyable</c>); null if there was none.</summary>
    public string? LastValueProblem { get; }

    /// <summary>Tags invalidated: by <see cref="ZooCache.Invalidate(string)"/>, by <see cref="ZooCache.Clear"/>, and by writes (each tag of a write once).</summary>
    public long Invalidations => byFeed.Values.Sum();

    /// <summary><see cref="Invalidations"/> by the way they came: <c>application</c> (by name), <c>write</c> (here), <c>log</c> (told by another node, or by the log itself).</summary>
    public IReadOnlyDictionary<string, long> InvalidationsByFeed => byFeed;

    /// <summary><see cref="Invalidations"/> by how much they concern: <c>everything</c>, <c>database</c>, <c>table</c>, <c>family</c> (a set of columns whole, or new rows), <c>value</c>
    /// (the rows with one value), <c>tag</c> (what the application names itself).</summary>
    public IReadOnlyDictionary<string, long> InvalidationsByPrecision => byPrecision;

    /// <summary>What came of asking the database although the answer was there (<see cref="ZooCacheOptions.WatchdogShare"/>): <c>same</c>; <c>reordered</c>, the same rows in another order;
    /// <c>overlapped</c>, a write came in between; <c>unknown</c>, values can't be compared; <c>unconfirmed</c>, what other nodes have told isn't known; <c>failed</c>, the database couldn't be
    /// asked; <c>unread</c>, nobody has read what it has said to its end; <c>stale</c>.</summary>
    public IReadOnlyDictionary<string, long> WatchedByResult => watched;

    /// <summary>Answers that were found to be stale: there should never be one. See <see cref="LastStaleAnswer"/>.</summary>
    public long StaleAnswers => watched.GetValueOrDefault("stale");

    /// <summary>The newest answer that was found to be stale; null if none was.</summary>
    public StaleAnswer? LastStaleAnswer { get; }

    /// <summary>Entries that had to make room.</summary>
    public long Evictions { get; }

    /// <summary>Writes whose end wasn't seen in time; what they concern isn't kept until their connections close.</summary>
    public long OverdueWrites { get; }

    /// <summary>Calls of the application's observers of invalidations that threw.</summary>
    public long FailedHooks { get; }

    /// <summary>Entries of the log of invalidations that were applied, those of this node included; 0 where no log is shared.</summary>
    public long LogEntries { get; }

    /// <summary>How often an entry of the log came before one that it follows, which was then read.</summary>
    public long LogGaps { get; }

    /// <summary>Entries of the log, or announcements of some, that couldn't be read in whole or in part: what can't be read invalidates everything.</summary>
    public long LogUnreadable { get; }

    /// <summary>How often this node has become a member of its log. More than once: it had lost the log, or the log has begun anew.</summary>
    public long LogMemberships { get; }

    /// <summary>Requests to the log that failed, and were made again.</summary>
    public long LogFailures => logFailures.Values.Sum();

    /// <summary><see cref="LogFailures"/> by the exception's type; at most 64 types and "other".</summary>
    public IReadOnlyDictionary<string, long> LogFailuresByReason => logFailures;

    /// <summary>What the newest of <see cref="LogFailures"/> said, for people; null if there was none.</summary>
    public string? LastLogFailure { get; }

    /// <summary>Answers, among the <see cref="Hits"/>, that another process had loaded and kept in a shared store; 0 where there is none.</summary>
    public long StoreHits { get; }

    /// <summary>Questions to the shared store that brought nothing of use.</summary>
    public long StoreMisses => storeMisses.Values.Sum();

    /// <summary><see cref="StoreMisses"/> by reason; docs/stores.md lists them.</summary>
    public IReadOnlyDictionary<string, long> StoreMissesByReason => storeMisses;

    /// <summary>Answers that were kept in the shared store.</summary>
    public long StoreWrites { get; }

    /// <summary>Answers that might have been kept there and weren't.</summary>
    public long StoreRejects => storeRejects.Values.Sum();

    /// <summary><see cref="StoreRejects"/> by reason; docs/stores.md lists them.</summary>
    public IReadOnlyDictionary<string, long> StoreRejectsByReason => storeRejects;

    /// <summary>What the newest request to the shared store that failed has said, for people; null if none failed.</summary>
    public string? LastStoreFailure { get; }

    /// <summary>Entries held now.</summary>
    public int Entries { get; }

    /// <summary>Bytes held now, estimated; at most <see cref="ZooCacheOptions.ByteBudget"/>.</summary>
    public long Bytes { get; }

    /// <summary>Tags that entries or loads hold on to now, with their prefixes.</summary>
    public int TrieNodes { get; }

    /// <summary>Tags being written now.</summary>
    public int Marks { get; }

    /// <summary>The newest invalidation's number. It counts from 0 in each process and means nothing in another.</summary>
    public long Sequence { get; }
}
