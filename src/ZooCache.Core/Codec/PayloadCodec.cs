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
        var most = (Math.Min(maximumBytes, Array.MaxLength) * MostPerMemory) + HeadBytes + (MostPerColumn * layout.ColumnCount);
        var fault = TryOpen(payload, most, out var content, out var rented);
        try
        {
            return fault == PayloadFault.None ? RowSetReader.TryRead(content, layout, maximumBytes, out rows) : fault;
        }
        finally
        {
            Return(rented);
        }
    }

    /// <summary>The content of what <see cref="Wrap"/> has made.</summary>
    /// <param name="payload">The bytes. Nothing of them is kept.</param>
    /// <param name="maximumBytes">The longest content that is wanted.</param>
    /// <param name="content">The content, if there is no fault.</param>
    internal PayloadFault TryUnwrap(ReadOnlyMemory<byte> payload, long maximumBytes, out byte[] content)
    {
        var fault = TryOpen(payload, maximumBytes, out var inner, out var rented);
        try
        {
            fault = fault == PayloadFault.None && inner.Length > maximumBytes ? PayloadFault.TooLarge : fault;
            content = fault == PayloadFault.None ? inner.ToArray() : [];
            return fault;
        }
        finally
        {
            Return(rented);
        }
    }

    private static void Return(byte[]? rented)
    {
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private PayloadFault TryOpen(ReadOnlyMemory<byte> payload, long most, out ReadOnlyMemory<byte> content, out byte[]? rented)
    {
        content = default;
        rented = null;
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
            content = payload[HeaderBytes..];
            return length == stored.Length ? PayloadFault.None : PayloadFault.Malformed;
        }

        if (bytes[1] != compressor?.Id)
        {
            return PayloadFault.UnknownFormat;
        }

        if (length > stored.Length * MostPerByte)
        {
            return PayloadFault.Malformed;
        }

        if (length > Math.Min(most, Array.MaxLength))
        {
            return PayloadFault.TooLarge;
        }

        rented = ArrayPool<byte>.Shared.Rent((int)length);
        content = rented.AsMemory(0, (int)length);
        return compressor.TryDecompress(stored, rented.AsSpan(0, (int)length)) ? PayloadFault.None : PayloadFault.Malformed;
    }

    /// <summary>Encloses content, compressed if that makes it shorter.</summary>
    internal byte[] Wrap(ReadOnlySpan<byte> content)
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
