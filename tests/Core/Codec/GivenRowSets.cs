using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ZooCache.RowSets;

namespace ZooCache.Core.Tests.Codec;

/// <summary>Row sets to store, and what two of them are compared by.</summary>
internal static class GivenRowSets
{
    private static readonly ValueKind[] Kinds = [.. Enum.GetValues<ValueKind>().Where(k => k != ValueKind.Other)];
    private static readonly string[] Texts = ["", "a", "é", "漢字", "\U0001F600", "\0", "\uD800", "x\uDC00y", "\uFFFF", new('a', 31), new('b', 32), new('ü', 200), new('z', 70_000)];

    /// <summary>What is least, greatest, next to zero, or where a form ends.</summary>
    internal static IReadOnlyList<object> Extremes { get; } =
    [
        false, true, byte.MinValue, byte.MaxValue, sbyte.MinValue, (sbyte)-33, (sbyte)-32, sbyte.MaxValue, short.MinValue, short.MaxValue, ushort.MaxValue,
        int.MinValue, -129, -128, -1, 0, 127, 128, 255, 256, 65_535, 65_536, int.MaxValue, uint.MinValue, uint.MaxValue, long.MinValue, int.MinValue - 1L,
        long.MaxValue, ulong.MinValue, ulong.MaxValue, '\0', '\uD800', '\uFFFF', 0f, -0f, float.Epsilon, float.MaxValue, float.NaN, float.NegativeInfinity,
        BitConverter.Int32BitsToSingle(0x7FC12345), 0d, -0d, double.Epsilon, double.MinValue, double.NaN, double.PositiveInfinity,
        BitConverter.Int64BitsToDouble(0x7FF8000000012345), DateTime.MinValue, DateTime.MaxValue, DateTime.UnixEpoch, DateTime.UnixEpoch.AddTicks(-1),
        new DateTime(2026, 11, 29, 1, 2, 3, DateTimeKind.Local).AddTicks(1), new DateTime(1L << 34, DateTimeKind.Unspecified), DateTime.UnixEpoch.AddSeconds(uint.MaxValue),
        DateTime.UnixEpoch.AddSeconds(1L << 34).AddTicks(1), DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc), TimeSpan.MinValue, TimeSpan.Zero, TimeSpan.MaxValue,
        DateOnly.MinValue, DateOnly.MaxValue, TimeOnly.MinValue, TimeOnly.MaxValue, decimal.MinValue, decimal.MaxValue, 0m, 1.10m, new decimal(1, 2, 3, true, 28),
        new decimal(0, 0, 0, true, 2), Guid.Empty, new Guid("00112233-4455-6677-8899-aabbccddeeff"), DateTimeOffset.MinValue, DateTimeOffset.MaxValue,
        new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(14)), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromMinutes(-839)),
        .. Texts, Array.Empty<byte>(), new byte[] { 0 }, Bytes(new Random(1), 255), Bytes(new Random(1), 70_000),
    ];

    internal static RowSet Of(ValueKind[] kinds, params object?[][] rows)
    {
        var builder = new RowSetBuilder(new RowLayout(kinds));
        foreach (var row in rows)
        {
            builder.BeginRow();
            for (var i = 0; i < kinds.Length; i++)
            {
                if (kinds[i] != ValueKind.Unsupported)
                {
                    Set(builder, i, kinds[i], row[i]);
                }
            }

            builder.CommitRow();
        }

        return builder.Build();
    }

    internal static RowSet Any(Random random)
    {
        var kinds = new ValueKind[random.Next(20) == 0 ? random.Next(60, 140) : random.Next(10)];
        for (var i = 0; i < kinds.Length; i++)
        {
            kinds[i] = Kinds[random.Next(Kinds.Length)];
        }

        var rows = new object?[random.Next(8) == 0 ? random.Next(200) : random.Next(6)][];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = [.. kinds.Select(k => random.Next(6) == 0 ? null : Value(random, k))];
        }

        return Of(kinds, rows);
    }

    /// <summary>Everything that a row set says, to the bit.</summary>
    internal static string Text(RowSet rows)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{rows.RowCount} rows");
        for (var row = 0; row < rows.RowCount; row++)
        {
            text.AppendLine();
            for (var i = 0; i < rows.Layout.ColumnCount; i++)
            {
                var kind = rows.Layout.KindOf(i);
                text.Append(CultureInfo.InvariantCulture, $"|{kind}=");
                text.Append(kind == ValueKind.Unsupported ? "" : rows.IsNull(row, i) ? "null" : ValueKinds.Words(kind) switch
                {
                    1 => rows.Word(row, i).ToString("x", CultureInfo.InvariantCulture),
                    2 => rows.DoubleWord(row, i).ToString("x", CultureInfo.InvariantCulture),
                    _ => Text(rows.Reference(row, i)!),
                });
            }
        }

        return text.ToString();
    }

    internal static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Text(object value) => value switch
    {
        string text => Convert.ToHexString(MemoryMarshal.AsBytes(text.AsSpan())),
        byte[] bytes => $"b{Convert.ToHexString(bytes)}",
        double number => $"Double {BitConverter.DoubleToInt64Bits(number):x}",
        float number => $"Single {BitConverter.SingleToInt32Bits(number):x}",
        decimal number => $"Decimal {string.Join(',', decimal.GetBits(number))}",
        DateTime time => $"DateTime {time.Ticks} {time.Kind}",
        DateTimeOffset time => $"DateTimeOffset {time.Ticks} {time.Offset}",
        TimeOnly time => $"TimeOnly {time.Ticks}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value.GetType().Name} {value}"),
    };

    private static void Set(RowSetBuilder builder, int ordinal, ValueKind kind, object? value)
    {
        switch (value)
        {
            case null: builder.SetNull(ordinal); break;
            case string text: builder.Set(ordinal, text, WordCodec.SizeOf(text)); break;
            case byte[] bytes: builder.Set(ordinal, bytes, WordCodec.SizeOf(bytes)); break;
            case var boxed when kind is ValueKind.Object or ValueKind.Other: builder.Set(ordinal, boxed, 64); break;
            case bool flag: builder.Set(ordinal, WordCodec.From(flag)); break;
            case byte number: builder.Set(ordinal, (ulong)number); break;
            case sbyte number: builder.Set(ordinal, (ulong)number); break;
            case short number: builder.Set(ordinal, (ulong)number); break;
            case ushort number: builder.Set(ordinal, (ulong)number); break;
            case int number: builder.Set(ordinal, (ulong)number); break;
            case uint number: builder.Set(ordinal, (ulong)number); break;
            case long number: builder.Set(ordinal, (ulong)number); break;
            case ulong number: builder.Set(ordinal, number); break;
            case char character: builder.Set(ordinal, (ulong)character); break;
            case float number: builder.Set(ordinal, WordCodec.From(number)); break;
            case double number: builder.Set(ordinal, WordCodec.From(number)); break;
            case DateTime time: builder.Set(ordinal, WordCodec.From(time)); break;
            case TimeSpan span: builder.Set(ordinal, (ulong)span.Ticks); break;
            case DateOnly date: builder.Set(ordinal, (ulong)date.DayNumber); break;
            case TimeOnly time: builder.Set(ordinal, (ulong)time.Ticks); break;
            case decimal number: builder.Set(ordinal, WordCodec.From(number)); break;
            case Guid guid: builder.Set(ordinal, WordCodec.From(guid)); break;
            case DateTimeOffset time: builder.Set(ordinal, WordCodec.From(time)); break;
            default: throw new ArgumentException(value.GetType().Name);
        }
    }

    private static object Value(Random random, ValueKind kind)
    {
        while (kind is ValueKind.Object or ValueKind.Unsupported)
        {
            kind = Kinds[random.Next(Kinds.Length)];
        }

        // An extreme one, or any.
        if (random.Next(4) == 0)
        {
            var extremes = Extremes.Where(e => ValueKinds.Of(e.GetType()) == kind).ToList();
            return extremes[random.Next(extremes.Count)] is var extreme && extreme is string { Length: > 1000 } or byte[] { Length: > 1000 } && random.Next(100) > 0 ? extremes[0] : extreme;
        }

        var any = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
        var ticks = (long)((ulong)any % (ulong)DateTime.MaxValue.Ticks);
        return kind switch
        {
            ValueKind.Boolean => (any & 1) == 0,
            ValueKind.Byte => unchecked((byte)any),
            ValueKind.SByte => unchecked((sbyte)any),
            ValueKind.Int16 => unchecked((short)any),
            ValueKind.UInt16 => unchecked((ushort)any),
            ValueKind.Int32 => unchecked((int)any),
            ValueKind.UInt32 => unchecked((uint)any),
            ValueKind.Int64 => any,
            ValueKind.UInt64 => unchecked((ulong)any),
            ValueKind.Single => BitConverter.Int32BitsToSingle(unchecked((int)any)),
            ValueKind.Double => BitConverter.Int64BitsToDouble(any),
            ValueKind.Char => unchecked((char)any),
            ValueKind.DateTime => new DateTime(ticks, (DateTimeKind)random.Next(3)),
            ValueKind.TimeSpan => TimeSpan.FromTicks(any),
            ValueKind.DateOnly => DateOnly.FromDayNumber((int)(ticks / TimeSpan.TicksPerDay)),
            ValueKind.TimeOnly => new TimeOnly(ticks % TimeSpan.TicksPerDay),
            ValueKind.Decimal => new decimal(unchecked((int)any), random.Next(), random.Next(), random.Next(2) == 0, (byte)random.Next(29)),
            ValueKind.Guid => new Guid(Bytes(random, 16)),
            ValueKind.DateTimeOffset => new DateTimeOffset(Math.Clamp(ticks, TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay), TimeSpan.FromMinutes(random.Next(-840, 841))),
            ValueKind.String => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Texts[random.Next(Texts.Length - 1)])),
            ValueKind.Bytes => Bytes(random, random.Next(40)),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }
}
