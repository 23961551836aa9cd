using System.Buffers.Binary;
using ZooCache.Codec;
using ZooCache.RowSets;
using ZooCache.Tests;
using Xunit.Abstractions;
using static ZooCache.Core.Tests.Codec.GivenRowSets;

namespace ZooCache.Core.Tests.Codec;

/// <summary>What is stored comes back as it was, and nothing else comes back at all.</summary>
public sealed class PayloadCodecTests(ITestOutputHelper output)
{
    private const long Large = 1 << 24;

    private static readonly PayloadCodec Plain = new(compressor: null);

    [Fact]
    public void Each_extreme_value_comes_back_as_it_was()
    {
        foreach (var value in Extremes)
        {
            var kind = ValueKinds.Of(value.GetType());
            var rows = Of([kind, ValueKind.Object, kind], [value, value, null]);

            RoundTrip(rows);
        }
    }

    [Fact]
    public void All_values_of_two_bytes_come_back_as_they_were()
    {
        ValueKind[] kinds = [ValueKind.Byte, ValueKind.SByte, ValueKind.Int16, ValueKind.UInt16, ValueKind.Char, ValueKind.Int32, ValueKind.Int64];
        for (var i = 0; i <= ushort.MaxValue; i += 256)
        {
            RoundTrip(Of(kinds, [.. Enumerable.Range(i, 256).Select(n => (object?[])[unchecked((byte)n), unchecked((sbyte)n), unchecked((short)n), (ushort)n, (char)n, -n, -(long)n])]));
        }
    }

    [Fact]
    public void Any_rows_come_back_as_they_were()
    {
        var random = new Random(StressSeed.Take(output));
        for (var left = TestSize.Of("ZOOCACHE_CODEC_DOCUMENTS", 2_000); left > 0; left--)
        {
            RoundTrip(Any(random));
        }
    }

    [Fact]
    public void What_repeats_itself_is_compressed_and_what_is_short_isnt()
    {
        var rows = Of([ValueKind.Int32, ValueKind.String], [.. Enumerable.Range(0, 100).Select(i => (object?[])[i, "a product with a name"])]);

        var (compressed, plain) = (PayloadCodec.Default.Encode(rows)!, Plain.Encode(rows)!);

        compressed[1].ShouldBe(Lz4Compressor.Instance.Id);
        plain[1].ShouldBe((byte)0);
        compressed.Length.ShouldBeLessThan(plain.Length / 4);
        PayloadCodec.Default.Encode(Of([ValueKind.Int32], [1]))![1].ShouldBe((byte)0);
        PayloadCodec.Default.Encode(Of([ValueKind.Bytes], [Bytes(new Random(1), 5000)]))![1].ShouldBe((byte)0, "there is nothing to gain");
    }

    [Fact]
    public void A_value_of_a_type_that_has_no_form_isnt_stored()
    {
        PayloadCodec.Default.Encode(Of([ValueKind.Object], [new Version(1, 2)])).ShouldBeNull();
        PayloadCodec.Default.Encode(Of([ValueKind.Int32, ValueKind.Other], [1, (object)1])).ShouldBeNull();
    }

    [Fact]
    public void Columns_of_other_kinds_than_are_asked_for_are_no_answer()
    {
        var payload = PayloadCodec.Default.Encode(Of([ValueKind.Int32, ValueKind.String], [1, "a"]))!;

        foreach (var kinds in (ValueKind[][])[[ValueKind.Int64, ValueKind.String], [ValueKind.Int32], [ValueKind.Int32, ValueKind.String, ValueKind.Int32], []])
        {
            PayloadCodec.Default.TryDecode(payload, new RowLayout(kinds), Large, out var rows).ShouldBe(PayloadFault.OtherColumns);
            rows.ShouldBeNull();
        }
    }

    [Fact]
    public void What_is_damaged_anywhere_is_no_answer()
    {
        var rows = Of([ValueKind.Int32, ValueKind.String], [.. Enumerable.Range(0, 40).Select(i => (object?[])[i, "text"])]);
        foreach (var codec in (PayloadCodec[])[PayloadCodec.Default, Plain, new PayloadCodec(Lz4Compressor.Instance, compressFrom: 0)])
        {
            var payload = codec.Encode(rows)!;
            for (var bit = 0; bit < 8 * payload.Length; bit++)
            {
                payload[bit / 8] ^= (byte)(1 << (bit % 8));
                codec.TryDecode(payload, rows.Layout, Large, out var read).ShouldNotBe(PayloadFault.None, $"bit {bit}");
                read.ShouldBeNull();
                payload[bit / 8] ^= (byte)(1 << (bit % 8));
            }

            for (var length = 0; length < payload.Length; length++)
            {
                codec.TryDecode(payload.AsMemory(0, length), rows.Layout, Large, out _).ShouldNotBe(PayloadFault.None, $"{length} bytes");
            }

            codec.TryDecode((byte[])[.. payload, 0], rows.Layout, Large, out _).ShouldBe(PayloadFault.Malformed);
        }
    }

