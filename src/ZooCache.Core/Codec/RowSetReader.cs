using System.Buffers.Binary;
using System.Text;
using MessagePack;
using ZooCache.RowSets;

namespace ZooCache.Codec;

/// <summary>Reads row sets: see <see cref="RowSetFormat"/>. Nothing is allocated before it is known to be within the limit.</summary>
internal static class RowSetReader
{
    private const int ReferenceBytes = 8;
    private const int ObjectBytes = 64;

    private static readonly UTF8Encoding Exact = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a row set that holds columns of the kinds of a layout.</summary>
    /// <param name="bytes">What <see cref="RowSetWriter"/> has written, or anything else.</param>
    /// <param name="layout">The layout of who asks.</param>
    /// <param name="maximumBytes">The most memory that the row set may keep alive.</param>
    /// <param name="rows">The row set, if there is no fault.</param>
    internal static PayloadFault TryRead(ReadOnlyMemory<byte> bytes, RowLayout layout, long maximumBytes, out RowSet? rows)
    {
        rows = null;
        try
        {
            var reader = new MessagePackReader(bytes);
            return TryRead(ref reader, layout, maximumBytes, out rows);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // However the library, or a constructor of a value, has refused it.
            rows = null;
            return PayloadFault.Malformed;
        }
    }

    private static PayloadFault TryRead(ref MessagePackReader reader, RowLayout layout, long maximumBytes, out RowSet? rows)
    {
        rows = null;
        if (reader.ReadArrayHeader() != 2 + layout.ColumnCount || !HasKinds(ref reader, layout))
        {
            return PayloadFault.OtherColumns;
        }

        var count = reader.ReadInt32();
        var isBare = layout.WordsPerRow + layout.ReferencesPerRow == 0;
        if (count < 0 || (isBare && count > RowSetFormat.MostBareRows))
        {
            return PayloadFault.Malformed;
        }

        // A row takes a byte of the payload for each value at least.
        if (!isBare && count > reader.Sequence.Length)
        {
            return PayloadFault.Malformed;
        }

        var room = new Room(maximumBytes - ((long)count * ((layout.WordsPerRow * sizeof(ulong)) + (layout.ReferencesPerRow * ReferenceBytes))));
        if (room.IsUsedUp)
        {
            return PayloadFault.TooLarge;
        }

        var words = layout.WordsPerRow == 0 ? [] : new ulong[count * layout.WordsPerRow];
        var references = layout.ReferencesPerRow == 0 ? [] : new object?[count * layout.ReferencesPerRow];
        ulong[]? nulls = null;
        for (var ordinal = 0; ordinal < layout.ColumnCount; ordinal++)
        {
            var kind = layout.KindOf(ordinal);
            if (kind == ValueKind.Unsupported)
            {
                reader.ReadNil();
                continue;
            }

            if (reader.ReadArrayHeader() != count)
            {
                return PayloadFault.Malformed;
            }

            var slot = layout.SlotOf(ordinal);
            var width = ValueKinds.Words(kind);
            for (var row = 0; row < count; row++)
            {
                if (reader.TryReadNil())
                {
                    if (nulls is null)
                    {
                        room.Take((long)count * layout.NullWordsPerRow * sizeof(ulong));
                        if (room.IsUsedUp)
                        {
                            return PayloadFault.TooLarge;
                        }

                        nulls = new ulong[count * layout.NullWordsPerRow];
                    }

                    nulls[(row * layout.NullWordsPerRow) + (ordinal >> 6)] |= 1UL << (ordinal & 63);
                }
                else if (width == 1)
                {
                    words[(row * layout.WordsPerRow) + slot] = ReadWord(ref reader, kind);
                }
                else if (width == 2)
                {
                    var value = ReadWords(ref reader, kind);
                    var index = (row * layout.WordsPerRow) + slot;
                    (words[index], words[index + 1]) = ((ulong)(value >> 64), (ulong)value);
                }
                else if (ReadReference(ref reader, kind, room) is { } value)
                {
                    references[(row * layout.ReferencesPerRow) + slot] = value;
                }
                else
                {
                    return PayloadFault.TooLarge;
                }
            }
        }

        if (!reader.End)
        {
            return PayloadFault.Malformed;
        }

        rows = new RowSet(layout, count, words, references, nulls, room.Referenced);
        return PayloadFault.None;
    }

    private static bool HasKinds(ref MessagePackReader reader, RowLayout layout)
    {
        if (reader.ReadBytes() is not { } kinds || kinds.Length != layout.ColumnCount)
        {
            return false;
        }

        for (var i = 0; i < layout.ColumnCount; i++)
        {
            if (kinds.FirstSpan[i] != (byte)layout.KindOf(i))
            {
                return false;
            }
        }

        return true;
    }

