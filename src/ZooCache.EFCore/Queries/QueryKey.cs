using System.Collections;
using System.Data;
using System.Data.Common;
using System.Runtime.InteropServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// Writes the key of one execution: the plan's number, the connection's, the database's name, what the query asks of the cache (an answer that
/// was kept without a tag, or for longer, is no answer to a query that named one, or a limit), and each parameter of the
/// SQL with its type, so that two keys are equal only if the database would be asked the same. Values are written
/// exactly: the scale of a decimal, the kind of a date, the offset of a time, the bits of a float.
/// </summary>
internal static class QueryKey
{
    /// <summary>False if a parameter is of a type that can't be written exactly; <paramref name="problem"/> names it.</summary>
    internal static bool TryWrite(
        KeyBuffer key,
        QueryPlan plan,
        (bool Private, long Id) connection,
        ContextCache context,
        DbContext db,
        CacheableOptions? options,
        Dictionary<string, object?> parameters,
        out string? problem)
    {
        key.Write(plan.Id);
        key.Write(connection.Private ? -connection.Id : connection.Id);
        key.Write(context.ForeignCommandInterceptors);
        if (context.Settings.Database is { } database && database != EFPaths.Default)
        {
            WriteBytes(key, Tag.Database, MemoryMarshal.AsBytes(database.Name.AsSpan()));
        }

        WriteVarying(key, context, db);
        WriteOptions(key, options);
        foreach (var parameter in plan.Dependencies.Parameters)
        {
            if (!parameters.TryGetValue(parameter.Name, out var value) || !TryWrite(key, value, parameter.Mapping))
            {
                problem = $"{BypassReasons.ParameterType}: {value?.GetType().Name ?? "missing"}";
                return false;
            }
        }

        problem = null;
        return true;
    }

    private static void WriteVarying(KeyBuffer key, ContextCache context, DbContext db)
    {
        foreach (var varying in context.Settings.VaryBy)
        {
            Write(key, Tag.Varying, varying.FunctionId);
            var value = varying.Read(db, context.Application);
            if (!TryWrite(key, value, mapping: null))
            {
                throw new InvalidOperationException(
                    $"UseZooCache(z => z.VaryBy(…)) gave a value of type {value!.GetType().Name}, which can't be part of a key. Give a text, a number, a Guid, a date or time, an enum, null, or a list of these.");
            }
        }
    }

    internal static void WriteOptions(KeyBuffer key, CacheableOptions? options)
    {
        if (options?.AbsoluteExpiration is { } absolute)
        {
            Write(key, Tag.AbsoluteExpiration, absolute.Ticks);
        }

        if (options?.SlidingExpiration is { } sliding)
        {
            Write(key, Tag.SlidingExpiration, sliding.Ticks);
        }

        foreach (var tag in options?.Tags ?? [])
        {
            WriteBytes(key, Tag.DependencyTag, MemoryMarshal.AsBytes(tag.AsSpan()));
        }

        foreach (var type in options?.EntityTypes ?? [])
        {
            WriteBytes(key, Tag.DependencyType, MemoryMarshal.AsBytes((type.AssemblyQualifiedName ?? type.Name).AsSpan()));
        }

        foreach (var table in options?.Tables ?? [])
        {
            WriteBytes(key, Tag.DependencyTable, MemoryMarshal.AsBytes(table.AsSpan()));
        }

        WriteTag(key, Tag.EndOfItems);
    }

    private static bool TryWrite(KeyBuffer key, object? value, CoreTypeMapping? mapping)
    {
        if (TryWriteScalar(key, value))
        {
            return true;
        }

        if (value is DbParameter parameter)
        {
            return TryWriteParameter(key, parameter);
        }

        if (mapping?.Converter is { } converter && converter.ModelClrType.IsInstanceOfType(value))
        {
            return TryWriteStoreValue(key, converter.ConvertToProvider(value), null);
        }

        return TryWriteStoreValue(key, value, mapping?.ElementTypeMapping);
    }

    private static bool TryWriteStoreValue(KeyBuffer key, object? value, CoreTypeMapping? elementMapping)
        => TryWriteScalar(key, value)
            || (KeyParts.Of(value!, isCollection: elementMapping is not null) is { } parts && TryWriteItems(key, parts, elementMapping));

