using Xunit.Abstractions;
using ZooCache.Tests;
using static ZooCache.Core.Tests.Nodes.GivenNodes;

namespace ZooCache.Core.Tests.Nodes;

public sealed class MessageTests(ITestOutputHelper output)
{
    [Fact]
    public void What_is_written_reads_back()
    {
        var random = new Random(StressSeed.Take(output));
        for (var round = 0; round < 2000; round++)
        {
            var message = AnyMessage(random);

            var read = NodeMessage.TryDecode(message.Encode());

            // Turned red by dropping a segment's name or hash in MessageWriter.Path, or by reading the parts before the tags.
            read.ShouldNotBeNull();
            Text(read).ShouldBe(Text(message));
        }
    }

    [Fact]
    public void Primitives_read_back_at_their_ends()
    {
        var random = new Random(StressSeed.Take(output));
        ulong[] numbers = [0, 1, 0x7F, 0x80, 0x3FFF, 0x4000, ulong.MaxValue >> 1, 1UL << 63, ulong.MaxValue, .. Enumerable.Range(0, 500).Select(_ => (ulong)random.NextInt64() >> random.Next(64))];
        var writer = new MessageWriter();
        foreach (var number in numbers)
        {
            writer.Number(number);
            writer.Word(number);
            writer.Byte((byte)number);
            writer.Text(Name(random));
        }

        writer.Byte(1);
        writer.Bytes([]);
        writer.Text("");
        writer.Count(0);
        writer.Length.ShouldBe(writer.ToArray().Length);

        var reader = new MessageReader(writer.Written);
        foreach (var number in numbers)
        {
            // Turned red by ending MessageReader.Number's loop at a shift of 63, where the largest numbers have their last bit.
            reader.Number().ShouldBe(number);
            reader.Word().ShouldBe(number);
            reader.Byte().ShouldBe((byte)number);
            reader.Text().Length.ShouldBeInRange(1, TagSegment.MaximumLength);
        }

        reader.Flag().ShouldBeTrue();
        reader.Bytes().Length.ShouldBe(0);
        reader.Text().ShouldBe("");
        reader.IsDone.ShouldBeFalse();
        reader.Count().ShouldBe(0);
        reader.IsDone.ShouldBeTrue();
    }

    // The form travels between processes of different versions: where this changes, so must the version's byte.
    [Fact]
    public void The_form_is_what_it_has_always_been()
    {
        const string sample = "01" + "02" + "02" + "0154" + "02C3A9" + "02" + "0154" + "00" + "8877665544332211" + "01" + "03" + "03" + "010203";
        var message = new NodeMessage(
            [TagPath.Of("T", "é"), TagPath.Of("T").Append(0x1122334455667788)], [(3, new byte[] { 1, 2, 3 })]);

        Convert.ToHexString(message.Encode()).ShouldBe(sample);
        Text(NodeMessage.TryDecode(Convert.FromHexString(sample))!).ShouldBe(Text(message));
        Convert.ToHexString(NodeMessage.Everything.Encode()).ShouldBe("01" + "01" + "00" + "00");
        Convert.ToHexString(new NodeMessage([], []).Encode()).ShouldBe("01" + "00" + "00");
    }

    [Theory]
    [InlineData("", "nothing")]
    [InlineData("00" + "00" + "00", "an earlier version")]
    [InlineData("02" + "00" + "00", "a later version")]
    [InlineData("01" + "00" + "00" + "00", "something after the end")]
    [InlineData("01" + "00", "no parts")]
    [InlineData("01" + "01" + "01" + "02C328" + "00", "text that is no UTF-8")]
    [InlineData("01" + "01" + "01" + "0011223344556677" + "00", "a hash of seven bytes")]
    [InlineData("01" + "05" + "00" + "00", "more tags than bytes")]
    [InlineData("01" + "FFFFFFFF0F" + "00" + "00", "four thousand million tags")]
    [InlineData("01" + "FFFFFFFFFFFFFFFFFF02" + "00", "a number of 65 bits")]
    [InlineData("01" + "80808080808080808080" + "00", "a number of eleven bytes")]
    [InlineData("01" + "00" + "01" + "03" + "05" + "01", "a part that ends early")]
    public void What_is_no_message_is_none(string hex, string because)
        => NodeMessage.TryDecode(Convert.FromHexString(hex)).ShouldBeNull(because);

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void A_path_is_as_deep_as_paths_are(int depth, bool isPath)
    {
        byte[] bytes = [1, 1, (byte)depth, .. Enumerable.Repeat(new byte[] { 1, (byte)'s' }, depth).SelectMany(b => b), 0];

        // Turned red by taking the comparison with MaximumDepth out of MessageReader.Path: TagPath.Append throws.
        (NodeMessage.TryDecode(bytes) is not null).ShouldBe(isPath);
    }

    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public void A_name_is_as_long_as_names_are(int length, bool isName)
    {
        var writer = new MessageWriter();
        writer.Byte(1);
        writer.Count(1);
        writer.Count(1);
        writer.Text(new string('é', length));
        writer.Count(0);

        // Turned red by taking the comparison with MaximumLength out of MessageReader.Path: TagPath.Append throws.
        (NodeMessage.TryDecode(writer.ToArray()) is not null).ShouldBe(isName);
    }

