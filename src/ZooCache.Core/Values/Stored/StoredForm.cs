using System.Collections.Concurrent;

namespace ZooCache.Values;

/// <summary>
/// How values of one type are written for other processes, exactly: what is read is what was written, with its private state. There are forms for what is known, by its
/// type alone, to the last of its parts; nothing that is read names a type. Immutable and safe for concurrent use.
/// </summary>
/// <remarks>
/// Numbers are written by <see cref="MessageWriter"/>. A reference is a byte, 0 for none, 1 for an object that follows. An object is its fields, in the order of <see cref="FieldShape.FieldsOf"/>
/// sorted by declaring type and name; a collection is a count and its items. What a form looks like is part of the key (<see cref="Describe"/>), so that nothing is read by
/// another form than it was written by.
/// </remarks>
internal abstract class StoredForm
{
    private static readonly ConcurrentDictionary<Type, StoredForm?> Forms = new();

    /// <summary>The form of a type; null if there is none, because it isn't known by the type what its values consist of.</summary>
    internal static StoredForm? Of(Type type) => Forms.TryGetValue(type, out var known) ? known : Forms.GetOrAdd(type, static t => new StoredForms().Make(t));

    /// <summary>Writes a value.</summary>
    /// <exception cref="UncopyableValueException">It is of a derived type, or the same object is in it twice.</exception>
    internal abstract void Write(object? value, ValueWriter writer);

    /// <summary>Reads a value, in whose place there is anything if the reader has failed.</summary>
    internal abstract object? Read(ref MessageReader reader);

    /// <summary>Says all that reading goes by.</summary>
    internal abstract void Describe(FormDescription description);
}

/// <summary>One writing of one value. Used by one caller.</summary>
internal sealed class ValueWriter
{
    private const int DeepestNesting = 100;

    private readonly HashSet<object> met = new(ReferenceEqualityComparer.Instance);
    private int depth;

    internal MessageWriter To { get; } = new();

    /// <summary>Goes into an object; each once, so that whoever reads gets as many objects as there were.</summary>
    internal void Enter(object value)
    {
        if (!met.Add(value))
        {
            throw new UncopyableValueException("The same object is in it twice.");
        }

        if (++depth > DeepestNesting)
        {
            throw new UncopyableValueException($"It is nested deeper than {DeepestNesting} objects.");
        }
    }

    internal void Leave() => depth--;
}

/// <summary>What a form looks like, as text: of two types with the same one each can read what the other has written. Used by one caller.</summary>
internal sealed class FormDescription
{
    private readonly System.Text.StringBuilder text = new();
    private readonly Dictionary<StoredForm, int> begun = [];

    internal FormDescription Add(string part)
    {
        text.Append(part.Length).Append(':').Append(part);
        return this;
    }

    /// <summary>Describes a part; one that is described already, by its number.</summary>
    internal FormDescription Add(StoredForm form)
    {
        if (begun.TryGetValue(form, out var number))
        {
            text.Append('#').Append(number);
        }
        else
        {
            begun[form] = begun.Count;
            text.Append('(');
            form.Describe(this);
            text.Append(')');
        }

        return this;
    }

    public override string ToString() => text.ToString();
}
