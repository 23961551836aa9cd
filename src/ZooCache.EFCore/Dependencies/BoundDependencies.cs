using System.Runtime.InteropServices;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Dependencies;

/// <summary>Which results have a dependency.</summary>
internal enum Need
{
    Always,

    /// <summary>Those without a row.</summary>
    IfEmpty,

    /// <summary>Those of which it isn't known which rows they show.</summary>
    UnlessShown,

    /// <summary>Those of which it is known which rows they show, and which depend on these, too.</summary>
    IfShown,

    /// <summary>Those of which it isn't known which part of an order they are, but which rows they show.</summary>
    UnlessInOrder,
}

/// <summary>What an execution of a query can depend on, and, once there is a result, what it does depend on. Not thread-safe.</summary>
/// <param name="database">The tags of the database that is asked.</param>
internal sealed class BoundDependencies(EFPaths database)
{
    /// <summary>More rows than these are said less exactly.</summary>
    internal const int MaximumShown = 64;

    private readonly List<DependencyPath> _paths = [];
    private readonly List<Need> _needs = [];
    private Dictionary<DependencyPath, int>? _places;
    private List<UsedAndShown>? _shown;
    private List<TagPath>? _ordered;
    private OrderUse? _order;

    /// <summary>All that a result can depend on before it is known.</summary>
    internal ReadOnlySpan<DependencyPath> Paths => CollectionsMarshal.AsSpan(_paths);

    /// <summary>Adds what the caller depends on besides.</summary>
    internal void Add(DependencyPath path) => Add(path, Need.Always);

    /// <summary>Adds what comes of a reference: its rows by an anchor, or without one its table.</summary>
    internal void Add(TableReference reference, BoundAnchor? anchor, Need need)
    {
        if (anchor is null)
        {
            Add(new DependencyPath(database.Table(reference.Table), Subtree: true), need);
            return;
        }

        foreach (var (family, value) in anchor.Values)
        {
            Add(new DependencyPath(database.Of(family, value), Subtree: false), need);
            if (family.MayBeGenerated)
            {
                var isKey = anchor.Values.Count == 1 && family == reference.RequiredKey;
                Add(new DependencyPath(database.NewRows(reference.Table), Subtree: false), isKey ? Need.IfEmpty : Need.Always);
            }
        }
    }

    /// <summary>A result depends on the rows that it shows of a reference.</summary>
    internal void Shows(UsedAndShown reference) => (_shown ??= []).Add(reference);

    /// <summary>A result is a part of an order of the rows of the query's only table.</summary>
    internal void Orders(OrderUse order, BoundAnchor anchor)
    {
        (_order, _ordered) = (order, []);
        foreach (var (family, value) in anchor.Values)
        {
            var path = database.Of(family.InOrderOf(order.Column), value);
            _ordered.Add(path);
            Add(new DependencyPath(path, Subtree: true), Need.UnlessInOrder);
        }
    }

    /// <summary>What a result turned out to depend on, beside <see cref="Paths"/>.</summary>
    internal Refinement Of(RowSet rows)
    {
        var shown = _shown is null ? [] : KeysIn(rows);
        var crossed = shown is null ? null : CrossedIn(rows);
        List<int>? unneeded = null;
        for (var i = 0; i < _needs.Count; i++)
        {
            if (_needs[i] switch
            {
                Need.IfEmpty => rows.RowCount > 0,
                Need.UnlessShown => shown is not null,
                Need.IfShown => shown is null,
                Need.UnlessInOrder => shown is null || crossed is not null,
                _ => false,
            })
            {
                (unneeded ??= []).Add(i);
            }
        }

        return unneeded is null && shown is not { Count: > 0 } && crossed is not { Count: > 0 }
            ? Refinement.None
            : new Refinement(unneeded is null ? [] : [.. unneeded], [.. shown ?? [], .. crossed ?? []]);
    }

    /// <summary>The parts of the order that no row may get to or leave by an update; null if they can't be told, or there is no order.</summary>
    private List<DependencyPath>? CrossedIn(RowSet rows)
    {
        if (_order?.IntervalIn(rows) is not { } intervals)
        {
            return null;
        }

        var crossed = new List<DependencyPath>();
        foreach (var path in _ordered!)
        {
            crossed.AddRange(intervals.SelectMany(i => i.Met(path)).Select(p => new DependencyPath(p, Subtree: true)));
            if (crossed.Count > MaximumShown)
            {
                return null;
            }
        }

        return crossed;
    }

    private void Add(DependencyPath path, Need need)
    {
        // Most queries have one.
        var places = _paths.Count == 0 ? null : _places ??= new Dictionary<DependencyPath, int> { [_paths[0]] = 0 };
        if (places?.TryGetValue(path, out var known) == true)
        {
            _needs[known] = _needs[known] == need ? need : Need.Always;
            return;
        }

        places?.Add(path, _paths.Count);
        _paths.Add(path);
        _needs.Add(need);
    }

    /// <summary>The rows that are shown; null if there are many, or one can't be told.</summary>
    private HashSet<DependencyPath>? KeysIn(RowSet rows)
    {
        var keys = new HashSet<DependencyPath>();
        foreach (var reference in _shown!)
        {
            for (var row = 0; row < rows.RowCount; row++)
            {
                if (!TryAddKey(reference, rows, row, keys) || keys.Count > MaximumShown)
                {
                    return null;
                }
            }
        }

        return keys;
    }

    private bool TryAddKey(UsedAndShown reference, RowSet rows, int row, HashSet<DependencyPath> keys)
    {
        var key = reference.Key!;
        if (reference.Places.All(place => rows.IsNull(row, place)))
        {
            // An outer join has found no row.
            return true;
        }

        var hash = 0UL;
        for (var i = 0; i < key.Columns.Count; i++)
        {
            if (!StoreValue.TryHash(rows, row, reference.Places[i], key.Columns[i].Kind, out var value))
            {
                return false;
            }

            hash = StoreValue.Combine(hash, value);
        }

        keys.Add(new DependencyPath(database.Of(key, hash), Subtree: false));
        return true;
    }
}
