using System.Globalization;
using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>What stands before each part of a key, so that parts can't be mistaken for one another. The numbers are part of keys in memory alone.</summary>
internal enum KeyTag : byte
{
    Null = 1, String, Bytes, Boolean, Byte, SByte, Int16, UInt16, Int32, UInt32, Int64, UInt64, Char, Single, Double,
    DateTime, TimeSpan, DateOnly, TimeOnly, Enum, DateTimeOffset, Decimal, Guid, Items, EndOfItems,
    AbsoluteExpiration, SlidingExpiration, DependencyTag, DependencyType, DependencyTable, DbParameter, Database, Varying, Type,
}

/// <summary>Writes values into keys, exactly: the scale of a decimal, the kind of a date, the offset of a time, the bits of a float.</summary>
internal static class KeyScalars
{
    /// <summary>False if the value is none that is known: then nothing is written.</summary>
    internal static bool TryWrite(KeyBuffer key, object? value)
    {
        switch (value)
        {
            case null: WriteTag(key, KeyTag.Null); return true;
            case string text: WriteBytes(key, KeyTag.String, MemoryMarshal.AsBytes(text.AsSpan())); return true;
            case byte[] bytes when bytes.GetType() == typeof(byte[]): WriteBytes(key, KeyTag.Bytes, bytes); return true;
            case bool flag: return Write(key, KeyTag.Boolean, flag ? 1 : 0);
            case byte number: return Write(key, KeyTag.Byte, number);
            case sbyte number: return Write(key, KeyTag.SByte, number);
            case short number: return Write(key, KeyTag.Int16, number);
            case ushort number: return Write(key, KeyTag.UInt16, number);
            case int number: return Write(key, KeyTag.Int32, number);
            case uint number: return Write(key, KeyTag.UInt32, number);
            case long number: return Write(key, KeyTag.Int64, number);
            case ulong number: return Write(key, KeyTag.UInt64, unchecked((long)number));
            case char character: return Write(key, KeyTag.Char, character);
            case float number: return Write(key, KeyTag.Single, BitConverter.SingleToInt32Bits(number));
            case double number: return Write(key, KeyTag.Double, BitConverter.DoubleToInt64Bits(number));
            case DateTime time: return Write(key, KeyTag.DateTime, (time.Ticks << 2) | (long)time.Kind);
            case TimeSpan span: return Write(key, KeyTag.TimeSpan, span.Ticks);
            case DateOnly date: return Write(key, KeyTag.DateOnly, date.DayNumber);
            case TimeOnly time: return Write(key, KeyTag.TimeOnly, time.Ticks);
            case Enum constant: return WriteEnum(key, constant);
            case DateTimeOffset time:
                Write(key, KeyTag.DateTimeOffset, time.Ticks);
                key.Write(time.Offset.Ticks);
                return true;
            case decimal number:
                WriteFixed(key, KeyTag.Decimal, MemoryMarshal.AsBytes(new ReadOnlySpan<decimal>(in number)));
                return true;
            case Guid guid:
                WriteFixed(key, KeyTag.Guid, MemoryMarshal.AsBytes(new ReadOnlySpan<Guid>(in guid)));
                return true;
            default:
                return false;
        }
    }

    // The type isn't written: who writes enums says elsewhere of which type they are.
    private static bool WriteEnum(KeyBuffer key, Enum constant)
        => Write(key, KeyTag.Enum, constant.GetTypeCode() == TypeCode.UInt64
            ? unchecked((long)Convert.ToUInt64(constant, CultureInfo.InvariantCulture))
            : Convert.ToInt64(constant, CultureInfo.InvariantCulture));

    internal static bool Write(KeyBuffer key, KeyTag tag, long value)
    {
        WriteTag(key, tag);
        key.Write(value);
        return true;
    }

    internal static void WriteBytes(KeyBuffer key, KeyTag tag, ReadOnlySpan<byte> bytes)
    {
        Write(key, tag, bytes.Length);
        key.Write(bytes);
    }

    private static void WriteFixed(KeyBuffer key, KeyTag tag, ReadOnlySpan<byte> bytes)
    {
        WriteTag(key, tag);
        key.Write(bytes);
    }

    internal static void WriteTag(KeyBuffer key, KeyTag tag) => key.Write((byte)tag);

}
