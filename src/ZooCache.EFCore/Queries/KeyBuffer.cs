using System.Buffers.Binary;

namespace ZooCache.EFCore.Queries;

/// <summary>Where a key is written before it is looked up. One per thread, used again and again; a key that is written while
/// another is (a function of the user's that runs a query) has one of its own.</summary>
internal sealed class KeyBuffer
{
    private const int LongestKept = 4096;

    private byte[] _bytes = new byte[256];
    private int _length;

    [ThreadStatic]
    private static KeyBuffer? t_free;

    private KeyBuffer()
    {
    }

    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    internal static KeyBuffer Rent()
    {
        var buffer = t_free ?? new KeyBuffer();
        t_free = null;
        return buffer;
    }

    internal void Return()
    {
        _length = 0;
        if (_bytes.Length <= LongestKept)
        {
            t_free = this;
        }
    }

    internal void Write(byte value) => Room(1)[0] = value;

    internal void Write(long value) => BinaryPrimitives.WriteInt64LittleEndian(Room(sizeof(long)), value);

    internal void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Room(bytes.Length));

    private Span<byte> Room(int length)
    {
        if (_bytes.Length - _length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, checked(_length + length)));
        }

        var room = _bytes.AsSpan(_length, length);
        _length += length;
        return room;
    }
}