    [Fact]
    public void Another_version_or_compressor_is_told_apart_from_damage()
    {
        var rows = Of([ValueKind.Int32], [1]);
        var compressed = new PayloadCodec(Lz4Compressor.Instance, compressFrom: 0).Encode(Of([ValueKind.String], [new string('a', 100)]))!;

        Plain.TryDecode(Sealed(Plain.Encode(rows)!, p => p[0] = PayloadCodec.Version + 1), rows.Layout, Large, out _).ShouldBe(PayloadFault.UnknownFormat);
        Plain.TryDecode(Sealed(Plain.Encode(rows)!, static p => p[2] = 1), rows.Layout, Large, out _).ShouldBe(PayloadFault.UnknownFormat);
        Plain.TryDecode(compressed, new RowLayout([ValueKind.String]), Large, out _).ShouldBe(PayloadFault.UnknownFormat);
    }

    [Fact]
    public void A_result_that_would_take_more_memory_than_it_may_isnt_made()
    {
        foreach (var rows in (RowSet[])
            [
                Of([ValueKind.Decimal], [.. Enumerable.Range(0, 2000).Select(static i => (object?[])[i == 0 ? 1m : null])]),
                Of([ValueKind.String], [.. Enumerable.Range(0, 1000).Select(static _ => (object?[])["a text"])]),
                Of([ValueKind.Bytes], [new byte[30_000]]),
                Of([ValueKind.Object], [.. Enumerable.Range(0, 1000).Select(static i => (object?[])[i])]),
                Of([ValueKind.String], ["\uD800" + new string('a', 15_000)]),
            ])
        {
            var payload = PayloadCodec.Default.Encode(rows)!;

            PayloadCodec.Default.TryDecode(payload, rows.Layout, rows.Size, out _).ShouldBe(PayloadFault.None);
            PayloadCodec.Default.TryDecode(payload, rows.Layout, rows.Size / 2, out _).ShouldBe(PayloadFault.TooLarge);
        }
    }

    // Turned red by decoding whatever the library decodes (Lz4Compressor.IsBlockOf).
    [Fact]
    public void An_LZ4_match_that_begins_nowhere_hands_out_nothing()
    {
        const int Size = 60;
        byte[] start = [0x93, 0xC4, 1, (byte)ValueKind.Bytes, 1, 0x91, 0xC4, Size, 1, 2, 3, 4, 5, 6, 7, 8];
        foreach (var offset in (byte[])[0, 17])
        {
            byte[] block = [0xFF, 1, .. start, offset, 0, 40 - 19, 12 << 4, .. Enumerable.Repeat((byte)'.', 12)];
            PayloadCodec.Default.TryDecode(Enveloped(block, Lz4Compressor.Instance.Id, 8 + Size), new RowLayout([ValueKind.Bytes]), Large, out _).ShouldBe(PayloadFault.Malformed, $"{offset}");
        }

        byte[] right = [0xFF, 1, .. start, 16, 0, 40 - 19, 12 << 4, .. Enumerable.Repeat((byte)'.', 12)];
        PayloadCodec.Default.TryDecode(Enveloped(right, Lz4Compressor.Instance.Id, 8 + Size), new RowLayout([ValueKind.Bytes]), Large, out _).ShouldBe(PayloadFault.None);
    }

    [Theory]
    [InlineData("Single", "CB3FF199999999999A")] // 64 bits
    [InlineData("Single", "CE01000001")] // a whole number
    [InlineData("Double", "CA3F8CCCCD")] // 32 bits
    [InlineData("Double", "CF0020000000000001")]
    [InlineData("Bytes", "A3616263")] // a text
    [InlineData("String", "C403616263")] // bytes
    [InlineData("DateTime", "D7FFFFFFFFFC00000001")] // 2^30 - 1 nanoseconds
    [InlineData("DateTime", "D7FF0000000400000001")] // 1 nanosecond
    [InlineData("DateTime", "C70CFFFFFFFFFF0000000000000001")] // 2^32 - 1 nanoseconds
    [InlineData("DateTime", "C70CFF000000007FFFFFFFFFFFFFFF")] // 2^63 - 1 seconds
    [InlineData("DateTime", "92D6FF0000000101")] // a pair that says UTC
    [InlineData("DateTimeOffset", "92D6FF00000001CD0FFF")] // 4095 minutes
    [InlineData("String", "C70203610062")] // half a character
    [InlineData("Boolean", "01")]
    [InlineData("Char", "FF")]
    public void A_value_in_a_form_that_its_kind_doesnt_have_is_a_fault(string kind, string value)
    {
        var asked = Enum.Parse<ValueKind>(kind);
        byte[] content = [0x93, 0xC4, 1, (byte)asked, 1, 0x91, .. Convert.FromHexString(value)];

        PayloadCodec.Default.TryDecode(Enveloped(content), new RowLayout([asked]), Large, out _).ShouldBe(PayloadFault.Malformed);
    }

