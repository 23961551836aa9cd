using System.Diagnostics.CodeAnalysis;

namespace ZooCache.Values;

/// <summary>
/// What an entry holds of a value: the value itself, if nobody can change it or its owner says that nobody will; else something that makes a new one for each who reads.
/// </summary>
internal abstract class HeldValue
{
    /// <summary>Made anew for each caller; false if that can't be done.</summary>
    internal abstract bool TryRead(out object? value);

    /// <summary>What is to be kept of a value, and about how many bytes it takes.</summary>
    /// <exception cref="UncopyableValueException">It can't be kept from being changed.</exception>
    internal static (object Held, long Bytes) Hold(object? value, bool isShared)
        => value is null ? (NullValue.Instance, 0)
            : isShared || ValueShape.Of(value.GetType()).IsShared ? (value, SizeOf(value, isShared))
            : (new CopiedValue(GraphCopy.Of(value)), SizeOf(value, isShared));

    /// <summary>As the other, of a value that nobody else has.</summary>
    internal static (object Held, long Bytes) HoldOwn(object? value)
        => value is null ? (NullValue.Instance, 0)
            : (ValueShape.Of(value.GetType()).IsShared ? value : new CopiedValue(value), SizeOf(value, isShared: false));

    /// <summary>The very value that an entry holds, to be looked at and not handed out.</summary>
    internal static object? Look(object held) => held switch
    {
        NullValue => null,
        CopiedValue copied => copied.Original,
        _ => held,
    };

    /// <summary>The value of an entry; false if it isn't one of the type.</summary>
    internal static bool TryRead<T>(object held, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        var read = held;
        if (held is HeldValue made && !made.TryRead(out read))
        {
            return false;
        }

        // To the runtime an array of int is one of uint.
        if (read is T found && (read is not Array || !typeof(T).IsArray || !typeof(T).GetElementType()!.IsValueType || read.GetType() == typeof(T)))
        {
            value = found;
            return true;
        }

        return read is null && value is null;
    }

    /// <summary>Of what is shared on somebody's word it needn't be known what it is.</summary>
    private static long SizeOf(object value, bool isShared)
    {
        const int Unknown = 1024;
        try
        {
            return new GraphSize().Measure(value);
        }
        catch (UncopyableValueException) when (isShared)
        {
            return Unknown;
        }
    }
}

/// <summary>No value, which is an answer too.</summary>
internal sealed class NullValue : HeldValue
{
    internal static NullValue Instance { get; } = new();

    internal override bool TryRead(out object? value)
    {
        value = null;
        return true;
    }
}

/// <summary>A value of which everybody gets a copy. The original is nobody's.</summary>
internal sealed class CopiedValue(object original) : HeldValue
{
    internal object Original => original;

    internal override bool TryRead(out object? value)
    {
        try
        {
            value = GraphCopy.Of(original);
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The reader's stack may be shorter, and a comparer somebody's code.
            value = null;
            return false;
        }
    }
}

/// <summary>A way of one's own to keep values.</summary>
internal abstract class ValueForm
{
    /// <summary>What is to be kept of a value that isn't null, and how many bytes it takes; null if it is not to be kept.</summary>
    internal abstract (object Held, long Bytes)? Hold(object value);

    /// <summary>How values of a type are written for other processes; null if they aren't.</summary>
    internal virtual StoredContent? ContentOf<T>() => ExactContent<T>.Instance;
}
