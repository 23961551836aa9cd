using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Runtime.InteropServices;

namespace ZooCache.Values;

/// <summary>A collection, whose items are written in its order.</summary>
internal abstract class ItemsForm<TCollection, T>(StoredForm item) : StoredForm
    where TCollection : IEnumerable<T>
{
    protected StoredForm Item => item;

    internal override void Write(object? value, ValueWriter writer)
    {
        writer.To.Byte(value is null ? (byte)0 : (byte)1);
        if (value is null)
        {
            return;
        }

        if (value.GetType() != typeof(TCollection))
        {
            throw new UncopyableValueException($"It is a {value.GetType()} where a {typeof(TCollection)} is declared.");
        }

        writer.Enter(value);
        WriteItems((TCollection)value, writer);
        writer.Leave();
    }

    internal override object? Read(ref MessageReader reader) => reader.Flag() ? ReadItems(ref reader) : null;

    internal override void Describe(FormDescription description) => description.Add(typeof(TCollection).Name).Add(item);

    protected virtual void WriteItems(TCollection value, ValueWriter writer)
    {
        List<T> items = [.. value];
        writer.To.Count(items.Count);
        foreach (var one in items)
        {
            item.Write(one, writer);
        }
    }

    protected abstract TCollection ReadItems(ref MessageReader reader);

    /// <summary>As many items as there are; each takes a byte at least.</summary>
    protected List<T> ReadList(ref MessageReader reader)
    {
        var count = reader.Count();
        var items = new List<T>(Math.Min(count, 1024));
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            items.Add((T)item.Read(ref reader)!);
        }

        return items;
    }
}

internal sealed class ArrayForm<T>(StoredForm item) : ItemsForm<T[], T>(item)
{
    protected override void WriteItems(T[] value, ValueWriter writer)
    {
        if (value is byte[] bytes)
        {
            writer.To.Bytes(bytes);
        }
        else
        {
            base.WriteItems(value, writer);
        }
    }

    protected override T[] ReadItems(ref MessageReader reader) => typeof(T) == typeof(byte) ? (T[])(object)reader.Bytes().ToArray() : [.. ReadList(ref reader)];
}

internal sealed class ListForm<T>(StoredForm item) : ItemsForm<List<T>, T>(item)
{
    protected override List<T> ReadItems(ref MessageReader reader) => ReadList(ref reader);
}

internal sealed class ImmutableListForm<T>(StoredForm item) : ItemsForm<ImmutableList<T>, T>(item)
{
    protected override ImmutableList<T> ReadItems(ref MessageReader reader) => [.. ReadList(ref reader)];
}

/// <summary>A structure: there is always one, which may be none.</summary>
internal sealed class ImmutableArrayForm<T>(StoredForm item) : ItemsForm<ImmutableArray<T>, T>(item)
{
    protected override void WriteItems(ImmutableArray<T> value, ValueWriter writer)
    {
        writer.To.Byte(value.IsDefault ? (byte)0 : (byte)1);
        if (!value.IsDefault)
        {
            base.WriteItems(value, writer);
        }
    }

    // In the place of what can't be read, anything is right.
    internal override object? Read(ref MessageReader reader) => base.Read(ref reader) ?? default(ImmutableArray<T>);

    protected override ImmutableArray<T> ReadItems(ref MessageReader reader) => reader.Flag() ? [.. ReadList(ref reader)] : default;
}

/// <summary>A set, found by a comparer that every process has.</summary>
internal sealed class HashSetForm<T>(StoredForm item) : ItemsForm<HashSet<T>, T>(item)
{
    protected override void WriteItems(HashSet<T> value, ValueWriter writer)
    {
        writer.To.Byte(Comparers<T>.NumberOf(value.Comparer));
        base.WriteItems(value, writer);
    }

    protected override HashSet<T> ReadItems(ref MessageReader reader)
    {
        var set = new HashSet<T>(Comparers<T>.Read(ref reader));
        foreach (var one in ReadList(ref reader))
        {
            if (reader.HasFailed || !set.Add(one))
            {
                reader.Fail();
                break;
            }
        }

        return set;
    }
}

