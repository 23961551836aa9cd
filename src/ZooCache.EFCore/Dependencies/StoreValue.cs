using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Dependencies;

/// <summary>The kinds of store values that can anchor. Values of different kinds are never compared by their hashes.</summary>
internal enum StoreKind
{
    /// <summary>Integers of all sizes, enums by number.</summary>
    Integer,

    /// <summary>Of a kind of their own: to a condition that is a column alone, every number but 0 is true.</summary>
    Boolean,

    Guid,

    /// <summary>Texts, as <see cref="TextEquality"/> compares them.</summary>
    Text,
}

/// <summary>
/// Store values as the anchors of dependencies and writes see them: only types whose equality in the store is known to be
/// that of what is hashed here, or finer. All integers hash as 64 bits, so that two models that map one column to different
/// integer types agree. NULL is a value of its own.
/// </summary>
internal static class StoreValue
{
    internal const ulong NullHash = 0x9AE16A3B2F90404F;

    // Converters that were seen to give two store values for one: nothing that they make can anchor.
    private static readonly ConditionalWeakTable<ValueConverter, object> Unsteady = [];

    /// <summary>The kind of values that go to the store by a mapping; null if they can't anchor. Of texts that is the column's to
    /// say. An enum that goes to the store as such is compared by its labels there, which two models may number differently.</summary>
    internal static StoreKind? KindOf(CoreTypeMapping? mapping)
    {
        if (mapping is null)
        {
            return null;
        }

        var type = mapping.Converter?.ProviderClrType ?? mapping.ClrType;
        var underlying = Nullable.GetUnderlyingType(type) ?? type;
        return underlying == typeof(Guid) ? StoreKind.Guid
            : underlying == typeof(string) ? StoreKind.Text
            : underlying == typeof(bool) ? StoreKind.Boolean
            : !underlying.IsEnum && Type.GetTypeCode(underlying) is >= TypeCode.SByte and <= TypeCode.UInt64
                ? StoreKind.Integer
                : null;
    }

    /// <summary>The kind of a column's values; null if they can't anchor.</summary>
    /// <param name="column">The column.</param>
    /// <param name="mapping">The mapping of the values that it is asked with or written with.</param>
    internal static StoreKind? KindOf(IColumn column, CoreTypeMapping? mapping)
        => KindOf(mapping) is not { } kind || (kind == StoreKind.Text && !TextEquality.IsKnown(column, mapping!)) || Rounds(column) ? null : kind;

