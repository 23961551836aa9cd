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
            KeyScalars.WriteBytes(key, KeyTag.Database, MemoryMarshal.AsBytes(database.Name.AsSpan()));
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
            KeyScalars.Write(key, KeyTag.Varying, varying.FunctionId);
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
            KeyScalars.Write(key, KeyTag.AbsoluteExpiration, absolute.Ticks);
        }

        if (options?.SlidingExpiration is { } sliding)
        {
            KeyScalars.Write(key, KeyTag.SlidingExpiration, sliding.Ticks);
        }

        foreach (var tag in options?.Tags ?? [])
        {
            KeyScalars.WriteBytes(key, KeyTag.DependencyTag, MemoryMarshal.AsBytes(tag.AsSpan()));
        }

        foreach (var type in options?.EntityTypes ?? [])
        {
            KeyScalars.WriteBytes(key, KeyTag.DependencyType, MemoryMarshal.AsBytes((type.AssemblyQualifiedName ?? type.Name).AsSpan()));
        }

        foreach (var table in options?.Tables ?? [])
        {
            KeyScalars.WriteBytes(key, KeyTag.DependencyTable, MemoryMarshal.AsBytes(table.AsSpan()));
        }

        KeyScalars.WriteTag(key, KeyTag.EndOfItems);
    }

    private static bool TryWrite(KeyBuffer key, object? value, CoreTypeMapping? mapping)
    {
        if (KeyScalars.TryWrite(key, value))
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
        => KeyScalars.TryWrite(key, value)
            || (KeyParts.Of(value!, isCollection: elementMapping is not null) is { } parts && TryWriteItems(key, parts, elementMapping));

    /// <summary>A parameter that the application made itself, for raw SQL. One that gives something back is no part of a
    /// question, and of one with a type of the provider's own it isn't known what the type is.</summary>
    private static bool TryWriteParameter(KeyBuffer key, DbParameter parameter)
    {
        KeyScalars.WriteBytes(key, KeyTag.DbParameter, MemoryMarshal.AsBytes(parameter.ParameterName.AsSpan()));
        key.Write((long)parameter.DbType);
        key.Write(parameter.Size);
        key.Write((parameter.Precision << 8) | parameter.Scale);
        return parameter is { Direction: ParameterDirection.Input, DbType: not DbType.Object }
            && KeyScalars.TryWrite(key, parameter.Value is DBNull ? null : parameter.Value);
    }

    private static bool TryWriteItems(KeyBuffer key, IEnumerable items, CoreTypeMapping? elementMapping)
    {
        // The end mark can't be mistaken for an item: every item begins with another.
        KeyScalars.WriteTag(key, KeyTag.Items);
        foreach (var item in items)
        {
            if (!TryWrite(key, item, elementMapping))
            {
                return false;
            }
        }

        KeyScalars.WriteTag(key, KeyTag.EndOfItems);
        return true;
    }
}
