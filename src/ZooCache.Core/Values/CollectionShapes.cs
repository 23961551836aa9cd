using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Reflection;

namespace ZooCache.Values;

/// <summary>The collections of the base library that are copied: made anew, by the public members of their types, out of copies of their items.</summary>
internal static class CollectionShapes
{
    private static readonly Dictionary<Type, Type> Known = new()
    {
        [typeof(List<>)] = typeof(ListShape<>),
        [typeof(HashSet<>)] = typeof(HashSetShape<>),
        [typeof(SortedSet<>)] = typeof(SortedSetShape<>),
        [typeof(Queue<>)] = typeof(QueueShape<>),
        [typeof(Stack<>)] = typeof(StackShape<>),
        [typeof(LinkedList<>)] = typeof(LinkedListShape<>),
        [typeof(Collection<>)] = typeof(CollectionShape<>),
        [typeof(ReadOnlyCollection<>)] = typeof(ReadOnlyCollectionShape<>),
        [typeof(ImmutableArray<>)] = typeof(ImmutableArrayShape<>),
        [typeof(ImmutableList<>)] = typeof(ImmutableListShape<>),
        [typeof(Dictionary<,>)] = typeof(DictionaryShape<,>),
        [typeof(SortedDictionary<,>)] = typeof(SortedDictionaryShape<,>),
        [typeof(SortedList<,>)] = typeof(SortedListShape<,>),
        [typeof(ConcurrentDictionary<,>)] = typeof(ConcurrentDictionaryShape<,>),
        [typeof(ReadOnlyDictionary<,>)] = typeof(ReadOnlyDictionaryShape<,>),
        [typeof(ImmutableDictionary<,>)] = typeof(ImmutableDictionaryShape<,>),
    };

    /// <summary>The shape of a collection's type; null if it is none that is known.</summary>
    internal static ValueShape? Of(Type type)
        => type.IsConstructedGenericType && Known.TryGetValue(type.GetGenericTypeDefinition(), out var shape)
            ? (ValueShape)Activator.CreateInstance(shape.MakeGenericType(type.GetGenericArguments()))!
            : null;

    /// <summary>A collection of <typeparamref name="T"/>.</summary>
    private abstract class Shape<TCollection, T> : ValueShape
        where TCollection : notnull
    {
        // Asked for when it is needed: types may refer to themselves.
        private bool? sharesItems;

        protected bool SharesItems => sharesItems ??= ValueShapes.IsImmutable(typeof(T));

        internal override object Copy(object value, GraphCopy graph) => Copy((TCollection)value, graph);

        internal override long Measure(object value, GraphSize graph)
        {
            const int Header = 64, Word = 8;
            var bytes = (long)Header;
            foreach (var item in Items((TCollection)value))
            {
                bytes += Word + FieldShape.SizeOfHeld(typeof(T)) + (FieldShape.HoldsReferences(typeof(T)) ? graph.MeasureHeld(item, typeof(T)) : 0);
            }

            return bytes;
        }

        protected abstract IEnumerable<T> Items(TCollection value);

        protected abstract TCollection Copy(TCollection value, GraphCopy graph);

        protected static TCollection Made(TCollection value, TCollection copy, GraphCopy graph)
        {
            graph.Begin(value, copy);
            return copy;
        }

        protected T Item(T item, GraphCopy graph) => SharesItems ? item : (T)graph.Copy(item)!;
    }

    private abstract class Sequence<TCollection, T> : Shape<TCollection, T>
        where TCollection : IEnumerable<T>
    {
        protected override IEnumerable<T> Items(TCollection value) => value;

        /// <summary>Fills a copy that is empty yet.</summary>
        protected TCollection Filled(TCollection value, TCollection copy, Action<TCollection, T> add, GraphCopy graph)
        {
            graph.Begin(value, copy);
            foreach (var item in value)
            {
                add(copy, Item(item, graph));
            }

            return copy;
        }

        /// <summary>Fills a copy that is empty yet, which finds its items by what they hold: once they hold it.</summary>
        protected TCollection Found(TCollection value, TCollection copy, Func<TCollection, T, bool> tryAdd, GraphCopy graph)
        {
            graph.Begin(value, copy);
            List<T> items = [.. value.Select(item => Item(item, graph))];
            if (SharesItems)
            {
                Fill();
            }
            else
            {
                graph.Finally(Fill);
            }

            return copy;

            void Fill()
            {
                foreach (var item in items)
                {
                    if (!tryAdd(copy, item))
                    {
                        throw new UncopyableValueException("It is a collection of different items of which two are alike by now.");
                    }
                }
            }
        }
    }

