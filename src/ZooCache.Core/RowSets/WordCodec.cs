using System.Runtime.CompilerServices;

namespace ZooCache.RowSets;

/// <summary>How typed values lie in 64-bit words: exactly, so that every value comes back bit for bit (kinds of a
/// <see cref="DateTime"/>, the scale of a <see cref="decimal"/>, NaN payloads and negative zeros included).</summary>
internal static class WordCodec
{
    internal static ulong From(bool value) => value ? 1UL : 0UL;

    internal static ulong From(double value) => BitConverter.DoubleToUInt64Bits(value);

    internal static ulong From(float value) => BitConverter.SingleToUInt32Bits(value);

    /// <summary>62 bits of ticks, 2 bits of <see cref="DateTimeKind"/>. <c>ToBinary</c> would convert local times.</summary>
    internal static ulong From(DateTime value) => ((ulong)value.Ticks << 2) | (ulong)value.Kind;

    internal static UInt128 From(DateTimeOffset value)
        => new((ulong)value.Ticks, (ulong)value.Offset.Ticks);

    internal static UInt128 From(Guid value) => Unsafe.BitCast<Guid, UInt128>(value);

    internal static UInt128 From(decimal value) => Unsafe.BitCast<decimal, UInt128>(value);

    internal static DateTime ToDateTime(ulong word) => new((long)(word >> 2), (DateTimeKind)(word & 3));

    internal static DateTimeOffset ToDateTimeOffset(UInt128 words)
        => new((long)(ulong)(words >> 64), TimeSpan.FromTicks((long)(ulong)words));

    internal static Guid ToGuid(UInt128 words) => Unsafe.BitCast<UInt128, Guid>(words);

    internal static decimal ToDecimal(UInt128 words) => Unsafe.BitCast<UInt128, decimal>(words);

    internal static double ToDouble(ulong word) => BitConverter.UInt64BitsToDouble(word);

    internal static float ToSingle(ulong word) => BitConverter.UInt32BitsToSingle((uint)word);

    /// <summary>Bytes that a string keeps alive on a 64-bit runtime.</summary>
    internal static long SizeOf(string value) => SizeOfText(value.Length);

    /// <summary>Those of a string of so many characters.</summary>
    internal static long SizeOfText(int length) => 22 + (2L * length) + 7 & ~7L;

    internal static long SizeOf(byte[] value) => SizeOfBytes(value.Length);

    /// <summary>Those of an array of so many bytes.</summary>
    internal static long SizeOfBytes(long length) => 24 + length + 7 & ~7L;
}
