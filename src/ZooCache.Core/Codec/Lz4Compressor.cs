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
    {
        // The library reads what it takes for a negative length as one that ends well.
        return !source.IsEmpty && LZ4Codec.Decode(source, target) == target.Length;
    }
}
