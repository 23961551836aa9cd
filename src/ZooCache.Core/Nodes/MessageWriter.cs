using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ZooCache;

/// <summary>Writes the primitives of messages: see <see cref="MessageReader"/>. Not thread-safe.</summary>
internal sealed class MessageWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new();

    internal int Length => buffer.WrittenCount;

    internal ReadOnlySpan<byte> Written => buffer.WrittenSpan;

    internal byte[] ToArray() => buffer.WrittenSpan.ToArray();

    internal void Byte(byte value)
    {
        buffer.GetSpan(1)[0] = value;
        buffer.Advance(1);
    }

    internal void Count(int value) => Number((ulong)value);

    internal void Number(ulong value)
    {
        var span = buffer.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }

        span[length++] = (byte)value;
        buffer.Advance(length);
    }

    internal void Word(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
    }

    internal void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Count(length);
        buffer.Advance(Encoding.UTF8.GetBytes(value, buffer.GetSpan(length)));
    }

    internal void Append(ReadOnlySpan<byte> written) => buffer.Write(written);

    internal void Bytes(ReadOnlySpan<byte> value)
    {
        Count(value.Length);
        buffer.Write(value);
    }

    internal void Path(TagPath path)
    {
        Count(path.Depth);
        foreach (var segment in path.Segments)
        {
            if (segment.Name is { } name)
            {
                Text(name);
            }
            else
            {
                Count(0);
                Word(segment.Hash);
            }
        }
    }
}
