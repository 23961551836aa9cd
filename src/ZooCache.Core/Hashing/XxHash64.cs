using System.Buffers.Binary;
using System.Numerics;

namespace ZooCache;

/// <summary>
/// XXH64, written to the published specification (Yann Collet, "xxHash fast digest algorithm", version 0.2.0,
/// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md) and held to its published vectors by the tests.
/// </summary>
/// <remarks>
/// Invariant: the digest depends on the bytes and the seed alone, never on the process or its byte order, so tag hashes
/// are the same on every node. It is not a keyed hash: whoever can choose tags can make two of them collide, and the rest
/// of the engine is built so that a collision only over-invalidates.
/// </remarks>
internal static class XxHash64
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;

    internal static ulong Hash(ReadOnlySpan<byte> bytes, ulong seed = 0)
    {
        var length = (ulong)bytes.Length;
        ulong accumulator;
        if (bytes.Length >= 32)
        {
            var a = unchecked(seed + Prime1 + Prime2);
            var b = unchecked(seed + Prime2);
            var c = seed;
            var d = unchecked(seed - Prime1);
            do
            {
                a = Round(a, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                b = Round(b, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
                c = Round(c, BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
                d = Round(d, BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));
                bytes = bytes[32..];
            }
            while (bytes.Length >= 32);

            accumulator = unchecked(BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7)
                + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18));
            accumulator = MergeRound(accumulator, a);
            accumulator = MergeRound(accumulator, b);
            accumulator = MergeRound(accumulator, c);
            accumulator = MergeRound(accumulator, d);
        }
        else
        {
            accumulator = unchecked(seed + Prime5);
        }

        return Avalanche(Tail(unchecked(accumulator + length), bytes));
    }

    /// <summary>The digest of two 64-bit words, little-endian, with seed 0: what the 16 bytes would give, without the bytes.</summary>
    internal static ulong Combine(ulong first, ulong second)
    {
        var accumulator = unchecked(Prime5 + 16);
        accumulator = unchecked((BitOperations.RotateLeft(accumulator ^ Round(0, first), 27) * Prime1) + Prime4);
        accumulator = unchecked((BitOperations.RotateLeft(accumulator ^ Round(0, second), 27) * Prime1) + Prime4);
        return Avalanche(accumulator);
    }

    private static ulong Tail(ulong accumulator, ReadOnlySpan<byte> rest)
    {
        for (; rest.Length >= 8; rest = rest[8..])
        {
            accumulator ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest));
            accumulator = unchecked((BitOperations.RotateLeft(accumulator, 27) * Prime1) + Prime4);
        }

        if (rest.Length >= 4)
        {
            accumulator ^= unchecked(BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime1);
            accumulator = unchecked((BitOperations.RotateLeft(accumulator, 23) * Prime2) + Prime3);
            rest = rest[4..];
        }

        foreach (var value in rest)
        {
            accumulator ^= unchecked(value * Prime5);
            accumulator = unchecked(BitOperations.RotateLeft(accumulator, 11) * Prime1);
        }

        return accumulator;
    }

    private static ulong Round(ulong accumulator, ulong lane) =>
        unchecked(BitOperations.RotateLeft(accumulator + (lane * Prime2), 31) * Prime1);

    private static ulong MergeRound(ulong accumulator, ulong lane) =>
        unchecked(((accumulator ^ Round(0, lane)) * Prime1) + Prime4);

    private static ulong Avalanche(ulong accumulator)
    {
        accumulator = unchecked((accumulator ^ (accumulator >> 33)) * Prime2);
        accumulator = unchecked((accumulator ^ (accumulator >> 29)) * Prime3);
        return accumulator ^ (accumulator >> 32);
    }
}
