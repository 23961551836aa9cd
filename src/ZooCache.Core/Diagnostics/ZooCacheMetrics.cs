using System.Diagnostics.Metrics;

namespace ZooCache;

/// <summary>
/// Every metric, tag and reason name, and the instruments that read the caches' counters.
/// </summary>
/// <remarks>
/// One <see cref="Meter"/> for the process, which knows the caches weakly: a listener must not keep a forgotten cache alive.
/// Caches of one prefix are added up, so that a series has one value.
/// </remarks>
internal static class ZooCacheMetrics
{
    internal const string MeterName = "ZooCache";

    internal const string Hits = "zoocache.hits";
    internal const string Misses = "zoocache.misses";
    internal const string Bypasses = "zoocache.bypasses";
    internal const string FallBacks = "zoocache.fallbacks";
    internal const string Fills = "zoocache.fills";
    internal const string FillsRejected = "zoocache.fills.rejected";
    internal const string Invalidations = "zoocache.invalidations";
    internal const string Evictions = "zoocache.evictions";
    internal const string OverdueWrites = "zoocache.writes.overdue";
    internal const string FailedHooks = "zoocache.hooks.failed";
    internal const string LogEntries = "zoocache.log.entries";
    internal const string LogGaps = "zoocache.log.gaps";
    internal const string LogUnreadable = "zoocache.log.unreadable";
    internal const string LogMemberships = "zoocache.log.memberships";
    internal const string LogFailures = "zoocache.log.failures";
    internal const string StoreHits = "zoocache.store.hits";
    internal const string StoreMisses = "zoocache.store.misses";
    internal const string StoreWrites = "zoocache.store.writes";
    internal const string StoreRejects = "zoocache.store.rejects";
    internal const string Entries = "zoocache.entries";
    internal const string Bytes = "zoocache.bytes";
    internal const string TrieNodes = "zoocache.trie.nodes";

    internal const string CacheTag = "zoocache.cache";
    internal const string ReasonTag = "reason";

    private static readonly Lock Gate = new();
    private static readonly List<WeakReference<ZooCache>> Caches = [];
    private static readonly Meter Meter = Create();

    internal static void Register(ZooCache cache)
    {
        lock (Gate)
        {
            Caches.RemoveAll(static known => !known.TryGetTarget(out _));
            Caches.Add(new WeakReference<ZooCache>(cache));
        }

        // Keeps the meter's creation with the first cache, not with whoever reads a constant.
        GC.KeepAlive(Meter);
    }

    internal static void Unregister(ZooCache cache)
    {
        lock (Gate)
        {
            Caches.RemoveAll(known => !known.TryGetTarget(out var target) || ReferenceEquals(target, cache));
        }
    }

    internal static string Reason(StoreOutcome outcome) => outcome switch
    {
        StoreOutcome.Invalidated => "invalidated",
        StoreOutcome.Marked => "marked",
        StoreOutcome.TooLarge => "too_large",
        StoreOutcome.Superseded => "superseded",
        StoreOutcome.Disabled => "disabled",
        StoreOutcome.Declined => "declined",
        StoreOutcome.Disposed => "disposed",
        _ => ReasonCounters.Other,
    };

