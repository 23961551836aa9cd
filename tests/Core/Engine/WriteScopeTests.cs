using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class WriteScopeTests
{
    [Fact]
    public void What_was_cached_is_gone_before_the_write_commits()
    {
        using var cache = Cache();
        cache.Load("key", "old", Exact("t:f:1"));

        using var write = cache.Write("t:f:1");

        cache.Get("key").ShouldBe(LookupStatus.Invalidated);
    }

    [Fact]
    public void Nothing_is_stored_between_the_begin_and_the_end_of_a_write()
    {
        using var cache = Cache();
        var write = cache.Write("t:f:1");
        cache.Load("key", "old", Exact("t:f:1")).ShouldBe(StoreOutcome.Marked);
        var under = cache.BeginFill(Key("key"), [Exact("t:f:1")]);

        write.Complete();

        cache.Store(under, "old").ShouldBe(StoreOutcome.Invalidated);
        cache.Load("key", "new", Exact("t:f:1")).ShouldBe(StoreOutcome.Stored);
        cache.Trie.MarkCount.ShouldBe(0);
    }

    [Fact]
    public void A_fill_that_runs_between_the_mark_and_the_bump_is_never_served_after_the_commit()
    {
        using var cache = Cache();
        cache.Probe = step =>
        {
            if (step == WriteStep.Begun)
            {
                cache.Load("key", "old", Exact("t:f:1"));
            }
        };

        // With the bump first, the whole fill fits between it and the mark: it has a newer fence, meets no mark, and is
        // stored; the commit then makes it wrong. Turned red by swapping Mark and Bump in WriteScope.Begin.
        using var write = cache.Write("t:f:1");

        cache.Get("key").ShouldNotBe(LookupStatus.Hit);
    }

    [Fact]
    public void A_fill_that_is_stored_between_the_bump_and_the_unmark_is_not_served()
    {
        using var cache = Cache();
        var write = cache.Write("t:f:1");
        var under = cache.BeginFill(Key("under"), [Exact("t:f:1")]);
        var (stored, read, loaded) = (StoreOutcome.Stored, LookupStatus.Hit, StoreOutcome.Stored);
        cache.Probe = _ =>
        {
            stored = cache.Store(under, "old");
            read = cache.Get("under");
            loaded = cache.Load("complete", "new", Exact("t:f:1"));
        };

        write.Complete();

        // The load read the old rows under the mark. With the unmark first, nothing would stop it here: the commit is done,
        // the old rows are served. Turned red by swapping Bump and Unmark in WriteScope.Complete.
        stored.ShouldNotBe(StoreOutcome.Stored);
        read.ShouldBe(LookupStatus.NotFound);
        loaded.ShouldBe(StoreOutcome.Marked);
    }

    [Fact]
    public void While_two_write_one_tag_the_end_of_the_first_frees_nothing()
    {
        using var cache = Cache();
        var first = cache.Write("t:f:1");
        var second = cache.Write("t:f:1");

        first.Complete();

        // Turned red by removing the path instead of counting down in MarkTable.Release.
        cache.Load("key", "old", Exact("t:f:1")).ShouldBe(StoreOutcome.Marked);
        second.Complete();
        cache.Load("key", "new", Exact("t:f:1")).ShouldBe(StoreOutcome.Stored);
    }

    [Fact]
    public void The_same_tag_twice_in_one_write_is_marked_once()
    {
        using var cache = Cache();
        var write = cache.Write("t:f:1", "t:f:1");
        write.Add([TagPath.Parse("t:f:1")]).ShouldBe(0);

        cache.Trie.MarkCount.ShouldBe(1);
        write.Complete();
        cache.Trie.MarkCount.ShouldBe(0);
    }

    [Fact]
    public void Widening_marks_and_bumps_at_once()
    {
        using var cache = Cache();
        cache.Load("key", "old", Exact("u"));
        using var write = cache.Write("t");

        write.Add([TagPath.Parse("u")]).ShouldBe(cache.Trie.Sequence);

        cache.Get("key").ShouldBe(LookupStatus.Invalidated);
        cache.Load("key", "old", Exact("u")).ShouldBe(StoreOutcome.Marked);
    }

    [Fact]
    public void Bumping_again_keeps_the_marks()
    {
        using var cache = Cache();
        var write = cache.Write("t");
        var sequence = cache.Trie.Sequence;

        write.Rebump([], []);

        cache.Trie.Sequence.ShouldBe(sequence + 1);
        cache.Load("key", "old", Exact("t")).ShouldBe(StoreOutcome.Marked);
        write.Complete();
        write.Rebump([], []);
        cache.Trie.Sequence.ShouldBe(sequence + 2);
    }

    [Fact]
    public void A_write_completes_once()
    {
        using var cache = Cache();
        var write = cache.Write("t");
        write.IsComplete.ShouldBeFalse();

        write.Complete();
        var sequence = cache.Trie.Sequence;
        write.Complete();
        write.Dispose();

        write.IsComplete.ShouldBeTrue();
        cache.Trie.Sequence.ShouldBe(sequence);
        cache.Trie.MarkCount.ShouldBe(0);
    }

    [Fact]
    public void What_is_added_after_the_end_is_bumped_and_leaves_no_mark()
    {
        using var cache = Cache();
        var write = cache.Write("t");
        write.Complete();
        cache.Load("key", "old", Exact("u"));

        write.Add([TagPath.Parse("u")]);

        cache.Get("key").ShouldBe(LookupStatus.Invalidated);
        cache.Trie.MarkCount.ShouldBe(0);
    }

    [Fact]
    public void A_write_of_nothing_is_nothing()
    {
        using var cache = Cache();

        using (cache.BeginWrite([]))
        {
            cache.Trie.MarkCount.ShouldBe(0);
        }

        cache.Trie.Sequence.ShouldBe(0);
    }

    [Fact]
    public void A_huge_write_says_it_more_coarsely_and_stays_as_safe()
    {
        using var cache = Cache();
        using var write = cache.Write("other:f:1");
        var child = cache.Trie.Pin(Exact("t:f:7"));
        var seen = new List<bool>();
        cache.Probe = _ => seen.Add(cache.Trie.IsMarked(child));

        for (var i = 0; i < 5000; i++)
        {
            write.Add([TagPath.Of("t", "f", $"{i}")]);
        }

        // Siblings became "t:f"; at no moment was a child without its mark. Turned red by unmarking the children before Begin
        // in WriteScope.Collapse.
        write.Count.ShouldBe(2);
        cache.Trie.MarkCount.ShouldBe(2);
        seen.Skip(7).ShouldAllBe(marked => marked);
        cache.Load("child", "old", Exact("t:f:4999")).ShouldBe(StoreOutcome.Marked);
        cache.Load("never written", "old", Exact("t:f:5001")).ShouldBe(StoreOutcome.Marked);
        cache.Load("elsewhere", "value", Exact("t:g:1")).ShouldBe(StoreOutcome.Stored);
        cache.Load("other", "old", Exact("other:f:1")).ShouldBe(StoreOutcome.Marked);
        write.Complete();
        cache.Trie.MarkCount.ShouldBe(0);
        cache.Load("child", "new", Exact("t:f:4999")).ShouldBe(StoreOutcome.Stored);
    }

    [Fact]
    public void Collapsing_covers_everything_that_was_there()
    {
        // Two thousand tags without a sibling among them, at different depths.
        var paths = Enumerable.Range(0, 2000)
            .Select(i => i % 2 == 0 ? TagPath.Of("t", $"{i}", "x") : TagPath.Of("u", $"{i}", "x", "y")).ToList();
        var set = paths.ToHashSet();
        var parents = new HashSet<TagPath>();

        TagCollapse.Collapse(set, 512, parents);

        set.Count.ShouldBeLessThanOrEqualTo(512);
        paths.ShouldAllBe(path => set.Contains(path) || TagCollapse.HasAncestorIn(set, path));
        parents.ShouldAllBe(parent => set.Contains(parent));
    }
}
