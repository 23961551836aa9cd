using System.Buffers.Binary;
using System.Text;

namespace ZooCache.Core.Tests;

public sealed class XxHash64Tests
{
    private const ulong Prime32 = 2654435761;

    // The vectors of the reference implementation's own self-test (xxHash, cli/xsum_sanity_check.c).
    [Theory]
    [InlineData(0, 0, 0xEF46DB3751D8E999)]
    [InlineData(0, Prime32, 0xAC75FDA2929B17EF)]
    [InlineData(1, 0, 0xE934A84ADB052768)]
    [InlineData(1, Prime32, 0x5014607643A9B4C3)]
    [InlineData(4, 0, 0x9136A0DCA57457EE)]
    [InlineData(14, 0, 0x8282DCC4994E35C8)]
    [InlineData(14, Prime32, 0xC3BD6BF63DEB6DF0)]
    [InlineData(222, 0, 0xB641AE8CB691C174)]
    [InlineData(222, Prime32, 0x20CB8AB7AE10C14A)]
    public void The_published_vectors_come_out(int length, ulong seed, ulong expected) =>
        XxHash64.Hash(SanityBuffer(length), seed).ShouldBe(expected);

    [Theory]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    public void Known_texts_come_out(string text, ulong expected) =>
        XxHash64.Hash(Encoding.ASCII.GetBytes(text)).ShouldBe(expected);

    [Fact]
    public void Combining_two_words_is_hashing_their_sixteen_bytes()
    {
        var bytes = new byte[16];
        for (var i = 0UL; i < 100; i++)
        {
            var (first, second) = (i * Prime32 * Prime32, ~i * Prime32);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, first);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), second);

            XxHash64.Combine(first, second).ShouldBe(XxHash64.Hash(bytes));
        }
    }

    private static byte[] SanityBuffer(int length)
    {
        var bytes = new byte[length];
        var generator = Prime32;
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)(generator >> 56);
            generator = unchecked(generator * 11400714785074694797);
        }

        return bytes;
    }
}
