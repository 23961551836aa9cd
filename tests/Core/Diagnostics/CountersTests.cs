using System.Diagnostics.Metrics;
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
        cache.RecordHit();
        cache.RecordMiss("not_found");
        cache.RecordMiss("not_found");
        cache.RecordMiss("expired");
        cache.RecordBypass("raw_sql");
        cache.Load("1", "value", Exact("t:1"));
        cache.Load("2", "value", Exact("t:2"));
        cache.Load("3", "value", Exact("t:3"));
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
        first.RecordHit();
        second.RecordHit();
        first.RecordMiss("expired");
        second.Load("key", "value", Exact("t"));
        disposed.Dispose();

        var seen = Collect(prefix);

        seen["zoocache.hits"].ShouldBe(2);
        seen["zoocache.misses{expired}"].ShouldBe(1);
        seen["zoocache.fills"].ShouldBe(1);
        seen["zoocache.invalidations"].ShouldBe(0);
        seen["zoocache.evictions"].ShouldBe(0);
        seen["zoocache.entries"].ShouldBe(1);
        seen["zoocache.bytes"].ShouldBe(second.Totals.Bytes);
        seen["zoocache.trie.nodes"].ShouldBe(1);
        seen.Keys.ShouldNotContain(name => name.StartsWith("zoocache.bypasses", StringComparison.Ordinal));
        Collect(prefix + " disposed").ShouldBeEmpty();
    }

    private static Dictionary<string, long> Collect(string prefix)
    {
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "ZooCache")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var labels = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
            if ((string?)labels["zoocache.cache"] == prefix)
            {
                seen.Add(labels.TryGetValue("reason", out var reason) ? $"{instrument.Name}{{{reason}}}" : instrument.Name, value);
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }
}
