using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class MarkTests
{
    [Theory]
    [InlineData("t:f:1", false, "t:f:1", true)]
    [InlineData("t:f:1", false, "t:f", true)]
    [InlineData("t:f:1", false, "t:f:1:x", false)]
    [InlineData("t:f:1", false, "t:f:2", false)]
    [InlineData("t", true, "t:f:1", true)]
    [InlineData("t:f", true, "t", true)]
    [InlineData("t", false, "t:f:1", false)]
    [InlineData("t", true, "u:f:1", false)]
    public void A_mark_blocks_what_is_at_and_below_it_and_the_whole_of_what_is_above(string tag, bool subtree, string marked, bool blocked)
    {
        var trie = new TagTrie();
        var pinned = trie.Pin(new DependencyPath(TagPath.Parse(tag), subtree));

        // Turned red by removing the `At` test (exact) or the `Below` test (subtree) in MarkTable.Overlaps.
        trie.Mark([TagPath.Parse(marked)]);
        trie.IsMarked(pinned).ShouldBe(blocked);

        trie.Unmark([TagPath.Parse(marked)]);
        trie.IsMarked(pinned).ShouldBeFalse();
        trie.MarkCount.ShouldBe(0);
    }

    [Fact]
    public void A_mark_on_the_root_blocks_everything()
    {
        var trie = new TagTrie();
        trie.Mark([TagPath.Root]);

        trie.IsMarked(trie.Pin(Exact("a:b"))).ShouldBeTrue();
        trie.IsMarked(trie.Pin(Whole("a"))).ShouldBeTrue();
    }

    [Fact]
    public void Marks_are_counted_per_writer()
    {
        var trie = new TagTrie();
        var pinned = trie.Pin(Exact("t"), Whole("u"));
        trie.Mark([TagPath.Parse("t"), TagPath.Parse("u:1")]);
        trie.Mark([TagPath.Parse("t"), TagPath.Parse("u:2")]);

        trie.Unmark([TagPath.Parse("t"), TagPath.Parse("u:1")]);

        trie.IsMarked(pinned.AsSpan(0, 1)).ShouldBeTrue();
        trie.IsMarked(pinned.AsSpan(1, 1)).ShouldBeTrue();
        trie.MarkCount.ShouldBe(2);
    }
}
