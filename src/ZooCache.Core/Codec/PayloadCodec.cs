using System.Buffers;
using System.Buffers.Binary;
using ZooCache.RowSets;

namespace ZooCache.Codec;

/// <summary>
/// Turns results into the bytes that stores keep, and back. Bytes from outside are never trusted: what can't be read, or would take more memory than a
/// result may, is a fault, which is told before anything is allocated for it. Thread-safe.
/// </summary>
/// <remarks>
/// The envelope, version 1; numbers are little-endian:
/// <code>
/// offset  bytes
///      0      1  version of the envelope and of what is in it: 1
///      1      1  compressor: 0 none, 1 LZ4 block, else one of the application's (StoreOptions.Compressor)
///      2      2  0
///      4      4  length of the content, uncompressed
///      8      8  XXH64 of all bytes from 16 on, seeded with the first eight as a number
///     16         the content, compressed: see RowSetFormat
/// </code>
/// <para>The check sum finds damage, not malice: who may write to a store may write what he likes.</para>
/// </remarks>
internal sealed class PayloadCodec(IPayloadCompressor? compressor, int compressFrom = PayloadCodec.DefaultCompressFrom)
{
    internal const byte Version = 1;
    internal const int HeaderBytes = 16;

    /// <summary>Shorter contents aren't compressed: nothing is gained by it.</summary>
    internal const int DefaultCompressFrom = 512;

    /// <summary>What LZ4 makes of a byte, at most (the longest match adds 255 to the length for each).</summary>
    private const long MostPerByte = 255;

    /// <summary>A row set may be so many times longer in its stored form than in memory, at most (a date, or text of which each character takes three
    /// bytes).</summary>
    private const long MostPerMemory = 3;

    /// <summary>What comes before the values: the numbers of columns and rows; and for each column its kind and the number of its values.</summary>
    private const long HeadBytes = 32;
    private const long MostPerColumn = 6;

    /// <summary>With LZ4.</summary>
    internal static PayloadCodec Default { get; } = new(Lz4Compressor.Instance);

    /// <summary>Null if a value is of a type that can't be stored.</summary>
    internal byte[]? Encode(RowSet rows)
    {
        using var content = new PooledWriter();
        return RowSetWriter.TryWrite(rows, content) ? Wrap(content.Written) : null;
    }

    /// <summary>Reads what has been stored.</summary>
    /// <param name="payload">The bytes. Nothing of them is kept.</param>
    /// <param name="layout">The columns that are asked for.</param>
    /// <param name="maximumBytes">The most memory that the result may take.</param>
    /// <param name="rows">The result, if there is no fault.</param>
    internal PayloadFault TryDecode(ReadOnlyMemory<byte> payload, RowLayout layout, long maximumBytes, out RowSet? rows)
    {
        rows = null;
        var bytes = payload.Span;
        if (bytes.Length < HeaderBytes)
        {
            return PayloadFault.Malformed;
        }

        if (bytes[0] != Version || BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) != 0)
        {
            return PayloadFault.UnknownFormat;
        }

        var stored = bytes[HeaderBytes..];
        if (CheckSum(bytes) != BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]))
        {
            return PayloadFault.Malformed;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (bytes[1] == 0)
        {
            return length == stored.Length
                ? RowSetReader.TryRead(payload[HeaderBytes..], layout, maximumBytes, out rows)
                : PayloadFault.Malformed;
        }

        return bytes[1] != compressor?.Id ? PayloadFault.UnknownFormat
            : length > stored.Length * MostPerByte ? PayloadFault.Malformed
            : length > Math.Min((Math.Min(maximumBytes, Array.MaxLength) * MostPerMemory) + HeadBytes + (MostPerColumn * layout.ColumnCount), Array.MaxLength) ? PayloadFault.TooLarge
            : Decompress(stored, (int)length, layout, maximumBytes, out rows);
    }

    private PayloadFault Decompress(ReadOnlySpan<byte> stored, int length, RowLayout layout, long maximumBytes, out RowSet? rows)
    {
        var content = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (!compressor!.TryDecompress(stored, content.AsSpan(0, length)))
            {
                rows = null;
                return PayloadFault.Malformed;
            }

            return RowSetReader.TryRead(content.AsMemory(0, length), layout, maximumBytes, out rows);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }

    private byte[] Wrap(ReadOnlySpan<byte> content)
    {
        byte[]? target = null;
        try
        {
            var stored = content;
            byte how = 0;
            if (compressor is not null && content.Length >= compressFrom)
            {
                target = ArrayPool<byte>.Shared.Rent(compressor.LongestOf(content.Length));
                var written = compressor.Compress(content, target);
                if (written > 0 && written < content.Length && content.Length <= written * MostPerByte)
                {
                    stored = target.AsSpan(0, written);
                    how = compressor.Id;
                }
            }

            var payload = new byte[HeaderBytes + stored.Length];
            payload[0] = Version;
            payload[1] = how;
            BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(4), (uint)content.Length);
            stored.CopyTo(payload.AsSpan(HeaderBytes));
            BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(8), CheckSum(payload));
            return payload;
        }
        finally
        {
            if (target is not null)
            {
                ArrayPool<byte>.Shared.Return(target);
            }
        }
    }

    private static ulong CheckSum(ReadOnlySpan<byte> payload)
        => XxHash64.Hash(payload[HeaderBytes..], BinaryPrimitives.ReadUInt64LittleEndian(payload));
}
