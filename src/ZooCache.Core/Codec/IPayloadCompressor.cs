namespace ZooCache;

/// <summary>
/// A way to make results smaller that leave memory: <see cref="StoreOptions.Compressor"/>. Processes that share a store agree in it; what was compressed in a way that a process doesn't know is a
/// miss there. Implementations are thread-safe.
/// </summary>
public interface IPayloadCompressor
{
    /// <summary>What names it in the stored form, for good: 2 to 255. 0 stands for none, and 1 for LZ4.</summary>
    byte Id { get; }

    /// <summary>The most bytes that a number of bytes can take when compressed.</summary>
    /// <param name="length">The number of bytes.</param>
    /// <returns>The bytes that a target must have.</returns>
    int LongestOf(int length);

    /// <summary>Compresses.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="target">Where to; at least <see cref="LongestOf"/>.</param>
    /// <returns>The number of bytes written; 0 or less if it can't be done, and then the result is kept as it is.</returns>
    int Compress(ReadOnlySpan<byte> source, Span<byte> target);

    /// <summary>Restores exactly what fills the target. Whatever the source, which may be anybody's, nothing outside of the two is touched, and nothing is thrown.</summary>
    /// <param name="source">The compressed form.</param>
    /// <param name="target">Where to. It is at most 255 times as long as the source.</param>
    /// <returns>False if the source isn't the compressed form of as many bytes.</returns>
    bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> target);
}
