using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class TagTrieTests
{
    [Theory]
    [InlineData("t:f:1", false, "t:f:1", true)]
    [InlineData("t:f:1", false, "t:f", true)]
    [InlineData("t:f:1", false, "t", true)]
    [InlineData("t:f:1", false, "t:f:2", false)]
    [InlineData("t:f:1", false, "t:f:1:x", false)]
    [InlineData("t:f:1", false, "u", false)]
    [InlineData("t", true, "t:f:1", true)]
    [InlineData("t", true, "t:f:1:x", true)]
    [InlineData("t:f", true, "t", true)]
    [InlineData("t", false, "t:f:1", false)]
    [InlineData("t", true, "u:f:1", false)]
    public void A_bump_kills_what_is_at_and_below_it_and_the_whole_of_what_is_above(string tag, bool subtree, string bumped, bool killed)
    {
        var trie = new TagTrie();
        var path = new DependencyPath(TagPath.Parse(tag), subtree);
        var pinned = trie.Pin(path);
        var fence = trie.Sequence;

        trie.Bump(bumped);

        // Turned red by removing `node.Max = next` (whole tables) or the Self test of the walk (exact) in TagTrie.
        TagTrie.IsValid(pinned, fence).ShouldBe(!killed);
        trie.IsValid(path, fence).ShouldBe(!killed);
        TagTrie.IsValid(pinned, trie.Sequence).ShouldBeTrue();
    }

    [Fact]
    public void A_bump_of_the_root_kills_everything()
    {
        var trie = new TagTrie();
        var pinned = trie.Pin(Exact("a:b"), Whole("c"));

        trie.Bump([TagPath.Root]);

        TagTrie.IsValid(pinned.AsSpan(0, 1), 0).ShouldBeFalse();
        TagTrie.IsValid(pinned.AsSpan(1, 1), 0).ShouldBeFalse();
    }

    [Fact]
    public void A_node_made_after_the_bump_takes_it_from_the_table()
    {
        var trie = new TagTrie();
        var fence = trie.Sequence;
        trie.Bump("t:f:1");

        // Turned red by `(0, 0)` instead of `recent.Find(hash)` in FindOrCreate.
        TagTrie.IsValid(trie.Pin(Exact("t:f:1")), fence).ShouldBeFalse();
        TagTrie.IsValid(trie.Pin(Exact("t:f:2")), fence).ShouldBeTrue();
    }

    [Fact]
    public void A_path_without_a_node_is_judged_by_the_table()
    {
        var trie = new TagTrie();
        var fence = trie.Sequence;
        trie.Bump("t:f:1");

        // Turned red by `(0, 0)` instead of `recent.Find` in IsValid(DependencyPath, long).
        trie.IsValid(Exact("t:f:1"), fence).ShouldBeFalse();
        trie.IsValid(Exact("t:f:1:x"), fence).ShouldBeFalse();
        trie.IsValid(Exact("t:f:2"), fence).ShouldBeTrue();
        trie.IsValid(Exact("t:f:1"), trie.Sequence).ShouldBeTrue();
    }

    [Fact]
    public void A_whole_table_without_a_node_is_judged_by_the_bumps_below_it()
    {
        var trie = new TagTrie();
        var fence = trie.Sequence;
        trie.Bump("db:t:f:1");

        // Turned red by removing the table write at the prefixes, `recent.Record(path.PrefixHash(depth), …)`, in TagTrie.Write.
        trie.IsValid(Whole("db:t"), fence).ShouldBeFalse();
        TagTrie.IsValid(trie.Pin(Whole("db:t")), fence).ShouldBeFalse();
        trie.IsValid(Exact("db:t"), fence).ShouldBeTrue();
        trie.IsValid(Whole("db:u"), fence).ShouldBeTrue();
    }

    [Fact]
    public void A_missing_node_below_a_bumped_ancestor_counts_as_bumped()
    {
        var trie = new TagTrie();
        trie.Pin(Exact("t"));
        var fence = trie.Sequence;
        trie.Bump("t");

        trie.IsValid(Exact("t:f:1"), fence).ShouldBeFalse();
        TagTrie.IsValid(trie.Pin(Exact("t:f:1")), fence).ShouldBeFalse();
    }

    [Fact]
    public void What_the_table_forgets_raises_the_horizon()
    {
        var trie = new TagTrie(recentCapacity: 4);
        var fence = trie.Sequence;
        trie.Bump("a");
        for (var i = 0; i < 4; i++)
        {
            trie.Bump($"other{i}");
        }

        // Turned red by removing `Horizon = Math.Max(…)` in RecentBumps.Forget.
        trie.Horizon.ShouldBe(1);
        trie.IsValid(Exact("a"), fence).ShouldBeFalse();
        TagTrie.IsValid(trie.Pin(Exact("a")), fence).ShouldBeFalse();
        trie.IsValid(Exact("never:seen"), fence).ShouldBeFalse();
        trie.IsValid(Exact("never:seen"), fence: 1).ShouldBeTrue();
    }

    [Fact]
    public void A_record_made_anew_starts_at_the_horizon()
    {
        var trie = new TagTrie(recentCapacity: 2);
        trie.Bump("t");
        trie.Bump("x");
        trie.Bump("y");
        trie.Horizon.ShouldBe(1);

        // "t" comes back into the table as a prefix: its own bump, forgotten, must not be forgotten twice.
        trie.Bump("t:f");

        // Turned red by `Self = 0` instead of `Self = Horizon` in RecentBumps.Record.
        trie.IsValid(Exact("t"), fence: 0).ShouldBeFalse();
    }

    [Fact]
    public void Pruning_keeps_what_the_node_knew()
    {
        var trie = new TagTrie();
        var fence = trie.Sequence;
        var pinned = trie.Pin(Exact("t:f:1"), Whole("t"));
        trie.Bump("t:f:1");

        trie.Unpin(pinned);

        // Turned red by removing `recent.Remember(…)` in Prune.
        trie.NodeCount.ShouldBe(0);
        trie.IsValid(Exact("t:f:1"), fence).ShouldBeFalse();
        trie.IsValid(Whole("t"), fence).ShouldBeFalse();
        trie.IsValid(Exact("t:f:2"), fence).ShouldBeTrue();
        TagTrie.IsValid(trie.Pin(Exact("t:f:1")), fence).ShouldBeFalse();
    }

    [Fact]
    public void Pruning_does_not_push_newer_bumps_out_of_a_full_table()
    {
        var trie = new TagTrie(recentCapacity: 2);
        var old = trie.Pin(Exact("old"));
        trie.Bump("old");
        trie.Bump("x");
        trie.Bump("y");

        trie.Unpin(old);

        trie.Horizon.ShouldBe(1);
        trie.IsValid(Exact("x"), fence: 1).ShouldBeFalse();
        trie.IsValid(Exact("old"), fence: 0).ShouldBeFalse();
        trie.IsValid(Exact("old"), fence: 1).ShouldBeTrue();
    }

    [Fact]
    public void A_bump_that_nobody_depends_on_makes_no_node()
    {
        var trie = new TagTrie();
        for (var i = 0; i < 1000; i++)
        {
            trie.Bump($"t:f:{i}");
        }

        trie.NodeCount.ShouldBe(0);
    }

    [Fact]
    public void Nodes_live_as_long_as_a_pin_needs_them()
    {
        var trie = new TagTrie();
        var first = trie.Pin(Exact("t:f:1"));
        var second = trie.Pin(Exact("t:f:1"), Exact("t:f:2"));
        trie.NodeCount.ShouldBe(4);

        trie.Unpin(first);
        trie.NodeCount.ShouldBe(4);

        trie.Unpin(second.AsSpan(0, 1));
        trie.NodeCount.ShouldBe(3);

        trie.Unpin(second.AsSpan(1, 1));
        trie.NodeCount.ShouldBe(0);
    }

    [Fact]
    public void Room_for_nodes_is_given_back()
    {
        var trie = new TagTrie();
        var pinned = Enumerable.Range(0, 50_000).Select(i => trie.Pin(Exact($"t:{i}"))).ToList();
        trie.NodeCapacity.ShouldBeGreaterThan(50_000);

        pinned.ForEach(pin => trie.Unpin(pin));

        trie.NodeCapacity.ShouldBeLessThan(10_000);
    }

    [Fact]
    public void Equal_values_below_different_parents_are_different_nodes()
    {
        var trie = new TagTrie();
        var inA = trie.Pin(Exact("a:1"));
        var inB = trie.Pin(Exact("b:1"));

        trie.Bump("a:1");

        TagTrie.IsValid(inA, 0).ShouldBeFalse();
        TagTrie.IsValid(inB, 0).ShouldBeTrue();
    }

    [Fact]
    public void A_bump_is_published_after_its_nodes_are_written()
    {
        using var cache = Cache();
        cache.Load("key", "old", Exact("t")).ShouldBe(StoreOutcome.Stored);
        var before = LookupStatus.NotFound;
        cache.Trie.BumpProbe = () => before = cache.Get("key");

        cache.Invalidate("t");

        // Turned red by swapping `Write(…)` and `Volatile.Write(ref sequence, …)` in TagTrie.Bump: the reader in between
        // would then stamp the entry "validated" at the new sequence after a walk over the old nodes.
        before.ShouldNotBe(LookupStatus.NotFound);
        cache.Get("key").ShouldNotBe(LookupStatus.Hit);
    }

    [Fact]
    public void A_bump_during_a_walk_is_met_by_the_next_one()
    {
        using var cache = Cache();
        cache.Load("key", "old", Exact("t"));
        cache.Invalidate("unrelated");
        cache.Trie.WalkProbe = () => cache.Invalidate("t");
        cache.Get("key").ShouldBe(LookupStatus.Hit);
        cache.Trie.WalkProbe = null;

        // Turned red by stamping the entry with the sequence of after the walk in CacheEntry.IsValid.
        cache.Get("key").ShouldBe(LookupStatus.Invalidated);
    }

    [Fact]
    public void The_short_cut_holds_only_as_long_as_nothing_is_bumped()
    {
        using var cache = Cache();
        cache.Load("key", "value", Exact("t"));
        cache.Get("key").ShouldBe(LookupStatus.Hit);
        cache.Invalidate("other");
        cache.Get("key").ShouldBe(LookupStatus.Hit);

        cache.Invalidate("t");

        cache.Get("key").ShouldBe(LookupStatus.Invalidated);
    }
}