    private static ulong ReadWord(ref MessagePackReader reader, ValueKind kind) => kind switch
    {
        ValueKind.Boolean => WordCodec.From(reader.ReadBoolean()),
        ValueKind.Byte => reader.ReadByte(),
        ValueKind.SByte => (ulong)reader.ReadSByte(),
        ValueKind.Int16 => (ulong)reader.ReadInt16(),
        ValueKind.UInt16 or ValueKind.Char => reader.ReadUInt16(),
        ValueKind.Int32 => (ulong)reader.ReadInt32(),
        ValueKind.UInt32 => reader.ReadUInt32(),
        ValueKind.Int64 => (ulong)reader.ReadInt64(),
        ValueKind.UInt64 => reader.ReadUInt64(),
        ValueKind.Single => WordCodec.From(ReadSingle(ref reader)),
        ValueKind.Double => WordCodec.From(ReadDouble(ref reader)),
        ValueKind.DateTime => WordCodec.From(ReadDateTime(ref reader)),
        ValueKind.TimeSpan => (ulong)reader.ReadInt64(),
        ValueKind.DateOnly => (ulong)DateOnly.FromDayNumber(reader.ReadInt32()).DayNumber,
        ValueKind.TimeOnly => (ulong)new TimeOnly(reader.ReadInt64()).Ticks,
        _ => throw new MessagePackSerializationException(),
    };

    private static UInt128 ReadWords(ref MessagePackReader reader, ValueKind kind) => kind switch
    {
        ValueKind.Decimal => WordCodec.From(ReadDecimal(ref reader)),
        ValueKind.Guid => WordCodec.From(ReadGuid(ref reader)),
        _ => WordCodec.From(ReadDateTimeOffset(ref reader)),
    };

    /// <summary>Null if there is no room for it.</summary>
    private static object? ReadReference(ref MessagePackReader reader, ValueKind kind, Room room) => kind switch
    {
        ValueKind.String => ReadString(ref reader, room),
        ValueKind.Bytes => ReadBytes(ref reader, room),
        ValueKind.Object => ReadObject(ref reader, room),
        _ => throw new MessagePackSerializationException(),
    };

    private static object? ReadObject(ref MessagePackReader reader, Room room)
    {
        if (reader.ReadArrayHeader() != 2)
        {
            throw new MessagePackSerializationException();
        }

        var kind = (ValueKind)reader.ReadByte();
        if (kind is ValueKind.String or ValueKind.Bytes)
        {
            return ReadReference(ref reader, kind, room);
        }

        room.TakeReferenced(ObjectBytes);
        return room.IsUsedUp ? null : kind switch
        {
            ValueKind.Boolean => reader.ReadBoolean(),
            ValueKind.Byte => reader.ReadByte(),
            ValueKind.SByte => reader.ReadSByte(),
            ValueKind.Int16 => reader.ReadInt16(),
            ValueKind.UInt16 => reader.ReadUInt16(),
            ValueKind.Int32 => reader.ReadInt32(),
            ValueKind.UInt32 => reader.ReadUInt32(),
            ValueKind.Int64 => reader.ReadInt64(),
            ValueKind.UInt64 => reader.ReadUInt64(),
            ValueKind.Single => ReadSingle(ref reader),
            ValueKind.Double => ReadDouble(ref reader),
            ValueKind.Char => (char)reader.ReadUInt16(),
            ValueKind.DateTime => ReadDateTime(ref reader),
            ValueKind.TimeSpan => TimeSpan.FromTicks(reader.ReadInt64()),
            ValueKind.DateOnly => DateOnly.FromDayNumber(reader.ReadInt32()),
            ValueKind.TimeOnly => new TimeOnly(reader.ReadInt64()),
            ValueKind.Decimal => ReadDecimal(ref reader),
            ValueKind.Guid => ReadGuid(ref reader),
            ValueKind.DateTimeOffset => (object)ReadDateTimeOffset(ref reader),
            _ => throw new MessagePackSerializationException(),
        };
    }

    private static DateTime ReadDateTime(ref MessagePackReader reader)
    {
        if (reader.NextMessagePackType != MessagePackType.Array)
        {
            return ReadTimestamp(ref reader);
        }

        ReadPairHeader(ref reader);
        var time = ReadTimestamp(ref reader);
        return reader.ReadByte() switch
        {
            (byte)DateTimeKind.Unspecified => DateTime.SpecifyKind(time, DateTimeKind.Unspecified),
            (byte)DateTimeKind.Local => DateTime.SpecifyKind(time, DateTimeKind.Local),
            _ => throw new MessagePackSerializationException(),
        };
    }

    private static DateTimeOffset ReadDateTimeOffset(ref MessagePackReader reader)
    {
        ReadPairHeader(ref reader);
        var time = ReadTimestamp(ref reader);
        return new DateTimeOffset(time, TimeSpan.Zero).ToOffset(TimeSpan.FromMinutes(reader.ReadInt16()));
    }