    /// <summary>A parameter that the application made itself, for raw SQL. One that gives something back is no part of a
    /// question, and of one with a type of the provider's own it isn't known what the type is.</summary>
    private static bool TryWriteParameter(KeyBuffer key, DbParameter parameter)
    {
        WriteBytes(key, Tag.DbParameter, MemoryMarshal.AsBytes(parameter.ParameterName.AsSpan()));
        key.Write((long)parameter.DbType);
        key.Write(parameter.Size);
        key.Write((parameter.Precision << 8) | parameter.Scale);
        return parameter is { Direction: ParameterDirection.Input, DbType: not DbType.Object }
            && TryWriteScalar(key, parameter.Value is DBNull ? null : parameter.Value);
    }

    private static bool TryWriteItems(KeyBuffer key, IEnumerable items, CoreTypeMapping? elementMapping)
    {
        // The end mark can't be mistaken for an item: every item begins with another.
        WriteTag(key, Tag.Items);
        foreach (var item in items)
        {
            if (!TryWrite(key, item, elementMapping))
            {
                return false;
            }
        }

        WriteTag(key, Tag.EndOfItems);
        return true;
    }

    internal static bool TryWriteScalar(KeyBuffer key, object? value)
    {
        switch (value)
        {
            case null: WriteTag(key, Tag.Null); return true;
            case string text: WriteBytes(key, Tag.String, MemoryMarshal.AsBytes(text.AsSpan())); return true;
            case byte[] bytes: WriteBytes(key, Tag.Bytes, bytes); return true;
            case bool flag: return Write(key, Tag.Boolean, flag ? 1 : 0);
            case byte number: return Write(key, Tag.Byte, number);
            case sbyte number: return Write(key, Tag.SByte, number);
            case short number: return Write(key, Tag.Int16, number);
            case ushort number: return Write(key, Tag.UInt16, number);
            case int number: return Write(key, Tag.Int32, number);
            case uint number: return Write(key, Tag.UInt32, number);
            case long number: return Write(key, Tag.Int64, number);
            case ulong number: return Write(key, Tag.UInt64, unchecked((long)number));
            case char character: return Write(key, Tag.Char, character);
            case float number: return Write(key, Tag.Single, BitConverter.SingleToInt32Bits(number));
            case double number: return Write(key, Tag.Double, BitConverter.DoubleToInt64Bits(number));
            case DateTime time: return Write(key, Tag.DateTime, (time.Ticks << 2) | (long)time.Kind);
            case TimeSpan span: return Write(key, Tag.TimeSpan, span.Ticks);
            case DateOnly date: return Write(key, Tag.DateOnly, date.DayNumber);
            case TimeOnly time: return Write(key, Tag.TimeOnly, time.Ticks);
            case Enum constant: return WriteEnum(key, constant);
            case DateTimeOffset time:
                Write(key, Tag.DateTimeOffset, time.Ticks);
                key.Write(time.Offset.Ticks);
                return true;
            case decimal number:
                WriteFixed(key, Tag.Decimal, MemoryMarshal.AsBytes(new ReadOnlySpan<decimal>(in number)));
                return true;
            case Guid guid:
                WriteFixed(key, Tag.Guid, MemoryMarshal.AsBytes(new ReadOnlySpan<Guid>(in guid)));
                return true;
            default:
                return false;
        }
    }

    // Two enum types may convert to different store values for one number; the plan fixes the parameter's type.
    private static bool WriteEnum(KeyBuffer key, Enum constant)
        => Write(key, Tag.Enum, constant.GetTypeCode() == TypeCode.UInt64
            ? unchecked((long)Convert.ToUInt64(constant, System.Globalization.CultureInfo.InvariantCulture))
            : Convert.ToInt64(constant, System.Globalization.CultureInfo.InvariantCulture));

    private static bool Write(KeyBuffer key, Tag tag, long value)
    {
        WriteTag(key, tag);
        key.Write(value);
        return true;
    }

    private static void WriteBytes(KeyBuffer key, Tag tag, ReadOnlySpan<byte> bytes)
    {
        Write(key, tag, bytes.Length);
        key.Write(bytes);
    }

    private static void WriteFixed(KeyBuffer key, Tag tag, ReadOnlySpan<byte> bytes)
    {
        WriteTag(key, tag);
        key.Write(bytes);
    }

    private static void WriteTag(KeyBuffer key, Tag tag) => key.Write((byte)tag);

    private enum Tag : byte
    {
        Null = 1, String, Bytes, Boolean, Byte, SByte, Int16, UInt16, Int32, UInt32, Int64, UInt64, Char, Single, Double,
        DateTime, TimeSpan, DateOnly, TimeOnly, Enum, DateTimeOffset, Decimal, Guid, Items, EndOfItems,
        AbsoluteExpiration, SlidingExpiration, DependencyTag, DependencyType, DependencyTable, DbParameter, Database, Varying,
    }
}
