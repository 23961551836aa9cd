using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class MemoryStoreTests
{
    [Fact]
    public void A_scan_of_keys_read_once_leaves_the_hot_set_alone()
    {
        using var cache = Cache(configure: options => options.EntryLimit = 100);
        var hot = Enumerable.Range(0, 50).Select(i => $"hot {i}").ToList();
        hot.ForEach(key => cache.Load(key, "value", Exact("t")));
        for (var round = 0; round < 3; round++)
        {
            hot.ForEach(key => cache.Get(key));
        }

        for (var i = 0; i < 10_000; i++)
        {
            cache.Load($"scan {i}", "value", Exact("t"));
        }

        // Turned red by treating every entry as read once in MemoryStore.EvictFromSmall (a plain FIFO).
        hot.ShouldAllBe(key => cache.Get(key) == LookupStatus.Hit);
        cache.Totals.Count.ShouldBe(100);
        cache.GetStatistics().Evictions.ShouldBe(10_000 + 50 - 100);
    }

    [Fact]
    public void What_was_hot_and_is_not_read_any_more_makes_room_in_the_end()
    {
        using var cache = Cache(configure: options => options.EntryLimit = 100);
        Heat(cache, "old");
        Heat(cache, "new");
        Heat(cache, "newest");

        Enumerable.Range(0, 80).Count(i => cache.Get($"old {i}") == LookupStatus.Hit).ShouldBeLessThan(20);

        static void Heat(ZooCache cache, string name)
        {
            for (var round = 0; round < 10; round++)
            {
                for (var i = 0; i < 80; i++)
                {
                    if (cache.Get($"{name} {i}") != LookupStatus.Hit)
                    {
                        cache.Load($"{name} {i}", "value", Exact("t"));
                    }
                }
            }
        }
    }

    [Fact]
    public void A_key_that_comes_back_soon_after_its_eviction_is_kept()
    {
        using var cache = Cache(configure: options => options.EntryLimit = 100);
        cache.Load("back", "value", Exact("t"));
        Scan(cache, "first", 100);
        cache.Get("back").ShouldBe(LookupStatus.NotFound);
        cache.Load("back", "value", Exact("t"));

        Scan(cache, "second", 1000);

        // Turned red by not asking the ghost queue in MemoryStore.Add.
        cache.Get("back").ShouldBe(LookupStatus.Hit);
    }

    [Fact]
    public void A_hot_key_that_is_invalidated_does_not_start_over()
    {
        using var cache = Cache(configure: options => options.EntryLimit = 100);
        cache.Load("hot", "value", Exact("hot"));
        cache.Get("hot");
        cache.Get("hot");
        cache.Invalidate("hot");
        cache.Get("hot").ShouldBe(LookupStatus.Invalidated);
        cache.Load("hot", "value", Exact("hot"));

        Scan(cache, "scan", 1000);

        cache.Get("hot").ShouldBe(LookupStatus.Hit);
    }

    [Fact]
    public void The_byte_budget_is_the_most_that_entries_take()
    {
        using var cache = Cache(configure: options => options.ByteBudget = 100_000);
        for (var i = 0; i < 1000; i++)
        {
            cache.Store(cache.BeginFill(Key($"{i}"), [Exact($"t:{i}")]), "value", size: 1 + (i * 7919 % 20_000)).ShouldBe(StoreOutcome.Stored);
            cache.Totals.Bytes.ShouldBeLessThanOrEqualTo(100_000);
        }

        cache.Totals.Bytes.ShouldBeGreaterThan(70_000);
        cache.Totals.Count.ShouldBe(cache.Trie.NodeCount - 1);
    }

    [Fact]
    public void A_result_that_would_never_fit_is_not_stored()
    {
        using var cache = Cache(configure: options => options.ByteBudget = 1000);
        cache.Load("small", "value", Exact("t")).ShouldBe(StoreOutcome.Stored);

        cache.Store(cache.BeginFill(Key("large"), [Exact("t")]), "value", size: 1000).ShouldBe(StoreOutcome.TooLarge);

        cache.Get("small").ShouldBe(LookupStatus.Hit);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(15)]
    public void However_small_the_limit_it_holds_and_the_newest_is_kept(int limit)
    {
        using var cache = Cache(configure: options => options.EntryLimit = limit);
        for (var i = 0; i < 100; i++)
        {
            cache.Load($"{i}", "value", Exact("t")).ShouldBe(StoreOutcome.Stored);
            cache.Get($"{i}").ShouldBe(LookupStatus.Hit);
            cache.Get($"{i}");
            cache.Totals.Count.ShouldBe(Math.Min(i + 1, limit));
        }
    }

    [Fact]
    public void Evicted_entries_let_their_nodes_go()
    {
        using var cache = Cache(configure: options => options.EntryLimit = 10);
        for (var i = 0; i < 1000; i++)
        {
            cache.Load($"{i}", "value", Exact($"t:f:{i}"));
        }

        // Turned red by removing `entry.Release(trie)` in MemoryStore.Drop.
        cache.Trie.NodeCount.ShouldBe(12);
        cache.Clear();
        cache.Trie.NodeCount.ShouldBe(0);
    }

    [Fact]
    public void Removing_an_entry_leaves_its_successor_alone()
    {
        using var cache = Cache();
        var store = new MemoryStore(cache.Trie, 1_000_000, null, new StripedCounter());
        var first = new CacheEntry(Key("key"), "first", 10, [], 1, 0);
        var second = new CacheEntry(Key("key"), "second", 10, [], 2, 0);
        store.Add(first);
        store.Add(second);

        store.Remove(first).ShouldBeFalse();

        store.Find(Key("key").Bytes).ShouldBeSameAs(second);
        store.Remove(second).ShouldBeTrue();
        store.Remove(second).ShouldBeFalse();
        store.Totals.ShouldBe((0, 0));
    }

    [Fact]
    public void Ghosts_are_bounded_and_a_renewed_one_outlives_its_first_ticket()
    {
        var ghosts = new GhostQueue();
        ghosts.Add(1, capacity: 3);
        ghosts.Add(2, capacity: 3);
        ghosts.Add(1, capacity: 3);
        ghosts.Add(3, capacity: 3);
        ghosts.Count.ShouldBe(3);

        ghosts.Remove(1).ShouldBeTrue();
        ghosts.Remove(1).ShouldBeFalse();
        ghosts.Remove(2).ShouldBeTrue();
    }

    private static void Scan(ZooCache cache, string name, int count)
    {
        for (var i = 0; i < count; i++)
        {
            cache.Load($"{name} {i}", "value", Exact("t"));
        }
    }
}
