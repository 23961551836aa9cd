using System.Diagnostics.Metrics;
using ZooCache.Tests;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class CountersTests
{
    [Fact]
    public void Counting_from_many_threads_loses_nothing()
    {
        var counter = new StripedCounter();
        Parallel.For(0, 100_000, _ => counter.Increment());
        counter.Add(5);

        counter.Value.ShouldBe(100_005);
    }

    [Fact]
    public void Reasons_are_bounded()
    {
        var counters = new ReasonCounters();
        for (var i = 0; i < 200; i++)
        {
            counters.Increment($"reason {i}");
            counters.Increment("reason 0");
        }

        var values = counters.Snapshot();
        values.Count.ShouldBe(65);
        values["reason 0"].ShouldBe(201);
        values["other"].ShouldBe(136);
        values.Values.Sum().ShouldBe(400);
    }

    [Fact]
    public void Statistics_tell_what_happened()
    {
        using var cache = Cache(configure: options => options.EntryLimit = 2);
        cache.RecordMiss("not_found");
        cache.RecordMiss("not_found");
        cache.RecordMiss("expired");
        cache.RecordBypass("raw_sql");
        cache.Load("1", "value", Exact("t:1"));
        cache.Load("2", "value", Exact("t:2"));
        cache.Load("3", "value", Exact("t:3"));
        cache.RecordHit(Hit(cache, "3"), began: 0);
        cache.Invalidate("u");
        using var write = cache.Write("a:1", "a:2");
        cache.Load("4", "value", Exact("a:1"));

        var statistics = cache.GetStatistics();

        statistics.Hits.ShouldBe(1);
        statistics.Misses.ShouldBe(3);
        statistics.MissesByReason.ShouldBe(new Dictionary<string, long> { ["not_found"] = 2, ["expired"] = 1 }, ignoreOrder: true);
        statistics.Bypasses.ShouldBe(1);
        statistics.BypassesByReason["raw_sql"].ShouldBe(1);
        statistics.Fills.ShouldBe(3);
        statistics.FillsRejected.ShouldBe(1);
        statistics.FillsRejectedByReason["marked"].ShouldBe(1);
        statistics.Invalidations.ShouldBe(3);
        statistics.InvalidationsByFeed.ShouldBe(new Dictionary<string, long> { ["application"] = 1, ["write"] = 2 }, ignoreOrder: true);
        statistics.InvalidationsByPrecision.ShouldBe(new Dictionary<string, long> { ["tag"] = 3 });
        statistics.Evictions.ShouldBe(1);
        statistics.Entries.ShouldBe(2);
        statistics.Bytes.ShouldBe(cache.Totals.Bytes);
        statistics.TrieNodes.ShouldBe(3);
        statistics.Marks.ShouldBe(2);
        statistics.Sequence.ShouldBe(2);
    }

    [Fact]
    public void A_node_tells_how_it_is_in_step_with_its_log()
    {
        var prefix = $"metrics {Guid.NewGuid()}";
        using var cache = Cache(configure: options => options.Prefix = prefix);
        cache.Counters.LogEntries.Add(1);
        cache.Counters.LogGaps.Add(2);
        cache.Counters.LogUnreadable.Add(3);
        cache.Counters.Memberships.Add(4);
        cache.Counters.LogFailures.Increment("IOException");

        var statistics = cache.GetStatistics();
        (statistics.LogEntries, statistics.LogGaps, statistics.LogUnreadable, statistics.LogMemberships).ShouldBe((1, 2, 3, 4));
        (statistics.LogFailures, statistics.LogFailuresByReason["IOException"]).ShouldBe((1, 1));
        var seen = Collect(prefix);
        (seen["zoocache.log.entries"], seen["zoocache.log.gaps"], seen["zoocache.log.unreadable"], seen["zoocache.log.memberships"]).ShouldBe((1, 2, 3, 4));
        seen["zoocache.log.failures{IOException}"].ShouldBe(1);
    }

    [Fact]
    public void A_node_tells_what_it_has_found_and_kept_for_others()
    {
        var prefix = $"metrics {Guid.NewGuid()}";
        using var cache = Cache(configure: options => options.Prefix = prefix);
        cache.Counters.StoreHits.Add(1);
        cache.Counters.StoreMisses.Increment("absent");
        cache.Counters.StoreKept.Add(3);
        cache.Counters.StoreRejects.Increment("busy");
        cache.Counters.StoreRejects.Increment("busy");

        var statistics = cache.GetStatistics();
        (statistics.StoreHits, statistics.StoreMisses, statistics.StoreWrites, statistics.StoreRejects).ShouldBe((1, 1, 3, 2));
        (statistics.StoreMissesByReason["absent"], statistics.StoreRejectsByReason["busy"]).ShouldBe((1, 2));
        var seen = Collect(prefix);
        (seen["zoocache.store.hits"], seen["zoocache.store.misses{absent}"], seen["zoocache.store.writes"], seen["zoocache.store.rejects{busy}"]).ShouldBe((1, 1, 3, 2));
    }

    [Fact]
    public void A_listener_sees_each_prefix_once_and_no_disposed_cache()
    {
        var prefix = $"metrics {Guid.NewGuid()}";
        using var first = Cache(configure: options => options.Prefix = prefix);
        using var second = Cache(configure: options => options.Prefix = prefix);
        var disposed = Cache(configure: options => options.Prefix = prefix + " disposed");
        second.Load("key", "value", Exact("t"));
        first.RecordHit(Hit(second, "key"), began: 0);
        second.RecordHit(Hit(second, "key"), began: 0);
        first.RecordMiss("expired");
        disposed.Dispose();

        var seen = Collect(prefix);

        seen["zoocache.hits"].ShouldBe(2);
        seen["zoocache.misses{expired}"].ShouldBe(1);
        seen["zoocache.fills"].ShouldBe(1);
        seen.Keys.ShouldNotContain(name => name.StartsWith("zoocache.invalidations", StringComparison.Ordinal));
        seen["zoocache.evictions"].ShouldBe(0);
        seen["zoocache.entries"].ShouldBe(1);
        seen["zoocache.bytes"].ShouldBe(second.Totals.Bytes);
        seen["zoocache.trie.nodes"].ShouldBe(1);
        seen.Keys.ShouldNotContain(name => name.StartsWith("zoocache.bypasses", StringComparison.Ordinal));
        Collect(prefix + " disposed").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "everything")]
    [InlineData("user", "tag")]
    [InlineData("user:42:orders:7:lines", "tag")]
    [InlineData("ef", "database")]
    [InlineData("ef:main", "database")]
    [InlineData("ef:main:orders", "table")]
    [InlineData("ef:main:orders:customerid", "family")]
    [InlineData("ef:main:orders:customerid:5", "value")]
    public void What_an_invalidation_concerns_is_told_by_its_path(string path, string precision)
    {
        var counters = new InvalidationCounters();
        counters.Add(InvalidationFeed.Log, [path.Length == 0 ? TagPath.Root : TagPath.Parse(path)]);
        counters.Snapshot().ShouldBe([("log", precision, 1)]);
        counters.Total.ShouldBe(1);
    }

    [Fact]
    public void A_listener_sees_what_is_told_by_invalidations_waits_and_time()
    {
        var prefix = $"metrics {Guid.NewGuid()}";
        var time = new ManualTimeProvider();
        using var cache = Cache(configure: options => (options.Prefix, options.TimeProvider) = (prefix, time));
        using var fill = cache.BeginFill(Key("slow"), [new DependencyPath(TagPath.Parse("t"), Subtree: false)]);
        time.Advance(TimeSpan.FromSeconds(2));
        cache.Store(fill, "value", 10, default, out _).ShouldBe(StoreOutcome.Stored);
        cache.RecordHit(Hit(cache, "slow"), began: 0);
        cache.RecordHit(Hit(cache, "slow"), began: 0);
        cache.Invalidate("t");
        cache.Clear();
        cache.Counters.FlightJoins.Add(3);
        cache.Counters.FlightTimeouts.Add(1);

        var seen = Collect(prefix);
        seen["zoocache.invalidations{application,tag}"].ShouldBe(1);
        seen["zoocache.invalidations{application,everything}"].ShouldBe(1);
        (seen["zoocache.flights.joined"], seen["zoocache.flights.timed_out"]).ShouldBe((3, 1));
        seen["zoocache.time_saved"].ShouldBe(4);
        seen.Keys.ShouldNotContain("zoocache.log.lag");
        var statistics = cache.GetStatistics();
        (statistics.TimeSaved, statistics.FlightJoins, statistics.FlightTimeouts).ShouldBe((TimeSpan.FromSeconds(4), 3, 1));
    }

    [Fact]
    public void Hits_and_fills_are_measured_for_whoever_listens()
    {
        var prefix = $"metrics {Guid.NewGuid()}";
        var time = new ManualTimeProvider();
        using var cache = Cache(configure: options => (options.Prefix, options.TimeProvider) = (prefix, time));
        var seen = new List<(string Name, double Value, string Kind)>();
        using (Listen(prefix, seen))
        {
            using (var fill = cache.BeginFill(Key("slow"), []))
            {
                time.Advance(TimeSpan.FromMilliseconds(7));
                cache.Store(fill, "value", 10, default, out _);
            }

            cache.GetOrCreate("call", _ => 1);
            cache.GetOrCreate("call", _ => 2).ShouldBe(1);
        }

        cache.GetOrCreate("call", _ => 3).ShouldBe(1);
        seen.Select(s => (s.Name, s.Kind)).ShouldBe([("zoocache.fill.duration", "call"), ("zoocache.fill.duration", "call"), ("zoocache.hit.duration", "call")]);
        seen[0].Value.ShouldBe(0.007);
        seen[2].Value.ShouldBeGreaterThan(0);
    }

    private static CacheEntry Hit(ZooCache cache, string key)
    {
        cache.TryGet(Key(key).Bytes, out var entry).ShouldBe(LookupStatus.Hit);
        return entry!;
    }

    private static MeterListener Listen(string prefix, List<(string Name, double Value, string Kind)> seen)
    {
        var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument is Histogram<double> { Meter.Name: "ZooCache" })
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            var labels = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
            if ((string?)labels["zoocache.cache"] == prefix)
            {
                seen.Add((instrument.Name, value, $"{labels["zoocache.kind"]}"));
            }
        });
        listener.Start();
        return listener;
    }

    private static Dictionary<string, double> Collect(string prefix)
    {
        var seen = new Dictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "ZooCache")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = tags.ToArray();
            if ((string?)labels.Single(t => t.Key == "zoocache.cache").Value == prefix)
            {
                var others = labels.Where(t => t.Key != "zoocache.cache").Select(t => t.Value).ToList();
                seen.Add(others.Count == 0 ? instrument.Name : $"{instrument.Name}{{{string.Join(',', others)}}}", value);
            }
        }
    }
}
