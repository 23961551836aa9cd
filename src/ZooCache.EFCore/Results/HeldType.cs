using System.Collections;
using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.Json;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Results;

/// <summary>
/// A type of <see cref="ValueKind.Other"/>: its values are read through <see cref="DbDataReader.GetFieldValue{T}"/>, copied
/// when they are recorded, and copied again each time they are handed out. Immutable and safe for concurrent use.
/// </summary>
internal abstract class HeldType
{
    private static readonly ConcurrentDictionary<Type, HeldType?> Known = new();

    /// <summary>Null for a type whose values can't be held exactly.</summary>
    internal static HeldType? Of(Type type) => Known.GetOrAdd(type, static t => Make(t));

    internal abstract Type Type { get; }

    /// <summary>The value of a column that isn't NULL, shared with nobody.</summary>
    internal abstract object Read(DbDataReader source, int ordinal);

    internal abstract object Copy(object value);

    /// <summary>The bytes that a value keeps alive, more or less: what counts is that a large one counts as large.</summary>
    internal static long SizeOf(object? value) => value switch
    {
        null => 8,
        string text => WordCodec.SizeOf(text),
        byte[] bytes => WordCodec.SizeOf(bytes),
        JsonDocument document => 200 + (3L * document.RootElement.GetRawText().Length),
        JsonElement element => 200 + (3L * element.GetRawText().Length),
        BitArray bits => 56 + (bits.Length / 8),
        Array { Rank: 1 } array when array.GetType().GetElementType() is { IsPrimitive: true } => 24 + (8L * array.Length),
        KeyValuePair<string, string> pair => 48 + SizeOf(pair.Key) + SizeOf(pair.Value),
        IEnumerable items => items.Cast<object?>().Sum(item => 16 + SizeOf(item)) + 56,
        _ => 64,
    };

    private static HeldType? Make(Type type)
        => ExactCopies.Of(type) is { } copy
            ? (HeldType)Activator.CreateInstance(typeof(HeldType<>).MakeGenericType(type), copy)!
            : null;
}

/// <inheritdoc/>
internal sealed class HeldType<T>(Func<T, T> copy) : HeldType
{
    /// <summary>Null for a type whose values can't be held exactly.</summary>
    internal static HeldType<T>? Instance { get; } = (HeldType<T>?)Of(typeof(T));

    internal override Type Type => typeof(T);

    internal override object Read(DbDataReader source, int ordinal) => copy(source.GetFieldValue<T>(ordinal))!;

    internal T Copy(T value) => copy(value);

    internal override object Copy(object value) => ExactCopies.IsItself(copy) ? value : copy((T)value)!;
}
