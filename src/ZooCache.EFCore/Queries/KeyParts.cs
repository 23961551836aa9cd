using System.Collections;
using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Reflection;
using System.Text.Json;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// Takes values that are no scalars apart into scalars that, with the type, make up the whole value: of a structure of a
/// provider that is known by name every field, of a JSON document its text. What isn't known isn't taken apart.
/// </summary>
internal static class KeyParts
{
    private static readonly HashSet<string> Structures = new(StringComparer.Ordinal)
    {
        "System.Net.IPNetwork", "System.Collections.Generic.KeyValuePair`2",
        "NpgsqlTypes.NpgsqlPoint", "NpgsqlTypes.NpgsqlLine", "NpgsqlTypes.NpgsqlLSeg", "NpgsqlTypes.NpgsqlBox",
        "NpgsqlTypes.NpgsqlCircle", "NpgsqlTypes.NpgsqlPath", "NpgsqlTypes.NpgsqlPolygon", "NpgsqlTypes.NpgsqlCube",
        "NpgsqlTypes.NpgsqlInterval", "NpgsqlTypes.NpgsqlTid", "NpgsqlTypes.NpgsqlLogSequenceNumber", "NpgsqlTypes.NpgsqlRange`1",
        "NpgsqlTypes.NpgsqlInet", "NpgsqlTypes.NpgsqlCidr",
    };

    private static readonly ConcurrentDictionary<Type, FieldInfo[]?> Fields = new();

    /// <summary>The parts of a value; null if it isn't known how it is made up.</summary>
    /// <param name="value">The value.</param>
    /// <param name="isCollection">Whether EF takes the value for a collection, of whatever type.</param>
    internal static IEnumerable? Of(object value, bool isCollection) => value switch
    {
        BigInteger number => new[] { number.ToByteArray() },
        PhysicalAddress address => new[] { address.GetAddressBytes() },
        IPAddress { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } address => new object[] { address.GetAddressBytes(), address.ScopeId },
        IPAddress address => new[] { address.GetAddressBytes() },
        JsonDocument document => new[] { document.RootElement.GetRawText() },
        JsonElement { ValueKind: not JsonValueKind.Undefined } element => new[] { element.GetRawText() },
        Array { Rank: > 1 } array => Enumerable.Range(0, array.Rank).Select(array.GetLength).Cast<object?>().Concat(array.Cast<object?>()),
        _ when Fields.GetOrAdd(value.GetType(), static t => FieldsOf(t)) is { } fields => fields.Select(f => f.GetValue(value)),
        IEnumerable items when isCollection || IsCollection(value.GetType()) => items,
        _ => null,
    };

    private static FieldInfo[]? FieldsOf(Type type)
        => Structures.Contains((type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName ?? "")
            ? type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            : null;

    /// <summary>A collection of the base library, which is its items and nothing else; another type's enumerator may hide
    /// what the store is given.</summary>
    private static bool IsCollection(Type type)
        => type.Assembly.GetName().Name is { } assembly
            && (assembly is "System.Private.CoreLib" or "System.Linq" or "System.ObjectModel"
                || assembly.StartsWith("System.Collections", StringComparison.Ordinal));
}
