using ZooCache.EFCore;

namespace ZooCache.Integration.Tests.Watching;

/// <summary>What another node has written is seen in the database before it is told of.</summary>
public sealed class WatchedNodesTests
{
    [Theory]
    [InlineData(CacheConsistency.Eventual)]
    [InlineData(CacheConsistency.Strict)]
    public void WhatIsToldLaterThanItIsSeen_IsntStale(CacheConsistency consistency)
    {
        using var nodes = new GaugeNodes(consistency, watchdogShare: 1);
        nodes[1].Ask().Answer.ShouldBe("0,0");
        nodes[0].Log.HoldsAppends = consistency == CacheConsistency.Eventual;
        nodes[0].Write(7);

        nodes[1].Ask().Answer.ShouldBe("7,0");

        // Nothing that is kept depends on the same any more.
        nodes[1].Cache.Entries.ToList().ForEach(nodes[1].Cache.Drop);
        nodes[0].Log.Release();
        nodes.Advance(16);
        var watched = nodes[1].Cache.GetStatistics().WatchedByResult;
        watched.ShouldBe(consistency == CacheConsistency.Eventual ? new Dictionary<string, long> { ["overlapped"] = 1 } : []);
    }

    [Fact]
    public void WhatIsNeverTold_IsStale_OnceItShouldHaveBeenTold()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual, watchdogShare: 1);
        nodes[1].Ask().Answer.ShouldBe("0,0");
        nodes[1].Cache.Trie.LosesProbe = path => path.Depth >= 3;
        nodes[0].Write(7);

        nodes[1].Ask().Answer.ShouldBe("7,0");
        nodes[1].Cache.GetStatistics().StaleAnswers.ShouldBe(0);
        nodes.Advance(16);
        nodes[1].Cache.GetStatistics().StaleAnswers.ShouldBe(1);
    }

    [Fact]
    public void WhereNothingIsKnownOfOthers_NothingIsTold()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual, watchdogShare: 1);
        nodes[1].Ask().Answer.ShouldBe("0,0");
        nodes[1].Log.IsCut = true;
        nodes[1].Log.IsDeaf = true;
        nodes[0].Write(7);

        nodes[1].Ask().Answer.ShouldBe("7,0");
        nodes.Advance(16);
        nodes[1].Cache.GetStatistics().WatchedByResult.ShouldBe(new Dictionary<string, long> { ["unconfirmed"] = 1 });
    }

    [Fact]
    public void AStrictAnswerIsWatchedToo()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Strict, watchdogShare: 1);
        nodes[0].Ask();
        nodes[0].Ask().Outcome.ShouldBe(new QueryOutcome(QueryResultSource.Miss, "watchdog"));
        nodes[0].Cache.GetStatistics().WatchedByResult.ShouldBe(new Dictionary<string, long> { ["same"] = 1 });
    }

    /// <summary>What another has kept isn't the database's word.</summary>
    [Theory]
    [InlineData(CacheConsistency.Eventual)]
    [InlineData(CacheConsistency.Strict)]
    public void WhereAStoreIsShared_TheDatabaseIsAsked(CacheConsistency consistency)
    {
        using var nodes = new GaugeNodes(consistency, watchdogShare: 1, store: new Shelf());
        nodes[0].Ask();
        SpinWait.SpinUntil(() => nodes[0].Cache.GetStatistics().StoreWrites == 1, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        nodes[0].Ask().Outcome.ShouldBe(new QueryOutcome(QueryResultSource.Miss, "watchdog"));
        nodes[0].Cache.GetStatistics().WatchedByResult.ShouldBe(new Dictionary<string, long> { ["same"] = 1 });
    }

    private sealed class Shelf : ICacheStore
    {
        private readonly Dictionary<EntryName, ReadOnlyMemory<byte>> kept = [];

        public ValueTask<ReadOnlyMemory<byte>?> GetAsync(EntryName name) => ValueTask.FromResult(kept.TryGetValue(name, out var entry) ? entry : default(ReadOnlyMemory<byte>?));

        public ValueTask SetAsync(EntryName name, ReadOnlyMemory<byte> entry, TimeSpan expiration)
        {
            kept[name] = entry;
            return ValueTask.CompletedTask;
        }
    }
}
