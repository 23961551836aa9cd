using Xunit.Abstractions;
using ZooCache.Tests;

namespace ZooCache.Core.Tests.Nodes;

public sealed class ConsistencyTokenTests(ITestOutputHelper output)
{
    [Fact]
    public void A_token_reads_back()
    {
        var random = new Random(StressSeed.Take(output));
        for (var round = 0; round < 300; round++)
        {
            var (one, two) = (Any(random), Any(random));
            foreach (var token in new[] { ConsistencyToken.At(one, new HlcStamp(two)), ConsistencyToken.Of(one, two) })
            {
                var text = token.ToString();

                // Turned red by a format other than hexadecimal on one side only.
                ConsistencyToken.TryParse(text, out var read).ShouldBeTrue(text);
                read.ShouldBe(token);
                read.GetHashCode().ShouldBe(token.GetHashCode());
                (read.Epoch, read.Stamp, read.Node, read.Number, read.IsStamped).ShouldBe((token.Epoch, token.Stamp, token.Node, token.Number, token.IsStamped));
                text.Length.ShouldBeLessThanOrEqualTo(35);
                text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '.').ShouldBeTrue();
            }
        }
    }

    // Tokens are kept by browsers for as long as they like.
    [Fact]
    public void The_text_is_what_it_has_always_been()
    {
        ConsistencyToken.At(0xABC, new HlcStamp(0x12)).ToString().ShouldBe("s.abc.12");
        ConsistencyToken.Of(0xABC, 0x12).ToString().ShouldBe("n.abc.12");
        ConsistencyToken.Of(ulong.MaxValue, ulong.MaxValue).ToString().ShouldBe("n.ffffffffffffffff.ffffffffffffffff");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("s.1")]
    [InlineData("s.1.2.3")]
    [InlineData("s.1.")]
    [InlineData("s..1")]
    [InlineData("S.1.2")]
    [InlineData("x.1.2")]
    [InlineData("s.0.1")]
    [InlineData("s.1.0")]
    [InlineData("n.0.1")]
    [InlineData("n.1.0")]
    [InlineData("s.-1.2")]
    [InlineData("s.+1.2")]
    [InlineData("s. 1.2")]
    [InlineData("s.1.2 ")]
    [InlineData("s.0x1.2")]
    [InlineData("s.1.10000000000000000")]
    [InlineData("s.g.1")]
    [InlineData("s.1.00000000000000000000000000000000000000000000000000000000000000000001")]
    public void What_is_no_token_isnt_read(string? text)
    {
        ConsistencyToken.TryParse(text, out var token).ShouldBeFalse();
        token.ShouldBeNull();
    }

    [Fact]
    public void Any_text_is_a_token_or_none()
    {
        const string letters = "ssnn....0123abF-+ \0é";
        var random = new Random(StressSeed.Take(output));
        var read = 0;
        for (var round = 0; round < 50_000; round++)
        {
            var text = string.Create(random.Next(4, 8), random, static (span, r) => r.GetItems(letters, span));
            text = random.Next(2) == 0 ? text : (random.Next(2) == 0 ? "s." : "n.") + text;
            if (ConsistencyToken.TryParse(text, out var token))
            {
                read++;
                ConsistencyToken.TryParse(token.ToString(), out var again).ShouldBeTrue();
                again.ShouldBe(token);
                token.IsStamped.ShouldBe(text[0] == 's');
            }
        }

        read.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void Tokens_are_equal_when_they_name_the_same()
    {
        ConsistencyToken[] tokens =
        [
            ConsistencyToken.At(1, new HlcStamp(2)), ConsistencyToken.At(2, new HlcStamp(2)), ConsistencyToken.At(1, new HlcStamp(1)),
            ConsistencyToken.Of(1, 2), ConsistencyToken.Of(2, 2), ConsistencyToken.Of(1, 1),
        ];

        // Turned red by leaving any of the four out of ConsistencyToken.Equals.
        tokens.SelectMany(one => tokens.Where(other => one.Equals(other))).ShouldBe(tokens);
        tokens[0].Equals(ConsistencyToken.At(1, new HlcStamp(2))).ShouldBeTrue();
        tokens[0].Equals((object)ConsistencyToken.At(1, new HlcStamp(2))).ShouldBeTrue();
        tokens[0].Equals((object)"s.1.2").ShouldBeFalse();
        tokens[0].Equals(null).ShouldBeFalse();
    }

    private static ulong Any(Random random) => Math.Max(1, (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64));
}
