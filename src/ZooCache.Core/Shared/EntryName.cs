using System.Security.Cryptography;

namespace ZooCache;

/// <summary>
/// Under what a store keeps an entry: the first 16 bytes of the SHA-256 of its key, which may be long, and may say what is nobody's business. Entries hold
/// their keys in full, so two keys with one name only take each other's place.
/// </summary>
internal readonly record struct EntryName(UInt128 Value)
{
    internal const int Bytes = 16;

    internal static EntryName Of(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        return new EntryName(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash));
    }

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
