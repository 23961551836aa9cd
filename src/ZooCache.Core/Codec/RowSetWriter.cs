using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using MessagePack;
using ZooCache.RowSets;

namespace ZooCache.Codec;

/// <summary>Writes row sets: see <see cref="RowSetFormat"/>.</summary>
internal static class RowSetWriter
{
    private static readonly UTF8Encoding Exact = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>False if a value is of a type that has no form; then what was written is worth nothing.</summary>
    internal static bool TryWrite(RowSet rows, IBufferWriter<byte> target)
    {
        var writer = new MessagePackWriter(target);
        var layout = rows.Layout;
        writer.WriteArrayHeader(2 + layout.ColumnCount);
        writer.WriteBinHeader(layout.ColumnCount);
        var kinds = writer.GetSpan(layout.ColumnCount);
        for (var i = 0; i < layout.ColumnCount; i++)
        {
            kinds[i] = (byte)layout.KindOf(i);
        }

        writer.Advance(layout.ColumnCount);
        writer.Write(rows.RowCount);
        for (var ordinal = 0; ordinal < layout.ColumnCount; ordinal++)
        {
            if (!TryWriteColumn(ref writer, rows, ordinal))
            {
                return false;
            }
        }

        writer.Flush();
        return true;
    }

    private static bool TryWriteColumn(ref MessagePackWriter writer, RowSet rows, int ordinal)
    {
        var kind = rows.Layout.KindOf(ordinal);
        if (kind == ValueKind.Unsupported)
        {
            writer.WriteNil();
            return true;
        }

        writer.WriteArrayHeader(rows.RowCount);
        var words = ValueKinds.Words(kind);
        for (var row = 0; row < rows.RowCount; row++)
        {
            if (rows.IsNull(row, ordinal))
            {
                writer.WriteNil();
            }
            else if (words == 1)
            {
                WriteWord(ref writer, kind, rows.Word(row, ordinal));
            }
            else if (words == 2)
            {
                WriteWords(ref writer, kind, rows.DoubleWord(row, ordinal));
            }
            else if (!TryWriteReference(ref writer, kind, rows.Reference(row, ordinal)))
            {
                return false;
            }
        }

        return true;
    }

    private static void WriteWord(ref MessagePackWriter writer, ValueKind kind, ulong word)
    {
        switch (kind)
        {
            case ValueKind.Boolean:
                writer.Write(word != 0);
                break;
            case ValueKind.Byte or ValueKind.UInt16 or ValueKind.UInt32 or ValueKind.UInt64 or ValueKind.Char:
                writer.Write(word);
                break;
            case ValueKind.Single:
                writer.Write(WordCodec.ToSingle(word));
                break;
            case ValueKind.Double:
                writer.Write(WordCodec.ToDouble(word));
                break;
            case ValueKind.DateTime:
                Write(ref writer, WordCodec.ToDateTime(word));
                break;
            default:
                writer.Write((long)word);
                break;
        }
    }

    private static void WriteWords(ref MessagePackWriter writer, ValueKind kind, UInt128 words)
    {
        switch (kind)
        {
            case ValueKind.Decimal:
                Write(ref writer, WordCodec.ToDecimal(words));
                break;
            case ValueKind.Guid:
                Write(ref writer, WordCodec.ToGuid(words));
                break;
            default:
                Write(ref writer, WordCodec.ToDateTimeOffset(words));
                break;
        }
    }

    private static bool TryWriteReference(ref MessagePackWriter writer, ValueKind kind, object? value)
    {
        switch (kind, value)
        {
            case (ValueKind.String, string text):
                Write(ref writer, text);
                return true;
            case (ValueKind.Bytes, byte[] bytes):
                writer.Write(bytes);
                return true;
            case (ValueKind.Object, not null):
                return TryWriteObject(ref writer, value);
            default:
                return false;
        }
    }

    private static bool TryWriteObject(ref MessagePackWriter writer, object value)
    {
        var kind = ValueKinds.Of(value.GetType());
        if (kind is ValueKind.Unsupported or ValueKind.Object)
        {
            return false;
        }

        writer.WriteArrayHeader(2);
        writer.Write((byte)kind);
        switch (value)
        {
            case bool flag: writer.Write(flag); break;
            case byte number: writer.Write(number); break;
            case sbyte number: writer.Write(number); break;
            case short number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case ulong number: writer.Write(number); break;
            case char character: writer.Write((ushort)character); break;
            case float number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            case DateTime time: Write(ref writer, time); break;
            case TimeSpan span: writer.Write(span.Ticks); break;
            case DateOnly date: writer.Write(date.DayNumber); break;
            case TimeOnly time: writer.Write(time.Ticks); break;
            case decimal number: Write(ref writer, number); break;
            case Guid guid: Write(ref writer, guid); break;
            case DateTimeOffset time: Write(ref writer, time); break;
            case string text: Write(ref writer, text); break;
            default: writer.Write((byte[])value); break;
        }

        return true;
    }

    private static void Write(ref MessagePackWriter writer, DateTime value)
    {
        var asUtc = DateTime.SpecifyKind(value, DateTimeKind.Utc);
        if (value.Kind != DateTimeKind.Utc)
        {
            writer.WriteArrayHeader(2);
            writer.Write(asUtc);
            writer.Write((byte)value.Kind);
            return;
        }

        writer.Write(asUtc);
    }

    private static void Write(ref MessagePackWriter writer, DateTimeOffset value)
    {
        writer.WriteArrayHeader(2);
        writer.Write(value.UtcDateTime);
        writer.Write(value.TotalOffsetMinutes);
    }

    private static void Write(ref MessagePackWriter writer, decimal value)
    {
        writer.WriteExtensionFormatHeader(new ExtensionHeader(RowSetFormat.DecimalType, RowSetFormat.WideBytes));
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        var span = writer.GetSpan(RowSetFormat.WideBytes);
        for (var i = 0; i < parts.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(span[(4 * i)..], parts[i]);
        }

        writer.Advance(RowSetFormat.WideBytes);
    }

    private static void Write(ref MessagePackWriter writer, Guid value)
    {
        writer.WriteExtensionFormatHeader(new ExtensionHeader(RowSetFormat.GuidType, RowSetFormat.WideBytes));
        value.TryWriteBytes(writer.GetSpan(RowSetFormat.WideBytes), bigEndian: true, out var written);
        writer.Advance(written);
    }

    private static void Write(ref MessagePackWriter writer, string value)
    {
        if (!TryCount(value, out var bytes))
        {
            bytes = value.Length * sizeof(char);
            writer.WriteExtensionFormatHeader(new ExtensionHeader(RowSetFormat.Utf16Type, bytes));
            var span = writer.GetSpan(bytes);
            for (var i = 0; i < value.Length; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(span[(i * sizeof(char))..], value[i]);
            }

            writer.Advance(bytes);
            return;
        }

        writer.WriteStringHeader(bytes);
        writer.Advance(Exact.GetBytes(value, writer.GetSpan(bytes)));
    }

    /// <summary>False for half a surrogate pair, which no UTF-8 can say.</summary>
    private static bool TryCount(string value, out int bytes)
    {
        try
        {
            bytes = Exact.GetByteCount(value);
            return true;
        }
        catch (EncoderFallbackException)
        {
            bytes = 0;
            return false;
        }
    }
}
