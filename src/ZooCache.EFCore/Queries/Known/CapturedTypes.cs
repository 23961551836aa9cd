using System.Collections.Concurrent;

namespace ZooCache.EFCore.Queries.Known;

/// <summary>The types whose values are parameters of a query and nothing else: no query, no expression. Of a list the value's own type counts,
/// too (<see cref="IsPlain"/>).</summary>
internal static class CapturedTypes
{
    private static readonly ConcurrentDictionary<Type, bool> Held = new();

    /// <summary>Whether a captured variable of the type is read.</summary>
    internal static bool IsHeld(Type type)
        => Held.TryGetValue(type, out var isHeld) ? isHeld : Held.GetOrAdd(type, static t => IsScalar(Nullable.GetUnderlyingType(t) ?? t) || IsList(t));

    /// <summary>Whether a value of such a variable is what the variable's type says; a list may be of a type that is derived from
    /// it, and a query at the same time.</summary>
    internal static bool IsPlain(object? value) => value is null or string or CacheableOptions || value.GetType() is { IsValueType: true } or { IsSZArray: true } || IsHeld(value.GetType());

    /// <summary>Whether the type holds one value.</summary>
    internal static bool IsScalar(Type type) => type.IsEnum || Type.GetTypeCode(type) is not (TypeCode.Object or TypeCode.DBNull or TypeCode.Empty)
        || type == typeof(Guid) || type == typeof(DateTimeOffset) || type == typeof(TimeSpan) || type == typeof(DateOnly) || type == typeof(TimeOnly);

    private static bool IsList(Type type)
        => type.IsSZArray ? IsScalar(type.GetElementType()!)
            : type.IsConstructedGenericType && type.GetGenericTypeDefinition() == typeof(List<>) && IsScalar(type.GetGenericArguments()[0]);
}
