using System.Diagnostics.Metrics;
using System.Numerics;

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

    internal const string TimeSaved = "zoocache.time_saved";
    internal const string HitSeconds = "zoocache.hit.duration";
    internal const string FillSeconds = "zoocache.fill.duration";
    internal const string FlightJoins = "zoocache.flights.joined";
    internal const string FlightTimeouts = "zoocache.flights.timed_out";
    internal const string LogLag = "zoocache.log.lag";
    internal const string LogOutbox = "zoocache.log.outbox";
    internal const string StorePaused = "zoocache.store.paused";

    internal const string Watched = "zoocache.watchdog.answers";

    internal const string CacheTag = "zoocache.cache";
    internal const string ReasonTag = "reason";
    internal const string ResultTag = "zoocache.result";
    internal const string KindTag = "zoocache.kind";
    internal const string FeedTag = "zoocache.feed";
    internal const string PrecisionTag = "zoocache.precision";

    /// <summary>In seconds: a hit takes some microseconds, what a database has to work for, seconds.</summary>
    private static readonly double[] HitBounds = [0.0000005, 0.000001, 0.000002, 0.000005, 0.00001, 0.00002, 0.00005, 0.0001, 0.0005, 0.001, 0.01];
    private static readonly double[] FillBounds = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 10];

    private static readonly Lock Gate = new();
    private static readonly List<WeakReference<ZooCache>> Caches = [];
    private static readonly Meter Meter = Create();

    /// <summary>From a question to the answer that was there.</summary>
    internal static Histogram<double> HitDuration { get; } = Meter.CreateHistogram(
        HitSeconds, "s", "From a question to its cached answer.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = HitBounds });

    /// <summary>From the beginning of a load to the entry.</summary>
    internal static Histogram<double> FillDuration { get; } = Meter.CreateHistogram(
        FillSeconds, "s", "From the beginning of a load to the stored result.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = FillBounds });

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
        meter.CreateObservableCounter(Invalidations, MeasureInvalidations, "{tag}", "Tags invalidated.");
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
        meter.CreateObservableCounter(TimeSaved, static () => Measure(cache => cache.Clock.Span(cache.Counters.TimeSaved.Value).TotalSeconds), "s", "What the loads had taken of what was given from the cache.");
        meter.CreateObservableCounter(FlightJoins, static () => Measure(cache => cache.Counters.FlightJoins.Value), "{wait}", "Waits for somebody who was loading the same.");
        meter.CreateObservableCounter(FlightTimeouts, static () => Measure(cache => cache.Counters.FlightTimeouts.Value), "{wait}", "Such waits that took too long.");
        meter.CreateObservableCounter(Watched, static () => Measure(cache => cache.Counters.Watched, ResultTag), "{answer}", "Cached answers for which the database was asked, too.");
        meter.CreateObservableGauge(LogLag, static () => MeasureNodes(cache => cache.Node!.Lag.TotalSeconds), "s", "For how long the node may have missed something.");
        meter.CreateObservableGauge(LogOutbox, static () => MeasureNodes(cache => cache.Node!.Position.ToTell), "{message}", "What the node has yet to tell the others.");
        meter.CreateObservableGauge(StorePaused, static () => MeasureNodes(cache => cache.Answers is { IsPaused: true } ? 1 : 0), null, "Whether the shared store is left alone because it has failed.");
        meter.CreateObservableUpDownCounter(Entries, static () => Measure(cache => (long)cache.Totals.Count), "{entry}", "Entries held.");
        meter.CreateObservableUpDownCounter(Bytes, static () => Measure(cache => cache.Totals.Bytes), "By", "Bytes held, estimated.");
        meter.CreateObservableUpDownCounter(TrieNodes, static () => Measure(cache => (long)cache.Trie.NodeCount), "{node}", "Tags held on to, with their prefixes.");
        return meter;
    }

    private static List<Measurement<T>> Measure<T>(Func<ZooCache, T> read)
        where T : struct, INumber<T>
    {
        var sums = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var cache in Alive())
        {
            sums[cache.Prefix] = sums.GetValueOrDefault(cache.Prefix) + read(cache);
        }

        return [.. sums.Select(sum => new Measurement<T>(sum.Value, KeyValuePair.Create<string, object?>(CacheTag, sum.Key)))];
    }

    /// <summary>Of caches of one prefix, the worst: a process rarely has more than one that is a node.</summary>
    private static List<Measurement<double>> MeasureNodes(Func<ZooCache, double> read)
    {
        var worst = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var cache in Alive().Where(static c => c.Node is not null))
        {
            worst[cache.Prefix] = Math.Max(worst.GetValueOrDefault(cache.Prefix), read(cache));
        }

        return [.. worst.Select(one => new Measurement<double>(one.Value, KeyValuePair.Create<string, object?>(CacheTag, one.Key)))];
    }

    private static List<Measurement<long>> MeasureInvalidations()
    {
        var sums = new Dictionary<(string Prefix, string Feed, string Precision), long>();
        foreach (var cache in Alive())
        {
            foreach (var (feed, precision, count) in cache.Counters.Invalidations.Snapshot())
            {
                var key = (cache.Prefix, feed, precision);
                sums[key] = sums.GetValueOrDefault(key) + count;
            }
        }

        return [.. sums.Select(sum => new Measurement<long>(
            sum.Value,
            KeyValuePair.Create<string, object?>(CacheTag, sum.Key.Prefix),
            KeyValuePair.Create<string, object?>(FeedTag, sum.Key.Feed),
            KeyValuePair.Create<string, object?>(PrecisionTag, sum.Key.Precision)))];
    }

    private static List<Measurement<long>> Measure(Func<ZooCache, ReasonCounters> read, string tag = ReasonTag)
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
            KeyValuePair.Create<string, object?>(tag, sum.Key.Reason)))];
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
