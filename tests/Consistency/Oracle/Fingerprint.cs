using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>
/// An answer as a number: what <see cref="Canonical"/> says in text, without making it. Answers with equal texts have equal
/// numbers; others differ but for one chance in billions.
/// </summary>
internal sealed class Fingerprint
{
    private static readonly ConcurrentDictionary<Type, Shape> Shapes = new();

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<object> _waiting = new();

    internal static ulong Of(object? answer, bool ordered, out HashSet<object> entities)
    {
        var print = new Fingerprint();
        var hash = print.Value(answer, ordered);
        while (print._waiting.TryDequeue(out var entity))
        {
            hash += Mix(print.Members(entity));
        }

        entities = print._seen;
        return hash;
    }

    private ulong Value(object? value, bool ordered) => value switch
    {
        null => 1,
        string text => Text(text),
        byte[] bytes => Bytes(bytes),
        int number => Combine(2, (ulong)number),
        long number => Combine(3, (ulong)number),
        bool flag => flag ? 5UL : 6UL,
        decimal number => Bits(7, number),
        double number => Bits(8, number),
        DateTime time => Combine(9, (ulong)((time.Ticks << 2) | (long)time.Kind)),
        Guid id => Bits(10, id),
        Enum constant => Combine(Shape(constant).Name, (ulong)Convert.ToInt64(constant, System.Globalization.CultureInfo.InvariantCulture)),
        IKeyed entity => Reference(entity),
        IFormattable other => Combine(Shape(other).Name, Text(other.ToString(null, System.Globalization.CultureInfo.InvariantCulture))),
        IEnumerable items => Items(items, ordered),
        _ => Members(value),
    };

    private ulong Reference(IKeyed entity)
    {
        if (_seen.Add(entity))
        {
            _waiting.Enqueue(entity);
        }

        return Combine(Shape(entity).Name, Text(entity.KeyText));
    }

    private ulong Items(IEnumerable items, bool ordered)
    {
        ulong hash = 11;
        foreach (var item in items)
        {
            var one = Value(item, ordered: false);
            hash = ordered ? Combine(hash, one) : hash + Mix(one);
        }

        return Shape(items).Key is { } key ? Combine(hash, Value(key.GetValue(items), ordered: false)) : hash;
    }

    private ulong Members(object value)
    {
        var shape = Shape(value);
        var hash = shape.Name;
        foreach (var property in shape.Properties)
        {
            hash = Combine(hash, Value(property.GetValue(value), ordered: false));
        }

        foreach (var field in shape.Fields)
        {
            hash = Combine(hash, Value(field.GetValue(value), ordered: false));
        }

        return hash;
    }

    private static ulong Text(string text) => Bytes(MemoryMarshal.AsBytes(text.AsSpan()));

    private static ulong Bytes(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037;
        foreach (var one in bytes)
        {
            hash = (hash ^ one) * 1099511628211;
        }

        return hash;
    }

    private static ulong Bits<T>(ulong kind, T value)
        where T : unmanaged
        => Combine(kind, Bytes(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value))));

    private static ulong Combine(ulong first, ulong second) => Mix(first + (second * 0x9E3779B97F4A7C15) + 1);

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private static Shape Shape(object value) => Shapes.GetOrAdd(value.GetType(), static type => new Shape(type));
}

/// <summary>What of a type is compared.</summary>
internal sealed class Shape(Type type)
{
    internal ulong Name { get; } = (ulong)type.FullName!.GetHashCode(StringComparison.Ordinal);

    internal PropertyInfo[] Properties { get; } =
        [.. type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.GetIndexParameters().Length == 0 && !p.IsDefined(typeof(NotComparedAttribute)))];

    internal FieldInfo[] Fields { get; } = type.IsValueType ? type.GetFields(BindingFlags.Instance | BindingFlags.Public) : [];

    /// <summary>The key of a group.</summary>
    internal PropertyInfo? Key { get; } =
        type.GetInterfaces().FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IGrouping<,>))?.GetProperty("Key");
}
