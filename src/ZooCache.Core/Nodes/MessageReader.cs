using System.Buffers.Binary;
using System.Text;

namespace ZooCache;

/// <summary>
/// Reads the primitives of messages from bytes that may be anything. Once something can't be read, <see cref="HasFailed"/> stays true and
/// all that is read is zero or empty: callers look at the end. Nothing is allocated that isn't covered by bytes that are there.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term>byte</term><description>1 byte</description></item>
/// <item><term>number</term><description>1 to 10 bytes of 7 bits each, the lowest first; the top bit says that another follows (LEB128)</description></item>
/// <item><term>count</term><description>a number of at most 2^31 - 1; of things that follow, no more than there are bytes left</description></item>
/// <item><term>word</term><description>8 bytes, the lowest first</description></item>
/// <item><term>text</term><description>a count of bytes, and as many bytes of UTF-8</description></item>
/// <item><term>bytes</term><description>a count, and as many bytes</description></item>
/// <item><term>path</term><description>a count of segments (0 to 32); each is a text of 1 to 512 characters, or an empty text and a word: its hash</description></item>
/// </list>
/// </remarks>
internal ref struct MessageReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> left = bytes;

    internal bool HasFailed { get; private set; }

    /// <summary>Whether everything was read, and could be.</summary>
    internal readonly bool IsDone => !HasFailed && left.IsEmpty;

    internal readonly bool IsEmpty => left.IsEmpty;

    /// <summary>The bytes that weren't read yet.</summary>
    internal readonly int Left => left.Length;

    internal byte Byte()
    {
        if (left.IsEmpty)
        {
            return (byte)Fail();
        }

        var value = left[0];
        left = left[1..];
        return value;
    }

    /// <summary>A byte that is 0 or 1.</summary>
    internal bool Flag()
    {
        var value = Byte();
        return value <= 1 ? value == 1 : Fail() == 1;
    }

    internal ulong Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Byte();
            if (HasFailed || (shift == 63 && next > 1))
            {
                break;
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        return Fail();
    }

    /// <summary>How many things follow that take a byte each at least.</summary>
    internal int Count()
    {
        var value = Number();
        return value <= (ulong)left.Length ? (int)value : (int)Fail();
    }

    internal ulong Word()
    {
        if (left.Length < sizeof(ulong))
        {
            return Fail();
        }

        var value = BinaryPrimitives.ReadUInt64LittleEndian(left);
        left = left[sizeof(ulong)..];
        return value;
    }

    internal ReadOnlySpan<byte> Bytes()
    {
        var length = Count();
        var value = left[..length];
        left = left[length..];
        return value;
    }

    internal string Text()
    {
        try
        {
            return Strict.GetString(Bytes());
        }
        catch (DecoderFallbackException)
        {
            Fail();
            return "";
        }
    }

    internal TagPath Path()
    {
        var depth = Count();
        if (depth > TagText.MaximumDepth)
        {
            Fail();
            return TagPath.Root;
        }

        var segments = new TagSegment[depth];
        for (var i = 0; i < depth && !HasFailed; i++)
        {
            var name = Text();
            if (name.Length > TagSegment.MaximumLength)
            {
                Fail();
            }
            else
            {
                segments[i] = name.Length > 0 ? new TagSegment(name) : new TagSegment(Word());
            }
        }

        return HasFailed ? TagPath.Root : TagPath.Of(segments);
    }

    /// <summary>What is read can't be.</summary>
    internal ulong Fail()
    {
        HasFailed = true;
        left = default;
        return 0;
    }
}