    /// <summary>A comparer that may be handed to everybody: one that nobody can change.</summary>
    private static TComparer Checked<TComparer>(TComparer comparer)
        where TComparer : class
        => ValueShapes.IsOfTheBaseLibrary(comparer.GetType()) || ValueShape.Of(comparer.GetType()).IsShared || !FieldShape.FieldsOf(comparer.GetType()).Any()
            ? comparer
            : throw new UncopyableValueException($"It has a comparer, {comparer.GetType()}, that can be changed.");

    private abstract class Pairs<TCollection, TKey, TValue> : Sequence<TCollection, KeyValuePair<TKey, TValue>>
        where TCollection : IEnumerable<KeyValuePair<TKey, TValue>>
        where TKey : notnull
    {
        private bool? sharesValues;

        private bool SharesValues => sharesValues ??= ValueShapes.IsImmutable(typeof(TValue));

        private bool? sharesKeys;

        private bool SharesKeys => sharesKeys ??= ValueShapes.IsImmutable(typeof(TKey));

        protected TCollection Found(TCollection value, TCollection copy, Func<TCollection, TKey, TValue, bool> tryAdd, GraphCopy graph)
        {
            graph.Begin(value, copy);
            List<KeyValuePair<TKey, TValue>> items =
                [.. value.Select(p => KeyValuePair.Create(SharesKeys ? p.Key : (TKey)graph.Copy(p.Key)!, SharesValues ? p.Value : (TValue)graph.Copy(p.Value)!))];
            if (SharesKeys)
            {
                Fill();
            }
            else
            {
                graph.Finally(Fill);
            }

            return copy;

            void Fill()
            {
                foreach (var (key, item) in items)
                {
                    if (!tryAdd(copy, key, item))
                    {
                        throw new UncopyableValueException("It is a collection of different keys of which two are alike by now.");
                    }
                }
            }
        }
    }

    private sealed class ListShape<T> : Sequence<List<T>, T>
    {
        protected override List<T> Copy(List<T> value, GraphCopy graph)
        {
            if (SharesItems)
            {
                List<T> same = [.. value];
                graph.Begin(value, same);
                return same;
            }

            return Filled(value, new List<T>(value.Count), static (list, item) => list.Add(item), graph);
        }
    }

    private sealed class HashSetShape<T> : Sequence<HashSet<T>, T>
    {
        protected override HashSet<T> Copy(HashSet<T> value, GraphCopy graph)
            => Found(value, new HashSet<T>(value.Count, Checked(value.Comparer)), static (set, item) => set.Add(item), graph);
    }

    private sealed class SortedSetShape<T> : Sequence<SortedSet<T>, T>
    {
        protected override SortedSet<T> Copy(SortedSet<T> value, GraphCopy graph)
            => Found(value, new SortedSet<T>(Checked(value.Comparer)), static (set, item) => set.Add(item), graph);
    }

    private sealed class QueueShape<T> : Sequence<Queue<T>, T>
    {
        protected override Queue<T> Copy(Queue<T> value, GraphCopy graph)
            => Filled(value, new Queue<T>(value.Count), static (queue, item) => queue.Enqueue(item), graph);
    }

    private sealed class StackShape<T> : Sequence<Stack<T>, T>
    {
        protected override Stack<T> Copy(Stack<T> value, GraphCopy graph)
        {
            var copy = new Stack<T>(value.Count);
            graph.Begin(value, copy);
            foreach (var item in value.Reverse())
            {
                copy.Push(Item(item, graph));
            }

            return copy;
        }
    }

    private sealed class LinkedListShape<T> : Sequence<LinkedList<T>, T>
    {
        protected override LinkedList<T> Copy(LinkedList<T> value, GraphCopy graph)
            => Filled(value, new LinkedList<T>(), static (list, item) => list.AddLast(item), graph);
    }

    private sealed class CollectionShape<T> : Sequence<Collection<T>, T>
    {
        private static readonly Func<Collection<T>, IList<T>> Inner = Wrapped.Of<Collection<T>, IList<T>>("Items");

        protected override Collection<T> Copy(Collection<T> value, GraphCopy graph) => Made(value, new((IList<T>)graph.Copy(Inner(value))!), graph);
    }

    private sealed class ReadOnlyCollectionShape<T> : Sequence<ReadOnlyCollection<T>, T>
    {
        private static readonly Func<ReadOnlyCollection<T>, IList<T>> Inner = Wrapped.Of<ReadOnlyCollection<T>, IList<T>>("Items");

        protected override ReadOnlyCollection<T> Copy(ReadOnlyCollection<T> value, GraphCopy graph) => Made(value, new((IList<T>)graph.Copy(Inner(value))!), graph);
    }

