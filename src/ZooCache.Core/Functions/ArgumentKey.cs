using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ZooCache.Values;

namespace ZooCache;

/// <summary>
/// Writes the arguments of a function into a key, so that two keys are equal only if the arguments are the same in all that the function can see of them. Values that are no
/// scalars are written with their type.
/// </summary>
internal static class ArgumentKey
{
    private const int DeepestNesting = 32;

    /// <summary>Writes an argument.</summary>
    /// <param name="key">Where to.</param>
    /// <param name="value">The argument.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">It can't be part of a key; the message names it.</exception>
    internal static void Write(KeyBuffer key, object? value, string name)
    {
        if (ProblemOf(key, value, depth: 0) is { } problem)
        {
            throw new ArgumentException(
                $"The argument '{name}' can't be part of a key: {problem}. Take numbers, texts, dates and times, Guids, enums, null, and tuples, arrays, lists and records of these; or call GetOrCreate with a key of your own.", name);
        }
    }

    private static string? ProblemOf(KeyBuffer key, object? value, int depth)
    {
        // What an enum's number means, its type says.
        if (value is not Enum && KeyScalars.TryWrite(key, value))
        {
            return null;
        }

        if (depth == DeepestNesting)
        {
            return "it is nested too deeply";
        }

        var type = value!.GetType();
        KeyScalars.WriteBytes(key, KeyTag.Type, MemoryMarshal.AsBytes((type.AssemblyQualifiedName ?? type.Name).AsSpan()));
        return value switch
        {
            Enum or Version => ProblemOfScalar(key, value is Version ? value.ToString()! : value),
            Array array => ProblemOfItems(key, Enumerable.Range(0, array.Rank).SelectMany(r => new object?[] { array.GetLowerBound(r), array.GetLength(r) }).Concat(array.Cast<object?>()), depth),
            ITuple tuple when ValueShapes.IsOfTheBaseLibrary(type) => ProblemOfItems(key, Enumerable.Range(0, tuple.Length).Select(i => tuple[i]), depth),
            IEnumerable items when IsList(type) => ProblemOfItems(key, items.Cast<object?>(), depth),
            _ when !ValueShapes.IsOfTheBaseLibrary(type) && !ValueShapes.IsInline(type) && ValueShape.Of(type).IsShared && FieldShape.FieldsOf(type).ToList() is { Count: > 0 } fields
                => ProblemOfItems(key, fields.Select(f => f.GetValue(value)), depth),
            _ => $"it is of the type {type}, of which it isn't known what it consists of",
        };
    }

    private static string? ProblemOfScalar(KeyBuffer key, object value) => KeyScalars.TryWrite(key, value) ? null : $"it is {value}";

    private static string? ProblemOfItems(KeyBuffer key, IEnumerable<object?> items, int depth)
    {
        // The end mark can't be mistaken for an item: every item begins with another.
        KeyScalars.WriteTag(key, KeyTag.Items);
        try
        {
            foreach (var item in items)
            {
                if (ProblemOf(key, item, depth + 1) is { } problem)
                {
                    return problem;
                }
            }
        }
        catch (InvalidOperationException)
        {
            return "it is an immutable array that was never made, or was changed while it was read";
        }

        KeyScalars.WriteTag(key, KeyTag.EndOfItems);
        return null;
    }

    /// <summary>Lists, which are their items and nothing else.</summary>
    private static bool IsList(Type type)
        => type.IsConstructedGenericType && type.GetGenericTypeDefinition() is var definition
            && (definition == typeof(List<>) || definition == typeof(ImmutableArray<>) || definition == typeof(ImmutableList<>));
}