    private static Meter Create()
    {
        var meter = new Meter(MeterName);
        meter.CreateObservableCounter(Hits, static () => Measure(cache => cache.Counters.Hits.Value), "{hit}", "Answers given from the cache.");
        meter.CreateObservableCounter(Misses, static () => Measure(cache => cache.Counters.Misses), "{miss}", "Questions that had to be asked of the database.");
        meter.CreateObservableCounter(Bypasses, static () => Measure(cache => cache.Counters.Bypasses), "{query}", "Questions that the cache kept out of.");
        meter.CreateObservableCounter(FallBacks, static () => Measure(cache => cache.Counters.FallBacks), "{query}", "Questions that had to go a longer way.");
        meter.CreateObservableCounter(Fills, static () => Measure(cache => cache.Counters.Fills.Value), "{fill}", "Results stored.");
        meter.CreateObservableCounter(FillsRejected, static () => Measure(cache => cache.Counters.FillsRejected), "{fill}", "Results loaded and not stored.");
        meter.CreateObservableCounter(Invalidations, static () => Measure(cache => cache.Counters.Invalidations.Value), "{tag}", "Tags invalidated.");
        meter.CreateObservableCounter(Evictions, static () => Measure(cache => cache.Counters.Evictions.Value), "{entry}", "Entries that made room.");
        meter.CreateObservableCounter(OverdueWrites, static () => Measure(cache => cache.Counters.OverdueWrites.Value), "{write}", "Writes whose end wasn't seen in time.");
        meter.CreateObservableCounter(FailedHooks, static () => Measure(cache => cache.Counters.FailedHooks.Value), "{call}", "Observers of invalidations that threw.");
        meter.CreateObservableCounter(LogEntries, static () => Measure(cache => cache.Counters.LogEntries.Value), "{entry}", "Entries of the log of invalidations applied.");
        meter.CreateObservableCounter(LogGaps, static () => Measure(cache => cache.Counters.LogGaps.Value), "{gap}", "Entries of the log that came before others that they follow.");
        meter.CreateObservableCounter(LogUnreadable, static () => Measure(cache => cache.Counters.LogUnreadable.Value), "{entry}", "Entries of the log that couldn't be read.");
        meter.CreateObservableCounter(LogMemberships, static () => Measure(cache => cache.Counters.Memberships.Value), "{membership}", "How often the node has become a member of the log.");
        meter.CreateObservableCounter(LogFailures, static () => Measure(cache => cache.Counters.LogFailures), "{request}", "Requests to the log that failed.");
        meter.CreateObservableCounter(StoreHits, static () => Measure(cache => cache.Counters.StoreHits.Value), "{hit}", "Answers that another process had kept.");
        meter.CreateObservableCounter(StoreMisses, static () => Measure(cache => cache.Counters.StoreMisses), "{miss}", "Questions to the shared store that brought nothing.");
        meter.CreateObservableCounter(StoreWrites, static () => Measure(cache => cache.Counters.StoreKept.Value), "{entry}", "Answers kept in the shared store.");
        meter.CreateObservableCounter(StoreRejects, static () => Measure(cache => cache.Counters.StoreRejects), "{entry}", "Answers that weren't kept in the shared store.");
        meter.CreateObservableUpDownCounter(Entries, static () => Measure(cache => cache.Totals.Count), "{entry}", "Entries held.");
        meter.CreateObservableUpDownCounter(Bytes, static () => Measure(cache => cache.Totals.Bytes), "By", "Bytes held, estimated.");
        meter.CreateObservableUpDownCounter(TrieNodes, static () => Measure(cache => cache.Trie.NodeCount), "{node}", "Tags held on to, with their prefixes.");
        return meter;
    }

    private static List<Measurement<long>> Measure(Func<ZooCache, long> read)
    {
        var sums = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var cache in Alive())
        {
            sums[cache.Prefix] = sums.GetValueOrDefault(cache.Prefix) + read(cache);
        }

        return [.. sums.Select(sum => new Measurement<long>(sum.Value, KeyValuePair.Create<string, object?>(CacheTag, sum.Key)))];
    }

    private static List<Measurement<long>> Measure(Func<ZooCache, ReasonCounters> read)
    {
        var sums = new Dictionary<(string Prefix, string Reason), long>();
        foreach (var cache in Alive())
        {
            foreach (var (reason, value) in read(cache).Snapshot())
            {
                sums[(cache.Prefix, reason)] = sums.GetValueOrDefault((cache.Prefix, reason)) + value;
            }
        }

        return [.. sums.Select(sum => new Measurement<long>(
            sum.Value,
            KeyValuePair.Create<string, object?>(CacheTag, sum.Key.Prefix),
            KeyValuePair.Create<string, object?>(ReasonTag, sum.Key.Reason)))];
    }

    private static List<ZooCache> Alive()
    {
        lock (Gate)
        {
            var alive = new List<ZooCache>(Caches.Count);
            foreach (var known in Caches)
            {
                if (known.TryGetTarget(out var cache))
                {
                    alive.Add(cache);
                }
            }

            return alive;
        }
    }
}
