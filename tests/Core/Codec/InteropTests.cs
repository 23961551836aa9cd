using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ZooCache.Codec;
using ZooCache.RowSets;
using ZooCache.Tests;
using Xunit.Abstractions;
using static ZooCache.Core.Tests.Codec.GivenRowSets;

namespace ZooCache.Core.Tests.Codec;

/// <summary>
/// Python's msgpack and lz4 read what we write, and we read what they write. <c>ZOOCACHE_CODEC_DOCUMENTS</c> sets how many documents; what each of
/// them says is told to the other side beside it, as <c>other.py</c> describes.
/// </summary>
public sealed class InteropTests(ITestOutputHelper output) : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zoocache-codec-");

    public void Dispose() => _directory.Delete(recursive: true);

    [PythonFact]
    public void Another_implementation_reads_ours_and_we_read_its()
    {
        var random = new Random(StressSeed.Take(output));
        var documents = new List<RowSet>();
        documents.AddRange(Extremes.Select(e => Of([ValueKinds.Of(e.GetType()), ValueKind.Object], [e, e], [null, null])));
        while (documents.Count < TestSize.Of("ZOOCACHE_CODEC_DOCUMENTS", 1_000))
        {
            documents.Add(Any(random));
        }

        var (plain, packed) = (new PayloadCodec(compressor: null), new PayloadCodec(Lz4Compressor.Instance, compressFrom: 0));
        var (ours, theirs) = (Path.Combine(_directory.FullName, "ours"), Path.Combine(_directory.FullName, "theirs"));
        using (var file = File.Create(ours))
        {
            foreach (var rows in documents)
            {
                var content = plain.Encode(rows)!.AsSpan(PayloadCodec.HeaderBytes);
                Write(file, System.Text.Encoding.UTF8.GetBytes(Said(rows).ToJsonString()));
                Write(file, content);
                var block = new byte[Lz4Compressor.Instance.LongestOf(content.Length)];
                Write(file, block.AsSpan(0, Lz4Compressor.Instance.Compress(content, block)));
            }
        }

        output.WriteLine(RunPython(Path.Combine(AppContext.BaseDirectory, "other.py"), ours, theirs));

        using var answers = File.OpenRead(theirs);
        foreach (var rows in documents)
        {
            var content = Read(answers);
            var block = Read(answers);
            ShouldBe(rows, plain, PayloadCodecTests.Enveloped(content));
            ShouldBe(rows, packed, PayloadCodecTests.Enveloped(block, Lz4Compressor.Instance.Id, content.Length));
        }

        answers.ReadByte().ShouldBe(-1);
    }

    private static void ShouldBe(RowSet rows, PayloadCodec codec, byte[] payload)
    {
        codec.TryDecode(payload, rows.Layout, 1 << 24, out var read).ShouldBe(PayloadFault.None);
        Text(read!).ShouldBe(Text(rows));
    }

    /// <summary>What a row set's stored form is to say, told by the specification in <see cref="RowSetFormat"/> and not by the code that writes it.</summary>
    private static JsonArray Said(RowSet rows)
    {
        var layout = rows.Layout;
        var columns = new JsonArray
        {
            new JsonArray("x", Convert.ToHexString([.. Enumerable.Range(0, layout.ColumnCount).Select(i => (byte)layout.KindOf(i))])),
            new JsonArray("i", rows.RowCount.ToString(CultureInfo.InvariantCulture)),
        };
        for (var i = 0; i < layout.ColumnCount; i++)
        {
            var ordinal = i;
            columns.Add(layout.KindOf(i) == ValueKind.Unsupported ? null : new JsonArray("a", new JsonArray(
                [.. Enumerable.Range(0, rows.RowCount).Select(row => rows.IsNull(row, ordinal) ? null : Said(ValueOf(rows, row, ordinal), layout.KindOf(ordinal) == ValueKind.Object))])));
        }

        return new JsonArray("a", columns);
    }

    private static JsonArray Said(object value, bool isObject)
    {
        if (isObject)
        {
            return new JsonArray("a", new JsonArray(Whole((byte)ValueKinds.Of(value.GetType())), Said(value, isObject: false)));
        }

        return value switch
        {
            bool flag => new JsonArray("b", flag),
            float number => new JsonArray("g", BitConverter.SingleToUInt32Bits(number).ToString("x8", CultureInfo.InvariantCulture)),
            double number => new JsonArray("f", BitConverter.DoubleToUInt64Bits(number).ToString("x16", CultureInfo.InvariantCulture)),
            char character => Whole((int)character),
            TimeSpan span => Whole(span.Ticks),
            DateOnly date => Whole(date.DayNumber),
            TimeOnly time => Whole(time.Ticks),
            DateTime { Kind: DateTimeKind.Utc } time => Timestamp(time.Ticks),
            DateTime time => new JsonArray("a", new JsonArray(Timestamp(time.Ticks), Whole(time.Kind == DateTimeKind.Local ? 2 : 0))),
            DateTimeOffset time => new JsonArray("a", new JsonArray(Timestamp(time.UtcTicks), Whole((int)time.Offset.TotalMinutes))),
            decimal number => new JsonArray("e", 1, string.Concat(decimal.GetBits(number).Select(b => BinaryPrimitives.ReverseEndianness(b).ToString("x8", CultureInfo.InvariantCulture)))),
            Guid guid => new JsonArray("e", 2, guid.ToString("N")),
            string text when !HasHalfAPair(text) => new JsonArray("s", text),
            string text => new JsonArray("e", 3, string.Concat(text.Select(c => BinaryPrimitives.ReverseEndianness((ushort)c).ToString("x4", CultureInfo.InvariantCulture)))),
            byte[] bytes => new JsonArray("x", Convert.ToHexString(bytes)),
            var number => Whole(number),
        };
    }

    private static bool HasHalfAPair(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return true;
            }
        }

        return false;
    }

    private static JsonArray Whole(object number) => new("i", Convert.ToString(number, CultureInfo.InvariantCulture));

    private static JsonArray Timestamp(long ticks)
    {
        var (seconds, rest) = Math.DivRem(ticks - DateTime.UnixEpoch.Ticks, TimeSpan.TicksPerSecond);
        return rest < 0 ? new JsonArray("t", seconds - 1, (rest + TimeSpan.TicksPerSecond) * 100) : new JsonArray("t", seconds, rest * 100);
    }

    private static object ValueOf(RowSet rows, int row, int ordinal)
    {
        var kind = rows.Layout.KindOf(ordinal);
        var word = ValueKinds.Words(kind) == 1 ? rows.Word(row, ordinal) : 0;
        return kind switch
        {
            ValueKind.Boolean => word != 0,
            ValueKind.UInt64 => word,
            ValueKind.Single => WordCodec.ToSingle(word),
            ValueKind.Double => WordCodec.ToDouble(word),
            ValueKind.Char => (char)word,
            ValueKind.DateTime => WordCodec.ToDateTime(word),
            ValueKind.TimeSpan => TimeSpan.FromTicks((long)word),
            ValueKind.TimeOnly => new TimeOnly((long)word),
            ValueKind.Decimal => WordCodec.ToDecimal(rows.DoubleWord(row, ordinal)),
            ValueKind.Guid => WordCodec.ToGuid(rows.DoubleWord(row, ordinal)),
            ValueKind.DateTimeOffset => WordCodec.ToDateTimeOffset(rows.DoubleWord(row, ordinal)),
            ValueKind.String or ValueKind.Bytes or ValueKind.Object => rows.Reference(row, ordinal)!,
            _ => (long)word,
        };
    }

    private static string RunPython(params string[] arguments)
    {
        using var python = Process.Start(new ProcessStartInfo(PythonFactAttribute.Program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = python.StandardError.ReadToEndAsync();
        var text = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        python.ExitCode.ShouldBe(0, error.Result);
        return text;
    }

    private static void Write(FileStream file, ReadOnlySpan<byte> field)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, field.Length);
        file.Write(length);
        file.Write(field);
    }

    private static byte[] Read(FileStream file)
    {
        Span<byte> length = stackalloc byte[4];
        file.ReadExactly(length);
        var field = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        file.ReadExactly(field);
        return field;
    }
}