    [Fact]
    public void Whatever_the_limit_what_is_within_it_comes_back()
    {
        var wide = Of([.. Enumerable.Repeat(ValueKind.Int32, 600)]);
        PayloadCodec.Default.TryDecode(PayloadCodec.Default.Encode(wide)!, wide.Layout, wide.Size, out _).ShouldBe(PayloadFault.None);
        var large = Of([ValueKind.String], [new string('a', 10_000)]);
        PayloadCodec.Default.TryDecode(PayloadCodec.Default.Encode(large)!, large.Layout, long.MaxValue, out _).ShouldBe(PayloadFault.None);
    }

    /// <summary>A few bytes that claim to be very much.</summary>
    [Fact]
    public void Neither_lies_about_lengths_nor_bombs_allocate_anything()
    {
        var layout = new RowLayout([ValueKind.String]);
        var bomb = new PayloadCodec(Lz4Compressor.Instance, compressFrom: 0).Encode(Of([ValueKind.String], [new string('a', 50_000_000)]))!;
        byte[][] lies =
        [
            bomb,
            Sealed(bomb[..100], static p => BinaryPrimitives.WriteUInt32LittleEndian(p.AsSpan(4), uint.MaxValue)),
            Sealed([.. bomb[..PayloadCodec.HeaderBytes], 0x92], static p => p[1] = 0),
            .. ((byte[][])
            [
                [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], // an array of 4 billion
                [0x93, 0xC4, 0x01, 0x14, 0xCE, 0x7F, 0xFF, 0xFF, 0xFF, 0xDD, 0x7F, 0xFF, 0xFF, 0xFF], // as many rows
                [0x93, 0xC4, 0x01, 0x14, 0x01, 0x91, 0xDB, 0xFF, 0xFF, 0xFF, 0xFF], // a text of 4 GB
                [0x93, 0xC4, 0x01, 0x14, 0x01, 0x91, 0xC9, 0xFF, 0xFF, 0xFF, 0xFE, 0x03], // the same, as UTF-16
                [0x93, 0xC6, 0xFF, 0xFF, 0xFF, 0xFF], // as many columns
                [.. Enumerable.Repeat((byte)0x91, 100_000)], // an array in an array in …
            ]).Select(Enveloped),
        ];
        foreach (var lie in lies)
        {
            PayloadCodec.Default.TryDecode(lie, layout, 1 << 20, out _);
            var before = GC.GetAllocatedBytesForCurrentThread();
            PayloadCodec.Default.TryDecode(lie, layout, 1 << 20, out _).ShouldNotBe(PayloadFault.None);
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(64 * 1024);
        }
    }

    [Fact]
    public void Rows_of_which_nobody_reads_a_column_are_counted_up_to_a_bound()
    {
        var layout = new RowLayout([ValueKind.Unsupported]);
        RoundTrip(Of([ValueKind.Unsupported], [null], [null]));

        PayloadCodec.Default.TryDecode(Enveloped([0x93, 0xC4, 0x01, 0x00, 0xCE, 0x01, 0x00, 0x00, 0x00, 0xC0]), layout, Large, out var rows).ShouldBe(PayloadFault.None);
        rows!.RowCount.ShouldBe(RowSetFormat.MostBareRows);
        PayloadCodec.Default.TryDecode(Enveloped([0x93, 0xC4, 0x01, 0x00, 0xCE, 0x01, 0x00, 0x00, 0x01, 0xC0]), layout, Large, out _).ShouldBe(PayloadFault.Malformed);
    }

    /// <summary>Bytes in the place of a result, in an envelope that is in order.</summary>
    internal static byte[] Enveloped(byte[] content) => Enveloped(content, compressor: 0, content.Length);

    internal static byte[] Enveloped(byte[] content, byte compressor, int length)
        => Sealed([PayloadCodec.Version, compressor, 0, 0, .. BitConverter.GetBytes(length), .. new byte[8], .. content], static _ => { });

    private static byte[] Sealed(byte[] payload, Action<byte[]> change)
    {
        change(payload);
        BinaryPrimitives.WriteUInt64LittleEndian(
            payload.AsSpan(8), XxHash64.Hash(payload.AsSpan(PayloadCodec.HeaderBytes), BinaryPrimitives.ReadUInt64LittleEndian(payload)));
        return payload;
    }

    private static void RoundTrip(RowSet rows)
    {
        foreach (var codec in (PayloadCodec[])[PayloadCodec.Default, Plain])
        {
            codec.TryDecode(codec.Encode(rows)!, rows.Layout, Math.Max(rows.Size, 1024), out var read).ShouldBe(PayloadFault.None);
            Text(read!).ShouldBe(Text(rows));
            read!.Size.ShouldBe(rows.Size);
        }
    }
}
