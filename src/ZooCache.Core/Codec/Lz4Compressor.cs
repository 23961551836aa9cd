using K4os.Compression.LZ4;

namespace ZooCache.Codec;

/// <summary>
/// The LZ4 block format (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md), without a frame: the envelope tells the length.
/// </summary>
internal sealed class Lz4Compressor : IPayloadCompressor
{
    private Lz4Compressor()
    {
    }

    internal static Lz4Compressor Instance { get; } = new();

    public byte Id => 1;

    public int LongestOf(int length) => LZ4Codec.MaximumOutputSize(length);

    public int Compress(ReadOnlySpan<byte> source, Span<byte> target) => LZ4Codec.Encode(source, target);

    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> target)
        => IsBlockOf(source, target.Length) && LZ4Codec.Decode(source, target) == target.Length;

    /// <summary>
    /// Whether the sequences of a block make up so many bytes, and each match begins in what was made before it. The library doesn't look at offsets: 0, which the format
    /// forbids, would hand out what the target's memory held before.
    /// </summary>
    private static bool IsBlockOf(ReadOnlySpan<byte> block, int length)
    {
        long made = 0;
        while (true)
        {
            if (block.IsEmpty)
            {
                return false;
            }

            var token = block[0];
            block = block[1..];
            if (!TryReadLength(ref block, token >> 4, out var literals) || literals > block.Length)
            {
                return false;
            }

            made += literals;
            block = block[(int)literals..];
            if (block.IsEmpty)
            {
                // The last sequence has no match.
                return made == length;
            }

            if (block.Length < 2)
            {
                return false;
            }

            var offset = block[0] | (block[1] << 8);
            block = block[2..];
            if (offset == 0 || offset > made || !TryReadLength(ref block, token & 15, out var match))
            {
                return false;
            }

            made += match + 4;
            if (made > length)
            {
                return false;
            }
        }
    }

    private static bool TryReadLength(ref ReadOnlySpan<byte> block, int nibble, out long length)
    {
        length = nibble;
        if (nibble < 15)
        {
            return true;
        }

        for (byte more = 255; more == 255; length += more)
        {
            if (block.IsEmpty)
            {
                return false;
            }

            more = block[0];
            block = block[1..];
        }

        return true;
    }
}