    /// <summary>The library makes other times of nanoseconds that a second doesn't have, or that no tick is for.</summary>
    private static DateTime ReadTimestamp(ref MessagePackReader reader)
    {
        var header = reader.ReadExtensionFormatHeader();
        var bytes = header.TypeCode == ReservedMessagePackExtensionTypeCode.DateTime ? reader.ReadRaw(header.Length).FirstSpan : default;
        var (seconds, nanoseconds) = bytes.Length switch
        {
            4 => (BinaryPrimitives.ReadUInt32BigEndian(bytes), 0U),
            8 when BinaryPrimitives.ReadUInt64BigEndian(bytes) is var both => ((long)(both & 0x3_FFFF_FFFF), (uint)(both >> 34)),
            12 => (BinaryPrimitives.ReadInt64BigEndian(bytes[4..]), BinaryPrimitives.ReadUInt32BigEndian(bytes)),
            _ => throw new MessagePackSerializationException(),
        };
        return nanoseconds is <= 999_999_999 && nanoseconds % 100 == 0
            ? DateTime.UnixEpoch.AddTicks(checked((seconds * TimeSpan.TicksPerSecond) + (nanoseconds / 100)))
            : throw new MessagePackSerializationException();
    }

    private static float ReadSingle(ref MessagePackReader reader)
        => reader.NextCode == MessagePackCode.Float32 ? reader.ReadSingle() : throw new MessagePackSerializationException();

    private static double ReadDouble(ref MessagePackReader reader)
        => reader.NextCode == MessagePackCode.Float64 ? reader.ReadDouble() : throw new MessagePackSerializationException();

    private static void ReadPairHeader(ref MessagePackReader reader)
    {
        if (reader.ReadArrayHeader() != 2)
        {
            throw new MessagePackSerializationException();
        }
    }

    private static decimal ReadDecimal(ref MessagePackReader reader)
    {
        var bytes = ReadWide(ref reader, RowSetFormat.DecimalType);
        Span<int> parts = stackalloc int[4];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]);
        }

        return new decimal(parts);
    }

    private static Guid ReadGuid(ref MessagePackReader reader) => new(ReadWide(ref reader, RowSetFormat.GuidType), bigEndian: true);

    private static ReadOnlySpan<byte> ReadWide(ref MessagePackReader reader, sbyte type)
    {
        var header = reader.ReadExtensionFormatHeader();
        return header.TypeCode == type && header.Length == RowSetFormat.WideBytes
            ? reader.ReadRaw(header.Length).FirstSpan
            : throw new MessagePackSerializationException();
    }

    private static string? ReadString(ref MessagePackReader reader, Room room)
    {
        if (reader.NextMessagePackType == MessagePackType.Extension)
        {
            return ReadUtf16(ref reader, room);
        }

        if (!reader.TryReadStringSpan(out var utf8))
        {
            throw new MessagePackSerializationException();
        }

        room.TakeReferenced(WordCodec.SizeOfText(Exact.GetCharCount(utf8)));
        return room.IsUsedUp ? null : Exact.GetString(utf8);
    }

    private static string? ReadUtf16(ref MessagePackReader reader, Room room)
    {
        var header = reader.ReadExtensionFormatHeader();
        if (header.TypeCode != RowSetFormat.Utf16Type || header.Length % sizeof(char) != 0)
        {
            throw new MessagePackSerializationException();
        }

        var utf16 = reader.ReadRaw(header.Length).FirstSpan;
        room.TakeReferenced(WordCodec.SizeOfText(utf16.Length / sizeof(char)));
        return room.IsUsedUp ? null : string.Create(utf16.Length / sizeof(char), utf16, static (text, source) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(source[(i * sizeof(char))..]);
            }
        });
    }

    private static byte[]? ReadBytes(ref MessagePackReader reader, Room room)
    {
        if (reader.NextMessagePackType != MessagePackType.Binary || reader.ReadBytes() is not { } bytes)
        {
            throw new MessagePackSerializationException();
        }

        room.TakeReferenced(WordCodec.SizeOfBytes(bytes.Length));
        return room.IsUsedUp ? null : bytes.FirstSpan.ToArray();
    }

    /// <summary>What may still be allocated.</summary>
    private sealed class Room(long bytes)
    {
        private long _left = bytes;

        internal bool IsUsedUp => _left < 0;

        /// <summary>What strings, byte arrays and boxes have taken.</summary>
        internal long Referenced { get; private set; }

        internal void Take(long bytes) => _left -= bytes;

        internal void TakeReferenced(long bytes)
        {
            Referenced += bytes;
            _left -= bytes;
        }
    }
}
