using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class FillTests
{
    [Fact]
    public void A_result_is_found_again()
    {
        using var cache = Cache();

        cache.Load("key", "value", Exact("t:f:1")).ShouldBe(StoreOutcome.Stored);

        cache.Get("key").ShouldBe(LookupStatus.Hit);
        cache.Read("key").ShouldBe("value");
        cache.Get("other").ShouldBe(LookupStatus.NotFound);
    }

    [Fact]
    public void What_was_read_before_an_invalidation_is_not_stored_after_it()
    {
        using var cache = Cache();
        var fill = cache.BeginFill(Key("key"), [Exact("t:f:1")]);

        cache.Invalidate("t:f:1");

        // Turned red by reading the fence after the load: `Trie.Sequence` instead of `fill.Fence` in ZooCache.Keep and Judge.
        cache.Store(fill, "old").ShouldBe(StoreOutcome.Invalidated);
        cache.Get("key").ShouldBe(LookupStatus.NotFound);
    }

    [Fact]
    public void While_the_cache_is_off_nothing_is_stored_and_invalidations_count()
    {
        using var cache = Cache(configure: o => o.Enabled = false);
        cache.Enabled.ShouldBeFalse();
        cache.Load("key", "value", Exact("t:f:1")).ShouldBe(StoreOutcome.Disabled);
        cache.Enabled = true;
        cache.Load("one", "value", Exact("t:f:1")).ShouldBe(StoreOutcome.Stored);
        cache.Load("two", "value", Exact("t:f:2")).ShouldBe(StoreOutcome.Stored);

        cache.Enabled = false;
        cache.Invalidate("t:f:1");
        cache.Enabled = true;

        cache.Get("one").ShouldBe(LookupStatus.Invalidated);
        cache.Get("two").ShouldBe(LookupStatus.Hit);
        cache.GetStatistics().FillsRejectedByReason["disabled"].ShouldBe(1);
    }

    [Fact]
    public void Nodes_are_pinned_before_the_database_is_asked()
    {
        using var cache = Cache();
        using var fill = cache.BeginFill(Key("key"), [Exact("t:f:1"), Whole("u")]);

        cache.Trie.NodeCount.ShouldBe(4);
    }

    [Fact]
    public void Every_read_judges_the_entry()
    {
        using var cache = Cache();
        cache.Load("exact", "value", Exact("t:f:1"));
        cache.Load("whole", "value", Whole("t"));
        cache.Load("elsewhere", "value", Exact("t:f:2"), Whole("u"));

        cache.Invalidate("t:f:1");

        // Turned red by removing the IsValid test in ZooCache.TryGet.
        cache.Get("exact").ShouldBe(LookupStatus.Invalidated);
        cache.Get("exact").ShouldBe(LookupStatus.NotFound);
        cache.Get("whole").ShouldBe(LookupStatus.Invalidated);
        cache.Get("elsewhere").ShouldBe(LookupStatus.Hit);
    }

    [Fact]
    public void A_dead_entry_takes_its_nodes_along()
    {
        using var cache = Cache();
        cache.Load("key", "value", Exact("t:f:1"));
        cache.Invalidate("t");

        cache.Get("key");

        cache.Trie.NodeCount.ShouldBe(0);
        cache.Totals.ShouldBe((0, 0));
    }

    [Fact]
    public void A_fill_that_overlaps_a_write_under_way_is_not_stored()
    {
        using var cache = Cache();
        using var write = cache.Write("t:f:1");

        // Turned red by removing the IsMarked test in ZooCache.Judge.
        cache.Load("exact", "value", Exact("t:f:1")).ShouldBe(StoreOutcome.Marked);
        cache.Load("below", "value", Exact("t:f:1:x")).ShouldBe(StoreOutcome.Marked);
        cache.Load("whole", "value", Whole("t")).ShouldBe(StoreOutcome.Marked);
        cache.Load("sibling", "value", Exact("t:f:2")).ShouldBe(StoreOutcome.Stored);
        cache.Load("parent", "value", Exact("t:f")).ShouldBe(StoreOutcome.Stored);
    }

    [Fact]
    public void A_late_old_result_does_not_overwrite_a_newer_one()
    {
        using var cache = Cache();
        var late = cache.BeginFill(Key("key"), [Exact("a")]);
        cache.Invalidate("unrelated");
        cache.Load("key", "newer", Exact("a")).ShouldBe(StoreOutcome.Stored);

        // Turned red by removing the fence comparison in MemoryStore.Add.
        cache.Store(late, "older").ShouldBe(StoreOutcome.Superseded);
        cache.Read("key").ShouldBe("newer");
    }

    [Fact]
    public void A_newer_result_replaces_an_older_one()
    {
        using var cache = Cache();
        cache.Load("key", "older", Exact("a"), Exact("b"));
        cache.Invalidate("unrelated");

        cache.Load("key", "newer", Exact("a")).ShouldBe(StoreOutcome.Stored);

        cache.Read("key").ShouldBe("newer");
        cache.Totals.Count.ShouldBe(1);
        cache.Trie.NodeCount.ShouldBe(1);
    }

    [Fact]
    public void Dependencies_that_turn_out_unneeded_are_dropped()
    {
        using var cache = Cache();
        var fill = cache.BeginFill(Key("key"), [Exact("t:id:1"), Exact("t:new"), Exact("u")]);
        cache.Invalidate("t:new");

        cache.Store(fill, "value", 10, default, new Refinement([1], []), out var entry).ShouldBe(StoreOutcome.Stored);

        entry!.Dependencies.Select(dependency => dependency.Node.Name).ShouldBe(["1", "u"]);
        cache.Trie.NodeCount.ShouldBe(4);
        cache.Get("key").ShouldBe(LookupStatus.Hit);
    }

    [Fact]
    public void What_turns_out_to_be_needed_is_judged_from_the_fence_on()
    {
        using var cache = Cache();
        cache.Invalidate("t:id:1");
        var before = cache.BeginFill(Key("before"), [Exact("t:x")]);
        cache.Store(before, "value", 10, default, new Refinement([], [Exact("t:id:1")]), out var entry).ShouldBe(StoreOutcome.Stored);
        entry!.Dependencies.Select(dependency => dependency.Node.Name).ShouldBe(["x", "1"]);

        var during = cache.BeginFill(Key("during"), [Exact("t:x")]);
        cache.Invalidate("t:id:2");
        cache.Store(during, "value", 10, default, new Refinement([], [Exact("t:id:1"), Exact("t:id:2")]), out _).ShouldBe(StoreOutcome.Invalidated);

        var under = cache.BeginFill(Key("under"), [Exact("t:x")]);
        using (cache.BeginWrite([TagPath.Parse("t:id:3")]))
        {
            var late = cache.BeginFill(Key("late"), [Exact("t:x")]);
            cache.Store(late, "value", 10, default, new Refinement([], [Exact("t:id:3")]), out _).ShouldBe(StoreOutcome.Marked);
        }

        cache.Store(under, "value", 10, default, new Refinement([], [Exact("t:id:3")]), out _).ShouldBe(StoreOutcome.Invalidated);
        cache.Trie.NodeCount.ShouldBe(4, "t, x, id, 1: what was refused lets go of what it had found");
        cache.Get("before").ShouldBe(LookupStatus.Hit);
        cache.Invalidate("t:id:1");
        cache.Get("before").ShouldBe(LookupStatus.Invalidated);
    }

    [Fact]
    public void What_depends_on_nothing_still_depends_on_clear()
    {
        using var cache = Cache();
        var none = cache.BeginFill(Key("none"), []);
        var dropped = cache.BeginFill(Key("dropped"), [Exact("a")]);

        cache.Clear();

        cache.Store(none, "value").ShouldBe(StoreOutcome.Invalidated);
        cache.Store(dropped, "value", 10, default, new Refinement([0], []), out _).ShouldBe(StoreOutcome.Invalidated);
        cache.Load("none", "value").ShouldBe(StoreOutcome.Stored);
        cache.Trie.NodeCount.ShouldBe(0);
    }

    [Fact]
    public void A_fill_ends_once()
    {
        using var cache = Cache();
        var fill = cache.BeginFill(Key("key"), [Exact("a")]);
        fill.Dispose();
        fill.Dispose();

        cache.Store(fill, "value").ShouldBe(StoreOutcome.Disposed);
        cache.Trie.NodeCount.ShouldBe(0);
        fill.Dependencies[0].Node.Pins.ShouldBe(0);
    }

    [Fact]
    public void A_fill_that_is_rejected_lets_its_nodes_go()
    {
        using var cache = Cache(configure: options => options.MaximumResultBytes = 100);

        cache.Store(cache.BeginFill(Key("key"), [Exact("a:b")]), "value", size: 101).ShouldBe(StoreOutcome.TooLarge);

        cache.Trie.NodeCount.ShouldBe(0);
        cache.Store(cache.BeginFill(Key("key"), [Exact("a:b")]), "value", size: 100).ShouldBe(StoreOutcome.Stored);
        cache.Store(cache.BeginFill(Key("key"), [Exact("a:b")]), "value", size: long.MaxValue).ShouldBe(StoreOutcome.TooLarge);
    }

    [Fact]
    public void An_entry_that_has_left_the_store_is_not_usable_any_more()
    {
        using var cache = Cache();
        cache.Store(cache.BeginFill(Key("key"), [Exact("a")]), "value", 10, default, out var entry);
        cache.IsUsable(entry!).ShouldBeTrue();

        cache.Load("key", "other", Exact("b"));
        cache.Invalidate("a");

        // Its node is pruned and was missed by the bump. Turned red by removing `!entry.IsReleased` in ZooCache.IsUsable.
        cache.IsUsable(entry!).ShouldBeFalse();
    }

    [Fact]
    public void An_entry_that_leaves_the_store_while_it_is_judged_is_not_served()
    {
        var time = new ProbedTime();
        using var cache = new ZooCache(new ZooCacheOptions { TimeProvider = time });
        cache.Load("key", "old", Exact("a"));
        time.Probe = () =>
        {
            // The reader has found the entry and not yet walked. Its node goes, and then the bump finds no node to write.
            cache.Load("key", "new", Exact("b"));
            cache.Invalidate("a");
        };

        // Turned red by removing the IsReleased test in ZooCache.TryGet.
        cache.Get("key").ShouldBe(LookupStatus.NotFound);
    }

    [Fact]
    public void An_entry_is_usable_for_a_waiter_only_while_valid_and_unmarked()
    {
        using var cache = Cache();
        cache.Store(cache.BeginFill(Key("key"), [Exact("a")]), "value", 10, default, out var entry);
        cache.Trie.Mark([TagPath.Parse("a")]);
        cache.IsUsable(entry!).ShouldBeFalse();
        cache.Trie.Unmark([TagPath.Parse("a")]);
        cache.IsUsable(entry!).ShouldBeTrue();

        cache.Invalidate("a");

        cache.IsUsable(entry!).ShouldBeFalse();
    }

    [Fact]
    public void Clear_drops_entries_and_what_is_being_loaded()
    {
        using var cache = Cache();
        cache.Load("key", "value", Exact("a"));
        var fill = cache.BeginFill(Key("other"), [Exact("b")]);

        cache.Clear();

        cache.Get("key").ShouldBe(LookupStatus.NotFound);
        cache.Store(fill, "value").ShouldBe(StoreOutcome.Invalidated);
        cache.Trie.NodeCount.ShouldBe(0);
    }

    [Fact]
    public void A_disposed_cache_misses_and_stores_nothing_and_never_throws()
    {
        var cache = Cache();
        cache.Load("key", "value", Exact("a"));
        var fill = cache.BeginFill(Key("late"), [Exact("b")]);
        var write = cache.Write("c");

        cache.Dispose();
        cache.Dispose();

        cache.Get("key").ShouldBe(LookupStatus.NotFound);
        cache.Store(fill, "value").ShouldBe(StoreOutcome.Disposed);
        cache.Load("new", "value", Exact("a")).ShouldBe(StoreOutcome.Disposed);
        write.Complete();
        cache.Invalidate("a");
        cache.Clear();
        cache.Purge().ShouldBe(0);
        cache.GetStatistics().Entries.ShouldBe(0);
        cache.Trie.NodeCount.ShouldBe(0);
    }

    /// <summary>Something happens when the time is asked for the first time.</summary>
    private sealed class ProbedTime : TimeProvider
    {
        internal Action? Probe { get; set; }

        public override long GetTimestamp()
        {
            var probe = Probe;
            Probe = null;
            probe?.Invoke();
            return 0;
        }
    }
}
