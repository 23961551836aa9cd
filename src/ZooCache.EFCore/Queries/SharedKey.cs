using System.Collections;
using System.Collections.Concurrent;
using System.Data.Common;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Internal;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Connections;
using ZooCache.EFCore.Setup;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// The key of one execution that means the same in every process: the SHA-256 of all by which the database would be asked the same and the answer read in the same
/// way. Nothing of it can be read off the key.
/// </summary>
/// <remarks>
/// A plan's number means nothing elsewhere, so it is the SQL that EF has generated, and what goes to the store for each of its parameters, with the store's type. What isn't known
/// to mean the same elsewhere has no such key: functions that the user gave (<c>VaryBy</c>) or vouches for, somebody else's interceptors, connections that the application makes itself, connections whose answers
/// may be behind, databases that are this process's alone, and values and columns of types of a provider's own.
/// </remarks>
internal static class SharedKey
{
    private const byte Version = 1;

    /// <summary>Settings of a process by which providers read the same bytes as other values.</summary>
    private static readonly string[] Switches =
    [
        "Npgsql.EnableLegacyTimestampBehavior", "Npgsql.DisableDateTimeInfinityConversions", "Npgsql.EnableStoredProcedureCompatMode",
        "Microsoft.Data.Sqlite.Pre10TimeZoneHandling",
    ];

    /// <summary>How providers name, among their options, what makes connections in another way than by a connection string (Npgsql does).</summary>
    private static readonly string[] ConnectionMakers = ["DataSource", "DataSourceBuilderAction"];

    private static readonly ConcurrentDictionary<string, string?> Versions = new(StringComparer.Ordinal);

    /// <summary>The key; null if the answer is to be kept by this process alone.</summary>
    internal static byte[]? Of(RelationalQueryContext query, QueryCall call, ContextCache context, CacheableOptions? options)
    {
        var settings = context.Settings;
        if (settings.VaryBy.Count > 0 || call.Plan.NeedsVouching || settings.ReplicaLag is not null || context.ForeignCommandInterceptors != 0 || context.HasForeignConnectionInterceptor
            || (!settings.SessionIndependent && HasOwnConnections(query.Context))
            || call.Plan.Commands is not [{ Columns: null } command] || HasOwnTypes(command.Usage.Layout)
            || ConnectionIdentity.SharedNameOf(query.Connection) is not { } database)
        {
            return null;
        }

        var key = KeyBuffer.Rent();
        try
        {
            key.Write(Version);
            Write(key, TimeZoneInfo.Local.Id);
            foreach (var name in Switches)
            {
                key.Write((byte)(AppContext.TryGetSwitch(name, out var isOn) ? isOn ? 2 : 1 : 0));
            }

            var provider = query.Context.Database.ProviderName ?? "";
            Write(key, provider);
            Write(key, Versions.GetOrAdd(provider, static (_, c) => c.GetService<IDatabaseProvider>().Version, query.Context) ?? "");
            Write(key, database);
            Write(key, settings.Database.Name);
            Write(key, TextOf(query, call));
            Write(key, command.Usage.Description);
            QueryKey.WriteOptions(key, options);
            foreach (var parameter in call.Plan.Dependencies.Parameters)
            {
                if (parameter.Mapping is not RelationalTypeMapping mapping || !query.Parameters.TryGetValue(parameter.Name, out var value))
                {
                    return null;
                }

                Write(key, parameter.Name);
                WriteType(key, mapping);
                if (!TryWrite(key, value, mapping))
                {
                    return null;
                }
            }

            return SHA256.HashData(key.Written);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A converter that refuses a value will refuse it again when the database is asked, and is told from there.
            return null;
        }
        finally
        {
            key.Return();
        }
    }

    /// <summary>Whether the application makes the connections, or has them prepared as they are opened: what it has done to them nobody sees.</summary>
    private static bool HasOwnConnections(DbContext context)
    {
        var extension = RelationalOptionsExtension.Extract(context.GetService<IDbContextOptions>());
        return extension.Connection is not null || Array.Exists(ConnectionMakers, p => extension.GetType().GetProperty(p)?.GetValue(extension) is not null);
    }

    private static bool HasOwnTypes(RowLayout layout)
    {
        for (var ordinal = 0; ordinal < layout.ColumnCount; ordinal++)
        {
            if (layout.KindOf(ordinal) == ValueKind.Other)
            {
                return true;
            }
        }

        return false;
    }

    private static string TextOf(RelationalQueryContext query, QueryCall call)
    {
        var command = call.Resolver.RentAndPopulateRelationalCommand(query);
        try
        {
            return command.CommandText;
        }
        finally
        {
            query.Connection.ReturnCommand(command);
        }
    }

    private static void WriteType(KeyBuffer key, RelationalTypeMapping mapping)
    {
        Write(key, mapping.StoreType);
        key.Write(mapping.DbType is { } type ? (long)type : -1);
        key.Write(mapping.Size ?? -1);
        key.Write(mapping.Precision ?? -1);
        key.Write(mapping.Scale ?? -1);
        key.Write((byte)(mapping.IsUnicode ? 1 : 0));
        key.Write((byte)(mapping.IsFixedLength ? 1 : 0));
    }

    /// <summary>Writes what goes to the store. A value of an enum stands there as whatever this process's model makes of it.</summary>
    private static bool TryWrite(KeyBuffer key, object? value, RelationalTypeMapping mapping)
    {
        var stored = mapping.Converter is { } converter ? converter.ConvertToProvider(value) : value;
        if (stored is not Enum && KeyScalars.TryWrite(key, stored))
        {
            return true;
        }

        if (stored is null or DbParameter || mapping.ElementTypeMapping is not RelationalTypeMapping element || KeyParts.Of(stored, isCollection: true) is not { } items)
        {
            return false;
        }

        return TryWriteItems(key, items, element);
    }

    private static bool TryWriteItems(KeyBuffer key, IEnumerable items, RelationalTypeMapping element)
    {
        key.Write((byte)1);
        WriteType(key, element);
        foreach (var item in items)
        {
            key.Write((byte)1);
            if (!TryWrite(key, item, element))
            {
                return false;
            }
        }

        key.Write((byte)0);
        return true;
    }

    private static void Write(KeyBuffer key, string text)
    {
        key.Write(text.Length);
        key.Write(MemoryMarshal.AsBytes(text.AsSpan()));
    }
}
