using System.Runtime.CompilerServices;

namespace ZooCache.Values;

/// <summary>One copying of one value with all that it refers to: what is met twice is copied once. Used by one caller, once.</summary>
internal sealed class GraphCopy
{
    /// <summary>The deepest that values are nested in one another; it is the same for whoever stores and whoever reads, so that a value which was stored can be read.</summary>
    internal const int DeepestNesting = 200;

    private readonly object root;
    private object? rootCopy;
    private Dictionary<object, object>? others;
    private List<Action>? last;
    private int depth;

    private GraphCopy(object root) => this.root = root;

    /// <summary>The copy of a value.</summary>
    /// <exception cref="UncopyableValueException">Something in it can't be copied.</exception>
    internal static object Of(object value)
    {
        var graph = new GraphCopy(value);
        var copy = graph.Copy(value)!;
        for (var i = 0; i < graph.last?.Count; i++)
        {
            graph.last[i]();
        }

        return copy;
    }

    internal object? Copy(object? value)
    {
        if (value is null)
        {
            return null;
        }

        var shape = ValueShape.Of(value.GetType());
        if (shape.IsShared)
        {
            return value;
        }

        if (CopyOf(value) is { } made)
        {
            return made;
        }

        if (++depth > DeepestNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new UncopyableValueException($"It is nested deeper than {DeepestNesting} objects.");
        }

        var copy = shape.Copy(value, this);
        depth--;
        return copy;
    }

    /// <summary>The copy of a value, before its parts are copied: they may refer to it.</summary>
    internal void Begin(object value, object copy)
    {
        // Most values are one array or list, and need no table.
        if (ReferenceEquals(value, root))
        {
            rootCopy = copy;
        }
        else
        {
            (others ??= new(ReferenceEqualityComparer.Instance))[value] = copy;
        }
    }

    /// <summary>Does something once all is copied: what is found by what it holds is to hold it by then.</summary>
    internal void Finally(Action action) => (last ??= []).Add(action);

    private object? CopyOf(object value)
        => ReferenceEquals(value, root) ? rootCopy : others is not null && others.TryGetValue(value, out var made) ? made : null;
}

/// <summary>One measuring of one value with all that it refers to: what is met twice counts once. Used by one caller, once.</summary>
internal sealed class GraphSize
{
    private readonly HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
    private int depth;

    internal long Measure(object? value)
    {
        if (value is null || !seen.Add(value))
        {
            return 0;
        }

        if (++depth > GraphCopy.DeepestNesting)
        {
            throw new UncopyableValueException($"It is nested deeper than {GraphCopy.DeepestNesting} objects.");
        }

        var bytes = ValueShape.Of(value.GetType()).Measure(value, this);
        depth--;
        return bytes;
    }

    /// <summary>What a value takes besides the variable that holds it.</summary>
    internal long MeasureHeld(object? value, Type variable)
        => value is null ? 0 : variable.IsValueType ? FieldShape.MeasureContent(value, variable, this) : Measure(value);
}
