using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>What one node has loaded, and whether another one is given it.</summary>
public sealed class SharedResultTests : IDisposable
{
    private static readonly QueryOutcome FromStore = new(QueryResultSource.Hit, "store");

    private readonly HinderedStore _store = new();
    private readonly List<GaugeNodes> _all = [];

    public void Dispose() => _all.ForEach(n => n.Dispose());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_one_node_has_loaded_the_other_doesnt_ask_the_database_for(bool async)
    {
        var nodes = Nodes();
        Keep(nodes[0]);
        nodes.Database.Execute("UPDATE Gauges SET Value = 5");

        nodes[1].Ask(async: async).ShouldBe(("0,0", FromStore));
        nodes[1].Ask(async: async).ShouldBe(("0,0", new QueryOutcome(QueryResultSource.Hit, "hit")));

        var statistics = nodes[1].Cache.GetStatistics();
        (statistics.Hits, statistics.Misses, statistics.StoreHits, statistics.StoreWrites).ShouldBe((2, 0, 1, 0));
        nodes[0].Cache.GetStatistics().StoreMissesByReason["absent"].ShouldBe(1);
    }

    // Turned red by leaving out IsUntouchedSince in CacheNode.MayUse.
    [Fact]
    public void What_was_written_since_it_was_loaded_isnt_missed_by_whoever_has_heard_of_it()
    {
        var nodes = Nodes();
        Keep(nodes[0]);
        nodes[1].Write(7);
        var old = _store.Entries.ToArray();

        nodes[1].Ask().ShouldBe(("7,0", new QueryOutcome(QueryResultSource.Miss, "not-found")));
        nodes[1].Cache.GetStatistics().StoreMissesByReason["outdated"].ShouldBe(1);

        Kept(nodes[1], 1);
        nodes[0].Ask().ShouldBe(("7,0", FromStore));

        // Whoever was slow puts the old one back.
        _store.Put(old);
        var late = nodes.Add();
        late.Ask().Answer.ShouldBe("7,0");
        late.Cache.GetStatistics().StoreMissesByReason["outdated"].ShouldBe(1);
    }

    // Turned red by leaving out Untold in CacheNode.MayUse.
    [Fact]
    public void A_node_doesnt_take_an_answer_that_its_own_write_may_have_changed_before_the_log_has_that()
    {
        var nodes = Nodes();
        Keep(nodes[0]);
        var writer = nodes[1];
        writer.Log.HoldsAppends = true;

        writer.Write(9);

        writer.Ask().Answer.ShouldBe("9,0");
        writer.Cache.GetStatistics().StoreHits.ShouldBe(0);
    }

    [Fact]
    public void A_node_that_has_just_begun_uses_what_the_others_have_kept_from_its_first_query_on()
    {
        var nodes = Nodes();
        nodes[0].Write(3);
        Keep(nodes[0]);
        nodes[1].Ask();

        // One write after it that concerns something else.
        using (var db = nodes[1].Open())
        {
            db.Add(new Gauge { Id = 77, Group = 4 });
            db.SaveChanges();
        }

        var late = nodes.Add();

        late.Ask().ShouldBe(("3,0", FromStore));
        late.Cache.Node!.IsPreparing.ShouldBeFalse();
    }

