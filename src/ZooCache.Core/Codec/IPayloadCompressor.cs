namespace ZooCache.Codec;

/// <summary>A way to make payloads smaller. Thread-safe.</summary>
internal interface IPayloadCompressor
{
    /// <summary>What names it in the envelope, for good: 1 to 255; 0 stands for none.</summary>
    byte Id { get; }

    /// <summary>The most bytes that a number of bytes can take when compressed.</summary>
    int LongestOf(int length);

    /// <summary>Compresses, and gives the number of bytes written.</summary>
    int Compress(ReadOnlySpan<byte> source, Span<byte> target);

    /// <summary>Restores exactly what fills the target; false if the source isn't the compressed form of as many bytes. Whatever the source, nothing
    /// outside of the two is touched, and nothing is thrown.</summary>
    bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> target);
}