    private sealed class ImmutableArrayShape<T> : Shape<ImmutableArray<T>, T>
    {
        protected override IEnumerable<T> Items(ImmutableArray<T> value) => value.IsDefault ? [] : value;

        protected override ImmutableArray<T> Copy(ImmutableArray<T> value, GraphCopy graph)
            => value.IsDefault ? value : ImmutableArray.CreateRange(value, item => Item(item, graph));
    }

    private sealed class ImmutableListShape<T> : Sequence<ImmutableList<T>, T>
    {
        protected override ImmutableList<T> Copy(ImmutableList<T> value, GraphCopy graph) => Made(value, value.ConvertAll(item => Item(item, graph)), graph);
    }

    private sealed class DictionaryShape<TKey, TValue> : Pairs<Dictionary<TKey, TValue>, TKey, TValue>
        where TKey : notnull
    {
        protected override Dictionary<TKey, TValue> Copy(Dictionary<TKey, TValue> value, GraphCopy graph)
            => Found(value, new Dictionary<TKey, TValue>(value.Count, Checked(value.Comparer)), static (pairs, key, item) => pairs.TryAdd(key, item), graph);
    }

    private sealed class SortedDictionaryShape<TKey, TValue> : Pairs<SortedDictionary<TKey, TValue>, TKey, TValue>
        where TKey : notnull
    {
        protected override SortedDictionary<TKey, TValue> Copy(SortedDictionary<TKey, TValue> value, GraphCopy graph)
            => Found(value, new SortedDictionary<TKey, TValue>(Checked(value.Comparer)), static (pairs, key, item) => pairs.TryAdd(key, item), graph);
    }

    private sealed class SortedListShape<TKey, TValue> : Pairs<SortedList<TKey, TValue>, TKey, TValue>
        where TKey : notnull
    {
        protected override SortedList<TKey, TValue> Copy(SortedList<TKey, TValue> value, GraphCopy graph)
            => Found(value, new SortedList<TKey, TValue>(value.Count, Checked(value.Comparer)), static (pairs, key, item) => pairs.TryAdd(key, item), graph);
    }

    private sealed class ConcurrentDictionaryShape<TKey, TValue> : Pairs<ConcurrentDictionary<TKey, TValue>, TKey, TValue>
        where TKey : notnull
    {
        protected override ConcurrentDictionary<TKey, TValue> Copy(ConcurrentDictionary<TKey, TValue> value, GraphCopy graph)
            => Found(value, new ConcurrentDictionary<TKey, TValue>(Checked(value.Comparer)), static (pairs, key, item) => pairs.TryAdd(key, item), graph);
    }

    private sealed class ReadOnlyDictionaryShape<TKey, TValue> : Pairs<ReadOnlyDictionary<TKey, TValue>, TKey, TValue>
        where TKey : notnull
    {
        private static readonly Func<ReadOnlyDictionary<TKey, TValue>, IDictionary<TKey, TValue>> Inner =
            Wrapped.Of<ReadOnlyDictionary<TKey, TValue>, IDictionary<TKey, TValue>>("Dictionary");

        protected override ReadOnlyDictionary<TKey, TValue> Copy(ReadOnlyDictionary<TKey, TValue> value, GraphCopy graph)
            => Made(value, new((IDictionary<TKey, TValue>)graph.Copy(Inner(value))!), graph);
    }

    private sealed class ImmutableDictionaryShape<TKey, TValue> : Pairs<ImmutableDictionary<TKey, TValue>, TKey, TValue>
        where TKey : notnull
    {
        protected override ImmutableDictionary<TKey, TValue> Copy(ImmutableDictionary<TKey, TValue> value, GraphCopy graph)
        {
            // Its keys are found by what they hold, and there is no later: those that can be changed would have to be copied first.
            if (!ValueShapes.IsImmutable(typeof(TKey)))
            {
                throw new UncopyableValueException("It is an immutable dictionary of keys that can be changed.");
            }

            Checked(value.KeyComparer);
            Checked(value.ValueComparer);
            return Made(value, value.Clear().AddRange(value.Select(p => KeyValuePair.Create(p.Key, (TValue)graph.Copy(p.Value)!))), graph);
        }
    }

    /// <summary>What wrappers wrap, which they show to derived types.</summary>
    private static class Wrapped
    {
        internal static Func<TWrapper, TInner> Of<TWrapper, TInner>(string property)
            => typeof(TWrapper).GetProperty(property, BindingFlags.Instance | BindingFlags.NonPublic)!.GetMethod!.CreateDelegate<Func<TWrapper, TInner>>();
    }
}
