using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace ZooCache;

/// <summary>
/// The key of an entry: bytes, compared in full, and their hash. Immutable; safe to share between threads.
/// </summary>
public sealed class CacheKey : IEquatable<CacheKey>
{
    /// <summary>Keys hold values that users choose, so where they land differs from process to process.</summary>
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64();

    private readonly byte[] bytes;

    /// <summary>Makes a key from a copy of the bytes.</summary>
    /// <param name="bytes">Any bytes; none is a key too.</param>
    public CacheKey(ReadOnlySpan<byte> bytes)
    {
        this.bytes = bytes.ToArray();
        Hash = HashOf(bytes);
    }

    /// <summary>The key's bytes.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>Differs from process to process.</summary>
    internal ulong Hash { get; }

    /// <summary>The number of the query with whose it begins; 0 if it is of a call.</summary>
    internal long QueryId => bytes.Length >= sizeof(long) ? Math.Max(0, BinaryPrimitives.ReadInt64LittleEndian(bytes)) : 0;

    /// <summary>Compares the bytes in full.</summary>
    /// <param name="other">The other key.</param>
    /// <returns>Whether the bytes are the same.</returns>
    public bool Equals([NotNullWhen(true)] CacheKey? other) =>
        ReferenceEquals(this, other) || (other is not null && Hash == other.Hash && bytes.AsSpan().SequenceEqual(other.bytes));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CacheKey);

    /// <inheritdoc/>
    public override int GetHashCode() => Fold(Hash);

    private static ulong HashOf(ReadOnlySpan<byte> bytes) => XxHash64.Hash(bytes, Seed);

    private static int Fold(ulong hash) => (int)(hash ^ (hash >> 32));

    /// <summary>Finds keys by their bytes, so that a look-up makes no key.</summary>
    internal sealed class Comparer : IEqualityComparer<CacheKey>, IAlternateEqualityComparer<ReadOnlySpan<byte>, CacheKey>
    {
        internal static Comparer Instance { get; } = new();

        public bool Equals(CacheKey? x, CacheKey? y) => x is null ? y is null : x.Equals(y);

        public int GetHashCode(CacheKey obj) => Fold(obj.Hash);

        public bool Equals(ReadOnlySpan<byte> alternate, CacheKey other) => alternate.SequenceEqual(other.bytes);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => Fold(HashOf(alternate));

        public CacheKey Create(ReadOnlySpan<byte> alternate) => new(alternate);
    }
}
