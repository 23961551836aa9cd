using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// Store values as the anchors of dependencies and writes see them: only types whose equality in every store is the
/// equality of their 64 bits (integers, booleans, enums by number) or 128 bits (Guids). All integers hash as 64 bits, so
/// that two models that map one column to different integer types agree.
/// </summary>
internal static class StoreValue
{
    /// <summary>Whether values of a column with this mapping can anchor.</summary>
    internal static bool IsExact(CoreTypeMapping? mapping)
        => mapping is not null && IsExact(mapping.Converter?.ProviderClrType ?? mapping.ClrType);

    private static bool IsExact(Type type)
    {
        var underlying = Nullable.GetUnderlyingType(type) ?? type;
        return underlying.IsEnum || underlying == typeof(Guid) || underlying == typeof(bool)
            || Type.GetTypeCode(underlying) is >= TypeCode.SByte and <= TypeCode.UInt64;
    }

    /// <summary>The value that goes to the store for a model value.</summary>
    internal static object? Of(object? modelValue, CoreTypeMapping? mapping)
        => modelValue is not null && mapping?.Converter is { } converter && converter.ModelClrType.IsInstanceOfType(modelValue)
            ? converter.ConvertToProvider(modelValue)
            : modelValue;

    /// <summary>False if <paramref name="storeValue"/> is NULL or of a type whose equality isn't exact.</summary>
    internal static bool TryHash(object? storeValue, out ulong hash)
    {
        switch (storeValue)
        {
            case Guid guid:
                var words = Unsafe.BitCast<Guid, UInt128>(guid);
                hash = Mix(Mix((ulong)words) ^ (ulong)(words >> 64));
                return true;
            case bool flag:
                hash = Mix(flag ? 1UL : 0UL);
                return true;
            case ulong number:
                hash = Mix(number);
                return true;
            case Enum:
            case sbyte or byte or short or ushort or int or uint or long:
                hash = Mix((ulong)Convert.ToInt64(storeValue, System.Globalization.CultureInfo.InvariantCulture));
                return true;
            default:
                hash = 0;
                return false;
        }
    }

    internal static ulong Combine(ulong first, ulong second) => Mix(first ^ ulong.RotateLeft(second, 31));

    /// <summary>The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection, so that no two 64-bit values collide.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