    [Fact]
    public void Half_a_character_keeps_its_hash()
    {
        var path = TagPath.Of("a\uD800b");

        var read = NodeMessage.TryDecode(new NodeMessage([path], []).Encode()).ShouldNotBeNull();

        read.Tags.ShouldBe([path]);
    }

    [Fact]
    public void What_would_be_too_long_invalidates_everything()
    {
        var fits = new NodeMessage([], [(1, new byte[NodeMessage.MaximumBytes - 7])]).Encode();
        var tooLong = new NodeMessage([TagPath.Of("T")], [(1, new byte[NodeMessage.MaximumBytes])]).Encode();

        fits.Length.ShouldBe(NodeMessage.MaximumBytes);
        NodeMessage.TryDecode(fits).ShouldNotBeNull();
        tooLong.ShouldBe(NodeMessage.Everything.Encode());
        NodeMessage.TryDecode(new byte[NodeMessage.MaximumBytes + 1]).ShouldBeNull();
    }

    [Fact]
    public void Broken_messages_never_throw_and_never_take_more_memory_than_they_can_hold()
    {
        var random = new Random(StressSeed.Take(output));
        var valid = Enumerable.Range(0, 300).Select(_ => AnyMessage(random).Encode()).Where(b => b.Length < 400).ToArray();
        var (read, none) = (0, 0);
        _ = valid.Count(v => NodeMessage.TryDecode(Broken(v, random)) is not null);

        for (var round = 0; round < 100_000; round++)
        {
            var bytes = Broken(valid[random.Next(valid.Length)], random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var message = NodeMessage.TryDecode(bytes);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            (read, none) = message is null ? (read, none + 1) : (read + 1, none);

            // Turned red by comparing in MessageReader.Count with int.MaxValue in place of the bytes that are left.
            if (allocated > MostFor(bytes.Length))
            {
                allocated.ShouldBeLessThanOrEqualTo(MostFor(bytes.Length), Convert.ToHexString(bytes));
            }

            if (message is not null)
            {
                // What was read is a message: it can be written, and says the same.
                Text(NodeMessage.TryDecode(message.Encode())!).ShouldBe(Text(message));
            }
        }

        read.ShouldBeGreaterThan(1000);
        none.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void The_most_that_a_message_can_make_of_its_bytes_is_bounded()
    {
        byte[] deep = [32, .. Enumerable.Repeat(new byte[] { 1, (byte)'s' }, 32).SelectMany(b => b)];
        byte[] bytes = [1, 100, .. Enumerable.Repeat(deep, 100).SelectMany(b => b), 0];
        NodeMessage.TryDecode(bytes).ShouldNotBeNull().Tags.Count.ShouldBe(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        NodeMessage.TryDecode(bytes);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(MostFor(bytes.Length));
    }

    /// <summary>A path of 32 short names is made segment by segment: some 16 kB of garbage for 65 bytes. An exception takes some kB.</summary>
    private static long MostFor(int length) => 16_384 + (300L * length);

    private static byte[] Broken(byte[] valid, Random random)
    {
        if (random.Next(5) == 0)
        {
            var noise = Bytes(random, random.Next(1, 60));
            noise[0] = 1;
            return noise;
        }

        var bytes = valid.ToList();
        for (var left = random.Next(1, 4); left > 0; left--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(5))
            {
                case 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 1:
                    bytes.InsertRange(at, Bytes(random, random.Next(1, 10)));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, random.Next(Math.Min(40, bytes.Count - at + 1))));
                    break;
                case 3 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 4 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. bytes];
    }
}
