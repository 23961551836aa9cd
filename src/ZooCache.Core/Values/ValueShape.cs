using System.Collections.Concurrent;

namespace ZooCache.Values;

/// <summary>
/// What values of one type are to a cache: shared with everybody, because nobody can change them; copied exactly, for each who gets one; or neither, and then they
/// aren't kept. Immutable and safe for concurrent use.
/// </summary>
/// <remarks>
/// A copy has the same types, the same references among its parts (cycles too) and the same private state. What a copy can't be right of (delegates, streams,
/// queries that haven't run, anything to be disposed) is refused. The list of the base library's collections is closed.
/// </remarks>
internal abstract class ValueShape
{
    private static readonly ConcurrentDictionary<Type, ValueShape> Shapes = new();

    /// <summary>Why values aren't kept, for people; null if they are.</summary>
    internal virtual string? Problem => null;

    /// <summary>Whether a value is shared as it is.</summary>
    internal virtual bool IsShared => false;

    /// <summary>The shape of the values whose very type this is.</summary>
    internal static ValueShape Of(Type type) => Shapes.TryGetValue(type, out var known) ? known : Shapes.GetOrAdd(type, static t => ValueShapes.Make(t));

    /// <summary>The copy of a value, and of what it consists of.</summary>
    internal abstract object Copy(object value, GraphCopy graph);

    /// <summary>About how many bytes a value takes, without what the graph has met before.</summary>
    internal abstract long Measure(object value, GraphSize graph);
}

/// <summary>Values that everybody may have.</summary>
internal sealed class SharedShape(Type type) : ValueShape
{
    private readonly bool isOfTheBaseLibrary = ValueShapes.IsOfTheBaseLibrary(type);
    private readonly FieldShape[] fields = ValueShapes.IsOfTheBaseLibrary(type) ? [] : FieldShape.AllOf(type);

    internal override bool IsShared => true;

    internal override object Copy(object value, GraphCopy graph) => value;

    internal override long Measure(object value, GraphSize graph) => value switch
    {
        string text => RowSets.WordCodec.SizeOf(text),
        System.Collections.IEnumerable items when isOfTheBaseLibrary => MeasureItems(items, graph),
        _ => FieldShape.Measure(value, fields, type, graph),
    };

    private static long MeasureItems(System.Collections.IEnumerable items, GraphSize graph)
    {
        const int Header = 64, Word = 8;
        try
        {
            return Header + items.Cast<object?>().Sum(item => (2 * Word) + graph.Measure(item));
        }
        catch (InvalidOperationException)
        {
            // An immutable array that is none.
            return Header;
        }
    }
}

/// <summary>Values that can't be kept.</summary>
internal sealed class RefusedShape(string problem) : ValueShape
{
    internal override string? Problem => problem;

    internal override object Copy(object value, GraphCopy graph) => throw new UncopyableValueException(problem);

    internal override long Measure(object value, GraphSize graph) => throw new UncopyableValueException(problem);
}

/// <summary>Objects and structures, which are copied field by field.</summary>
internal sealed class ObjectShape(Type type) : ValueShape
{
    private static readonly Func<object, object> Clone =
        typeof(object).GetMethod(nameof(MemberwiseClone), System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.CreateDelegate<Func<object, object>>();

    // Made when first needed: types may refer to themselves.
    private FieldShape[]? all;

    private FieldShape[] All => all ??= FieldShape.AllOf(type);

    internal override object Copy(object value, GraphCopy graph)
    {
        var copy = Clone(value);
        graph.Begin(value, copy);
        foreach (var field in All)
        {
            field.Copy(copy, graph);
        }

        return copy;
    }

    internal override long Measure(object value, GraphSize graph) => FieldShape.Measure(value, All, type, graph);
}

/// <summary>Arrays of any rank.</summary>
internal sealed class ArrayShape(Type type) : ValueShape
{
    private readonly Type element = type.GetElementType()!;
    private readonly bool sharesElements = ValueShapes.IsImmutable(type.GetElementType()!);

    internal override object Copy(object value, GraphCopy graph)
    {
        var copy = (Array)((Array)value).Clone();
        graph.Begin(value, copy);
        if (!sharesElements)
        {
            foreach (var place in ArrayPlaces.Of(copy))
            {
                copy.SetValue(graph.Copy(copy.GetValue(place)), place);
            }
        }

        return copy;
    }

    internal override long Measure(object value, GraphSize graph)
    {
        const int Header = 24;
        var array = (Array)value;
        var bytes = Header + ((long)array.Length * FieldShape.SizeOfHeld(element));
        if (FieldShape.HoldsReferences(element))
        {
            foreach (var item in array)
            {
                bytes += graph.MeasureHeld(item, element);
            }
        }

        return bytes;
    }
}

/// <summary>Thrown where a value turns out not to be copyable; never seen by the application.</summary>
internal sealed class UncopyableValueException(string message) : Exception(message);