/// <summary>A dictionary, found by a comparer that every process has.</summary>
internal sealed class DictionaryForm<TKey, TValue>(StoredForm key, StoredForm value) : StoredForm
    where TKey : notnull
{
    internal override void Write(object? dictionary, ValueWriter writer)
    {
        writer.To.Byte(dictionary is null ? (byte)0 : (byte)1);
        if (dictionary is null)
        {
            return;
        }

        if (dictionary.GetType() != typeof(Dictionary<TKey, TValue>))
        {
            throw new UncopyableValueException($"It is a {dictionary.GetType()} where a dictionary is declared.");
        }

        writer.Enter(dictionary);
        var pairs = (Dictionary<TKey, TValue>)dictionary;
        writer.To.Byte(Comparers<TKey>.NumberOf(pairs.Comparer));
        writer.To.Count(pairs.Count);
        foreach (var (one, other) in pairs)
        {
            key.Write(one, writer);
            value.Write(other, writer);
        }

        writer.Leave();
    }

    internal override object? Read(ref MessageReader reader)
    {
        if (!reader.Flag())
        {
            return null;
        }

        var pairs = new Dictionary<TKey, TValue>(Comparers<TKey>.Read(ref reader));
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            var (one, other) = (key.Read(ref reader), value.Read(ref reader));
            if (reader.HasFailed || one is null || !pairs.TryAdd((TKey)one, (TValue)other!))
            {
                reader.Fail();
            }
        }

        return pairs;
    }

    internal override void Describe(FormDescription description) => description.Add("Dictionary").Add(key).Add(value);
}

/// <summary>A variable of an interface of sequences: an array, a list, or one that is read only, such as what a compiler makes of a collection expression.</summary>
internal sealed class SequenceForm<T>(StoredForm item) : StoredForm
{
    private readonly ArrayForm<T> array = new(item);
    private readonly ListForm<T> list = new(item);

    internal override void Write(object? value, ValueWriter writer)
    {
        var isReadOnly = value is ReadOnlyCollection<T> || (value is not null && ValueShapes.IsOfCollectionExpression(value.GetType()));
        writer.To.Byte(isReadOnly ? (byte)2 : value is T[] ? (byte)1 : (byte)0);
        if (isReadOnly)
        {
            array.Write(((IEnumerable<T>)value!).ToArray(), writer);
        }
        else
        {
            (value is T[] ? (StoredForm)array : list).Write(value, writer);
        }
    }

    internal override object? Read(ref MessageReader reader)
    {
        switch (reader.Byte())
        {
            case 0:
                return list.Read(ref reader);
            case 1:
                return array.Read(ref reader);
            case 2 when array.Read(ref reader) is T[] items:
                return new ReadOnlyCollection<T>(items);
            default:
                reader.Fail();
                return null;
        }
    }

    internal override void Describe(FormDescription description) => description.Add("Sequence").Add(item);
}

/// <summary>The comparers that every process has.</summary>
internal static class Comparers<T>
{
    private static readonly IEqualityComparer<T>[] Known =
        typeof(T) == typeof(string)
            ? [EqualityComparer<T>.Default, (IEqualityComparer<T>)StringComparer.Ordinal, (IEqualityComparer<T>)StringComparer.OrdinalIgnoreCase]
            : [EqualityComparer<T>.Default];

    internal static byte NumberOf(IEqualityComparer<T> comparer)
        => Array.IndexOf(Known, comparer) is >= 0 and var number ? (byte)number : throw new UncopyableValueException($"It has a comparer, {comparer.GetType()}, that isn't known elsewhere.");

    internal static IEqualityComparer<T> Read(ref MessageReader reader)
    {
        var number = reader.Byte();
        if (number >= Known.Length)
        {
            reader.Fail();
            number = 0;
        }

        return Known[number];
    }
}