    /// <summary>Whether the store keeps less of an integer than is written: to SQLite, a type with one of these in its name is REAL.</summary>
    private static bool Rounds(IColumn column)
        => column.StoreType.Contains("REAL", StringComparison.OrdinalIgnoreCase)
            || column.StoreType.Contains("FLOA", StringComparison.OrdinalIgnoreCase)
            || column.StoreType.Contains("DOUB", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the store orders values of a type as integers are ordered.</summary>
    internal static bool IsOrdered(string storeType, CoreTypeMapping mapping)
        => storeType.ToUpperInvariant() is "INTEGER" or "INT" or "BIGINT" or "SMALLINT" or "TINYINT" or "MEDIUMINT" or "INT2" or "INT4" or "INT8"
            && Type.GetTypeCode(mapping.Converter?.ProviderClrType ?? mapping.ClrType) is >= TypeCode.SByte and < TypeCode.UInt64;

    /// <summary>The integer of a hash of its kind; null for NULL.</summary>
    internal static long? IntegerOf(ulong hash) => hash == NullHash ? null : (long)Unmix(hash);

    /// <summary>An integer of a result; false if it is NULL, or isn't held as such.</summary>
    internal static bool TryRead(RowSet rows, int row, int place, out long value)
    {
        value = 0;
        if (rows.IsNull(row, place) || rows.Layout.KindOf(place) is not (ValueKind.Byte or ValueKind.SByte or ValueKind.Int16 or ValueKind.UInt16 or ValueKind.Int32 or ValueKind.UInt32 or ValueKind.Int64))
        {
            return false;
        }

        value = (long)rows.Word(row, place);
        return true;
    }

    /// <summary>The hash of the store value of a model value; false if it isn't of the kind, or can't be known.</summary>
    /// <remarks>The value may be of another type than the model's: to C#, an enum is compared as its number, a short and a char as an int, and EF drops the
    /// conversion. Converters change such values to the model's type, as they do for EF. Of a converter that converts NULL, EF compares a value that is NULL as
    /// NULL, and writes what the converter makes of it.</remarks>
    internal static bool TryHash(object? modelValue, CoreTypeMapping? mapping, StoreKind kind, out ulong hash)
    {
        if (mapping?.Converter is not { } converter)
        {
            return TryHash(modelValue, kind, out hash);
        }

        hash = 0;
        return modelValue is null
            ? !converter.ConvertsNulls && TryHash(null, kind, out hash)
            : TryConvert(converter, modelValue, out var value) && TryHash(value, kind, out hash);
    }

    /// <summary>The hash of a value of a result; false if it is NULL, isn't of the kind, or isn't held as such.</summary>
    internal static bool TryHash(RowSet rows, int row, int place, StoreKind kind, out ulong hash)
    {
        if (rows.IsNull(row, place))
        {
            hash = 0;
            return false;
        }

        switch (kind, rows.Layout.KindOf(place))
        {
            case (StoreKind.Integer, ValueKind.Byte or ValueKind.SByte or ValueKind.Int16 or ValueKind.UInt16 or ValueKind.Int32 or ValueKind.UInt32 or ValueKind.Int64 or ValueKind.UInt64):
                hash = Mix(rows.Word(row, place));
                return true;
            case (StoreKind.Boolean, ValueKind.Boolean):
                return TryHash(rows.Word(row, place) != 0, kind, out hash);
            case (StoreKind.Guid, ValueKind.Guid):
                return TryHash(WordCodec.ToGuid(rows.DoubleWord(row, place)), kind, out hash);
            case (StoreKind.Text, ValueKind.String):
                return TryHash(rows.Reference(row, place), kind, out hash);
            default:
                hash = 0;
                return false;
        }
    }

    internal static ulong Combine(ulong first, ulong second) => Mix(first ^ ulong.RotateLeft(second, 31));

    /// <summary>
    /// EF converts a value again when it sends it. A converter of the application's may give another store value then
    /// (encryption with a random vector), so it is asked twice here, and never believed again once it differs. What it throws, it throws
    /// again where EF needs the value.
    /// </summary>
    private static bool TryConvert(ValueConverter converter, object modelValue, out object? value)
    {
        value = null;
        try
        {
            if (!IsTheApplications(converter))
            {
                value = converter.ConvertToProvider(modelValue);
                return true;
            }

            if (Unsteady.TryGetValue(converter, out _))
            {
                return false;
            }

            value = converter.ConvertToProvider(modelValue);
            if (Equals(value, converter.ConvertToProvider(modelValue)))
            {
                return true;
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return false;
        }

        Unsteady.AddOrUpdate(converter, converter);
        return false;
    }

    private static bool IsTheApplications(ValueConverter converter)
        => converter.GetType() is var type
            && (type.Assembly != typeof(ValueConverter).Assembly
                || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueConverter<,>)));

    private static bool TryHash(object? storeValue, StoreKind kind, out ulong hash)
    {
        switch (storeValue)
        {
            case null:
                hash = NullHash;
                return true;
            case Guid guid when kind == StoreKind.Guid:
                var words = Unsafe.BitCast<Guid, UInt128>(guid);
                hash = Mix(Mix((ulong)words) ^ (ulong)(words >> 64));
                return true;
            case string text when kind == StoreKind.Text:
                hash = TextEquality.Hash(text);
                return true;
            case int number when kind == StoreKind.Integer:
                hash = Mix((ulong)number);
                return true;
            case bool flag when kind == StoreKind.Boolean:
                hash = Mix(flag ? 1UL : 0UL);
                return true;
            case ulong number when kind == StoreKind.Integer:
                hash = Mix(number);
                return true;
            case Enum constant when kind == StoreKind.Integer && constant.GetTypeCode() == TypeCode.UInt64:
                hash = Mix(Convert.ToUInt64(storeValue, System.Globalization.CultureInfo.InvariantCulture));
                return true;
            case Enum or sbyte or byte or short or ushort or uint or long when kind == StoreKind.Integer:
                hash = Mix((ulong)Convert.ToInt64(storeValue, System.Globalization.CultureInfo.InvariantCulture));
                return true;
            default:
                hash = 0;
                return false;
        }
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection, so that no two 64-bit values collide.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>Its inverse.</summary>
    private static ulong Unmix(ulong value)
    {
        value = (value ^ (value >> 31) ^ (value >> 62)) * 0x319642B2D24D8EC3;
        value = (value ^ (value >> 27) ^ (value >> 54)) * 0x96DE1B173F119089;
        return (value ^ (value >> 30) ^ (value >> 60)) - 0x9E3779B97F4A7C15;
    }
}
