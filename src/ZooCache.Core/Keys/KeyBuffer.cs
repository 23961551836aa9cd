using System.Buffers.Binary;

namespace ZooCache;

/// <summary>Where a key is written before it is looked up. One per thread, used again and again; a key that is written while
/// another is (a function of the user's that runs a query) has one of its own.</summary>
internal sealed class KeyBuffer
{
    private const int LongestKept = 4096;

    private byte[] bytes = new byte[256];
    private int length;

    [ThreadStatic]
    private static KeyBuffer? free;

    private KeyBuffer()
    {
    }

    internal ReadOnlySpan<byte> Written => bytes.AsSpan(0, length);

    internal static KeyBuffer Rent()
    {
        var buffer = free ?? new KeyBuffer();
        free = null;
        return buffer;
    }

    internal void Return()
    {
        length = 0;
        if (bytes.Length <= LongestKept)
        {
            free = this;
        }
    }

    internal void Write(byte value) => Room(1)[0] = value;

    internal void Write(long value) => BinaryPrimitives.WriteInt64LittleEndian(Room(sizeof(long)), value);

    internal void Write(ReadOnlySpan<byte> value) => value.CopyTo(Room(value.Length));

    private Span<byte> Room(int size)
    {
        if (bytes.Length - length < size)
        {
            Array.Resize(ref bytes, Math.Max(bytes.Length * 2, checked(length + size)));
        }

        var room = bytes.AsSpan(length, size);
        length += size;
        return room;
    }
}
