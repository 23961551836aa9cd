namespace ZooCache.Core.Tests;

public sealed class TagPathTests
{
    [Theory]
    [InlineData("user", 1)]
    [InlineData("user:42:orders", 3)]
    [InlineData("a%3Ab:100%25", 2)]
    [InlineData("f81d4fae-7dec-11d0-a765-00a0c91e6bf6:ünï cødé", 2)]
    public void A_written_tag_reads_back(string tag, int depth)
    {
        var path = TagPath.Parse(tag);

        path.Depth.ShouldBe(depth);
        path.ToString().ShouldBe(tag);
        TagPath.Parse(path.ToString()).ShouldBe(path);
    }

    [Fact]
    public void Escapes_stand_for_the_characters_that_separate()
    {
        TagPath.Parse("a%3Ab:100%25").ShouldBe(TagPath.Of("a:b", "100%"));
        TagPath.Parse("a%3ab").ShouldBe(TagPath.Of("a:b"));
        TagPath.Of("a:b", "100%").ToString().ShouldBe("a%3Ab:100%25");
    }

    [Theory]
    [InlineData(":", "Segment 1 is empty")]
    [InlineData("a::b", "Segment 2 is empty")]
    [InlineData("a:", "Segment 2 is empty")]
    [InlineData("a:50%", "Segment 2 has a '%'")]
    [InlineData("a%2", "Segment 1 has a '%'")]
    [InlineData("a%41", "Segment 1 has a '%'")]
    public void What_is_no_tag_is_told_why(string tag, string reason)
    {
        Should.Throw<FormatException>(() => TagPath.Parse(tag)).Message.ShouldContain(reason);
        TagPath.TryParse(tag, out _).ShouldBeFalse();
    }

    [Fact]
    public void Nothing_is_no_tag()
    {
        Should.Throw<ArgumentNullException>(() => TagPath.Parse(null!));
        Should.Throw<ArgumentException>(() => TagPath.Parse(""));
        TagPath.TryParse(null, out _).ShouldBeFalse();
        TagPath.TryParse("", out _).ShouldBeFalse();
    }

    [Fact]
    public void Depth_and_length_are_bounded()
    {
        TagPath.Parse(string.Join(':', Enumerable.Repeat("s", 32))).Depth.ShouldBe(32);
        Should.Throw<FormatException>(() => TagPath.Parse(string.Join(':', Enumerable.Repeat("s", 33))));
        Should.Throw<ArgumentException>(() => TagPath.Of([.. Enumerable.Repeat("s", 33)]));
        Should.Throw<ArgumentException>(() => TagPath.Of([.. Enumerable.Repeat("s", 32)]).Append("s"));
        Should.Throw<ArgumentException>(() => TagPath.Of([.. Enumerable.Repeat("s", 32)]).Append(7));

        TagPath.Parse(new string('s', 512)).Depth.ShouldBe(1);
        TagPath.Parse(new string('é', 512)).Segments[0].ShouldBe(new TagSegment(new string('é', 512)));
        Should.Throw<FormatException>(() => TagPath.Parse(new string('s', 513)));
        Should.Throw<ArgumentException>(() => TagPath.Of(new string('s', 513)));
        Should.Throw<ArgumentException>(() => TagPath.Of("a", ""));
    }

    [Fact]
    public void However_a_path_is_made_it_is_the_same_path()
    {
        var parsed = TagPath.Parse("user:42:orders");
        var appended = TagPath.Root.Append("user").Append("42").Append("orders");

        appended.ShouldBe(parsed);
        appended.GetHashCode().ShouldBe(parsed.GetHashCode());
        appended.Parent().ShouldBe(TagPath.Parse("user:42"));
        for (var depth = 0; depth <= 3; depth++)
        {
            appended.PrefixHash(depth).ShouldBe(parsed.PrefixHash(depth));
        }

        TagPath.Of().ShouldBe(TagPath.Root);
        parsed.ShouldNotBe(TagPath.Parse("user:42"));
        parsed.ShouldNotBe(TagPath.Parse("user:orders:42"));
    }

    [Fact]
    public void A_path_is_a_prefix_of_what_is_below_it_only()
    {
        var user = TagPath.Parse("user:42");

        user.IsPrefixOf(user).ShouldBeTrue();
        user.IsPrefixOf(TagPath.Parse("user:42:orders")).ShouldBeTrue();
        TagPath.Root.IsPrefixOf(user).ShouldBeTrue();
        user.IsPrefixOf(TagPath.Parse("user")).ShouldBeFalse();
        user.IsPrefixOf(TagPath.Parse("user:43:orders")).ShouldBeFalse();
    }

    // Hashes travel between processes: they must not change with the runtime, the machine, or a refactoring.
    [Fact]
    public void Hashes_are_what_they_have_always_been()
    {
        new TagSegment("a").Hash.ShouldBe(0xD24EC4F1A98C6E5BUL);
        TagPath.Root.PrefixHash(0).ShouldBe(XxHash64.Hash([]));
        TagPath.Parse("user:42").PrefixHash(2).ShouldBe(
            XxHash64.Combine(XxHash64.Combine(XxHash64.Hash([]), XxHash64.Hash("user"u8)), XxHash64.Hash("42"u8)));
    }

    [Fact]
    public void A_value_segment_shows_its_hash()
    {
        var segment = new TagSegment(0x0011223344556677);

        segment.ToString().ShouldBe("#0011223344556677");
        segment.Name.ShouldBeNull();
        TagPath.Root.Append("t").Append(0x0011223344556677).ToString().ShouldBe("t:#0011223344556677");
        (segment == new TagSegment(0x0011223344556677)).ShouldBeTrue();
        (segment != new TagSegment("a")).ShouldBeTrue();
    }
}