    // Turned red by leaving out isEarly in QueryLookup.Start.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_first_query_waits_until_the_node_can_judge(bool async)
    {
        var nodes = Nodes();
        Keep(nodes[0]);
        var late = nodes.Add(holdsReads: true);
        var timers = nodes.Time.TimerCount;

        var asked = Task.Run(() => late.Ask(async: async));

        // It waits with a limit.
        SpinWait.SpinUntil(() => nodes.Time.TimerCount > timers || asked.IsCompleted, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        asked.IsCompleted.ShouldBeFalse();
        late.Cache.Node!.IsPreparing.ShouldBeTrue();
        late.Log.Release();

        (await asked).ShouldBe(("0,0", FromStore));
    }

    [Fact]
    public async Task It_doesnt_wait_for_long()
    {
        var nodes = Nodes();
        Keep(nodes[0]);
        var late = nodes.Add(holdsReads: true);

        var asked = Task.Run(() => late.Ask());
        SpinWait.SpinUntil(() => late.Log.Holds > 0, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        SpinWait.SpinUntil(() =>
        {
            nodes.Advance(1);
            return asked.IsCompleted;
        }, TimeSpan.FromSeconds(20)).ShouldBeTrue();

        (await asked).ShouldBe(("0,0", new QueryOutcome(QueryResultSource.Miss, "not-found")));
        late.Ask().Outcome.Reason.ShouldBe("hit");
    }

    // Turned red by leaving out ConfirmAsync in QueryLookup.FindSharedAsync.
    [Fact]
    public void In_strict_mode_the_log_is_asked_first()
    {
        var nodes = Nodes(CacheConsistency.Strict);
        Keep(nodes[0]);
        nodes[1].Log.IsDeaf = true;
        nodes[0].Write(6);

        nodes[1].Ask().Answer.ShouldBe("6,0");
        nodes[1].Cache.GetStatistics().StoreHits.ShouldBe(0);

        Kept(nodes[1], 1);
        nodes[0].Ask().ShouldBe(("6,0", FromStore));
    }

    // Turned red by leaving out IsRefresh, and Token, in QueryLookup.FindSharedAsync.
    [Fact]
    public void Whoever_wants_to_see_more_than_that_asks_the_database()
    {
        var nodes = Nodes();
        var token = nodes[0].Write(1)!;
        Keep(nodes[0]);
        nodes.Database.Execute("UPDATE Gauges SET Value = 5");

        nodes[1].Ask(c => c.AsOf(token)).Answer.ShouldBe("5,5");
        nodes.Add().Ask(c => c.Refresh = true).Answer.ShouldBe("5,5");
        nodes[1].Cache.GetStatistics().StoreHits.ShouldBe(0);
    }

    // Turned red by leaving out IsShared in QueryLookup.IsCurrentAsync.
    [Fact]
    public void Nor_are_they_given_what_memory_has_from_there()
    {
        var nodes = Nodes();
        var token = nodes[0].Write(1)!;
        Keep(nodes[0]);
        nodes[1].Ask().ShouldBe(("1,0", FromStore));
        nodes.Database.Execute("UPDATE Gauges SET Value = 5");

        nodes[1].Ask(c => c.AsOf(token)).Answer.ShouldBe("5,5");
    }

    // Turned red by EntryLifetime(null, …) in QueryLookup.KeepShared.
    [Fact]
    public void An_answer_doesnt_live_longer_because_it_was_passed_on()
    {
        var nodes = Nodes();
        nodes[0].Ask(c => c.AbsoluteExpiration = TimeSpan.FromSeconds(4));
        Kept(nodes[0], 1);
        nodes.Advance(3);
        nodes[1].Ask(c => c.AbsoluteExpiration = TimeSpan.FromSeconds(4)).Outcome.ShouldBe(FromStore);
        nodes.Database.Execute("UPDATE Gauges SET Value = 5");

        nodes.Advance(2);

        nodes[1].Ask(c => c.AbsoluteExpiration = TimeSpan.FromSeconds(4)).Answer.ShouldBe("5,5");
    }

    [Fact]
    public void One_that_lives_only_as_long_as_it_is_read_goes_unless_somebody_here_reads_it()
    {
        var nodes = Nodes();
        nodes[0].Ask(c => c.SlidingExpiration = TimeSpan.FromSeconds(4));
        Kept(nodes[0], 1);
        nodes.Advance(3);
        nodes[0].Ask(c => c.SlidingExpiration = TimeSpan.FromSeconds(4)).Outcome.Reason.ShouldBe("hit");
        nodes.Advance(2);

        nodes[0].Ask(c => c.SlidingExpiration = TimeSpan.FromSeconds(4)).Outcome.Reason.ShouldBe("hit");
        nodes[1].Ask(c => c.SlidingExpiration = TimeSpan.FromSeconds(4)).Outcome.Source.ShouldBe(QueryResultSource.Miss);
    }

    // Turned red by ReadAt in QueryLookup.Served, whatever the entry.
    [Fact]
    public void Rows_that_another_node_has_loaded_are_tracked_and_prove_nothing()
    {
        var nodes = Nodes();
        using (var db = nodes[0].Open())
        {
            db.Gauges.Cacheable().Single(g => g.Id == 1);
        }

        Kept(nodes[0], 1);
        nodes[1].Fill();
        using var writer = nodes[1].Open();
        var row = writer.Gauges.Cacheable().Single(g => g.Id == 1);
        writer.Cache().LastQuery.ShouldBe(FromStore, string.Join(',', nodes[1].Cache.GetStatistics().StoreMissesByReason));
        row.Group = 2;

        // By what was read the row would have been in group 1.
        writer.Cache().ExplainPendingChanges().ToString().ShouldContain("no query of this context has read it, since its last save, so that it could have been kept");
        writer.SaveChanges();

        nodes[1].Ask().Answer.ShouldBe("0");
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("fails")]
    [InlineData("holds")]
    public async Task Without_a_store_that_answers_the_database_does(string how)
    {
        var nodes = Nodes();
        Keep(nodes[0]);
        _store.How = how;

        var asked = Task.Run(() => nodes[1].Ask());
        SpinWait.SpinUntil(() =>
        {
            nodes.Advance(0.3);
            return asked.IsCompleted;
        }, TimeSpan.FromSeconds(20)).ShouldBeTrue();

        (await asked).Answer.ShouldBe("0,0");
        nodes[1].Cache.GetStatistics().StoreMissesByReason.Keys.ShouldBe([how == "absent" ? "absent" : "failed"]);
    }

    private GaugeNodes Nodes(CacheConsistency consistency = CacheConsistency.Eventual)
    {
        _all.Add(new GaugeNodes(consistency, store: _store));
        return _all[^1];
    }

    /// <summary>Has a node load the answer, and keep it for the others.</summary>
    private static void Keep(GaugeNode node)
    {
        node.Ask();
        Kept(node, 1);
    }

    private static void Kept(GaugeNode node, long answers)
        => SpinWait.SpinUntil(() => node.Cache.GetStatistics().StoreWrites >= answers, TimeSpan.FromSeconds(20)).ShouldBeTrue();
}

/// <summary>A store in memory on whose way something may stand.</summary>
internal sealed class HinderedStore : ICacheStore
{
    private readonly MemoryCacheStore _store = new();

    internal ICollection<KeyValuePair<EntryName, ReadOnlyMemory<byte>>> Entries => _store.Entries;

    /// <summary>What becomes of a question: <c>absent</c>, <c>fails</c>, <c>holds</c>.</summary>
    internal string How { get; set; } = "";

    internal void Put(IEnumerable<KeyValuePair<EntryName, ReadOnlyMemory<byte>>> entries)
    {
        foreach (var (name, entry) in entries)
        {
            _store.Entries[name] = entry;
        }
    }

    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(EntryName name)
    {
        switch (How)
        {
            case "absent": return null;
            case "fails": throw new IOException("It fails.");
            case "holds": return await new TaskCompletionSource<ReadOnlyMemory<byte>?>().Task;
            default: return await _store.GetAsync(name);
        }
    }

    public ValueTask SetAsync(EntryName name, ReadOnlyMemory<byte> entry, TimeSpan expiration) => _store.SetAsync(name, entry, expiration);
}
