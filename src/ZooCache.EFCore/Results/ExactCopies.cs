using System.Collections;
using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Reflection;
using System.Text.Json;
using ZooCache.RowSets;
using ZooCache.Values;

namespace ZooCache.EFCore.Results;

/// <summary>
/// The types of store values beyond those of <see cref="ValueKind"/> that can be held, each with the way to copy a value of
/// it exactly, so that what one caller does to a value is seen neither by the cache nor by another caller. The list is
/// closed: immutable types, and arrays, lists and others of which a copy is certain to be equal. What isn't here isn't
/// cached. Npgsql's types stand here by name: its assembly isn't referenced.
/// </summary>
internal static class ExactCopies
{
    private static readonly HashSet<Type> Immutable =
    [
        typeof(BigInteger), typeof(PhysicalAddress), typeof(ImmutableDictionary<string, string>),
    ];

    /// <summary>
    /// Structures of numbers (whoever has one has a copy), and classes and structures whose state nobody can reach.
    /// </summary>
    private static readonly HashSet<string> ImmutableOfNpgsql =
    [
        "NpgsqlTypes.NpgsqlPoint", "NpgsqlTypes.NpgsqlLine", "NpgsqlTypes.NpgsqlLSeg", "NpgsqlTypes.NpgsqlBox",
        "NpgsqlTypes.NpgsqlCircle", "NpgsqlTypes.NpgsqlCube", "NpgsqlTypes.NpgsqlInterval", "NpgsqlTypes.NpgsqlTid",
        "NpgsqlTypes.NpgsqlLogSequenceNumber", "NpgsqlTypes.NpgsqlTsVector",
    ];

    /// <summary>Structures around something mutable, made anew from these members; the empty name is the value itself.</summary>
    private static readonly Dictionary<string, string[]> Rebuilt = new(StringComparer.Ordinal)
    {
        ["System.Net.IPNetwork"] = ["BaseAddress", "PrefixLength"],
        ["NpgsqlTypes.NpgsqlInet"] = ["Address", "Netmask"],
        ["NpgsqlTypes.NpgsqlCidr"] = ["Address", "Netmask"],
        ["NpgsqlTypes.NpgsqlPath"] = ["", "Open"],
        ["NpgsqlTypes.NpgsqlPolygon"] = [""],
    };

    /// <summary>A <see cref="Func{T,T}"/> that copies values of a type; null if the type isn't known.</summary>
    internal static Delegate? Of(Type type)
    {
        if (IsImmutable(type))
        {
            return Make(nameof(None), [type]);
        }

        if (type.IsArray)
        {
            return Of(type.GetElementType()!) is { } element
                ? type.IsSZArray ? Make(nameof(Array), [type.GetElementType()!], element) : Make(nameof(Matrix), [type, type.GetElementType()!], element)
                : null;
        }

        if (type.IsGenericType && type.GetGenericArguments() is [var item] && type.IsAssignableFrom(typeof(List<>).MakeGenericType(item)))
        {
            return Of(item) is { } element ? Make(type.IsInterface ? nameof(Sequence) : nameof(List), type.IsInterface ? [type, item] : [item], element) : null;
        }

        return type == typeof(BitArray) ? (BitArray bits) => new BitArray(bits)
            : type == typeof(IPAddress) ? Copy
            : type == typeof(JsonDocument) ? (JsonDocument document) => JsonDocument.Parse(document.RootElement.GetRawText())
            : type == typeof(JsonElement) ? (JsonElement element) => element.Clone()
            : type == typeof(Dictionary<string, string>) ? (Dictionary<string, string> pairs) => new Dictionary<string, string>(pairs, pairs.Comparer)
            : Rebuilt.TryGetValue(type.FullName ?? "", out var members) ? Rebuild(type, members)
            : null;
    }

    private static bool IsImmutable(Type type)
        => Nullable.GetUnderlyingType(type) is { } underlying
            ? IsImmutable(underlying)
            : type.IsEnum
                || ValueKinds.Of(type) is not (ValueKind.Unsupported or ValueKind.Bytes or ValueKind.Object)
                || Immutable.Contains(type)
                || (type.IsGenericType
                    ? type.GetGenericTypeDefinition().FullName == "NpgsqlTypes.NpgsqlRange`1" && IsImmutable(type.GetGenericArguments()[0])
                    : ImmutableOfNpgsql.Contains(type.FullName ?? ""));

    internal static bool IsItself(Delegate copy) => copy.Method.Name == nameof(Itself);

    private static Delegate Make(string method, Type[] types, params object[] closure)
    {
        var made = typeof(ExactCopies).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(types);
        return (Delegate)made.Invoke(null, closure)!;
    }

    private static Func<T, T> None<T>() => Itself;

    private static T Itself<T>(T value) => value;

    /// <summary>An empty array can't be changed, and a provider may hand out the same one each time.</summary>
    private static Func<T[], T[]> Array<T>(Func<T, T> element)
        => IsItself(element)
            ? items => items.Length == 0 ? items : (T[])items.Clone()
            : items => items.Length == 0 ? items : System.Array.ConvertAll(items, item => item is null ? item : element(item));

    /// <summary>More than one dimension; the elements are copied one by one unless they are immutable.</summary>
    private static Func<TArray, TArray> Matrix<TArray, T>(Func<T, T> element)
        => items =>
        {
            var copy = (Array)((Array)(object)items!).Clone();
            if (!IsItself(element))
            {
                foreach (var place in ArrayPlaces.Of(copy))
                {
                    copy.SetValue(copy.GetValue(place) is T item ? element(item) : null, place);
                }
            }

            return (TArray)(object)copy;
        };

    private static Func<List<T>, List<T>> List<T>(Func<T, T> element)
        => IsItself(element) ? items => [.. items] : items => items.ConvertAll(item => item is null ? item : element(item));

    /// <summary>An interface of a list, behind which stands an array or a list; nothing else is copied.</summary>
    private static Func<TSequence, TSequence> Sequence<TSequence, T>(Func<T, T> element)
    {
        var array = Array(element);
        var list = List(element);
        return items => items switch
        {
            T[] given when given.GetType() == typeof(T[]) => (TSequence)(object)array(given),
            List<T> given when given.GetType() == typeof(List<T>) => (TSequence)(object)list(given),
            _ => throw new NotSupportedException($"{items?.GetType()} can't be copied."),
        };
    }

    // A scope can be set, on an address of version 6 only.
    private static IPAddress Copy(IPAddress address)
        => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? new IPAddress(address.GetAddressBytes(), address.ScopeId)
            : new IPAddress(address.GetAddressBytes());

    private static Delegate? Rebuild(Type type, string[] members)
    {
        var value = Expression.Parameter(type, "value");
        var arguments = members.Select(m => m.Length == 0 ? value : Expression.Property(value, m) is var member && Of(member.Type) is { } copy
            ? (Expression)Expression.Invoke(Expression.Constant(copy), member)
            : member).ToArray();
        return type.GetConstructors().FirstOrDefault(c =>
            c.GetParameters().Length == arguments.Length
            && c.GetParameters().Zip(arguments).All(p => p.First.ParameterType.IsAssignableFrom(p.Second.Type))) is { } constructor
                ? Expression.Lambda(
                    Expression.New(constructor, constructor.GetParameters().Zip(arguments, (p, a) => Expression.Convert(a, p.ParameterType))), value).Compile()
                : null;
    }
}
