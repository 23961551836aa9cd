using System.Runtime.InteropServices;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Origins;

namespace ZooCache.EFCore.Writes;

/// <summary>A row that a write in flight has touched.</summary>
/// <param name="Image">What is known of it.</param>
/// <param name="Believed">What is believed of it because it was read; null if nothing was.</param>
/// <param name="Ordered">What is believed of <see cref="RowImage.Ordered"/>, in the same order.</param>
internal sealed record WrittenRow(RowImage Image, Belief? Believed, IReadOnlyList<Belief> Ordered)
{
    internal bool IsBelieved => Believed is { Holds: true };

    /// <summary>Which of what was read counts.</summary>
    internal Believed Counts => new(IsBelieved, Ordered.Count == 0 ? null : IsReadBelieved);

    private bool IsReadBelieved(OrderedRead read)
    {
        for (var i = 0; i < Ordered.Count; i++)
        {
            if (ReferenceEquals(Image.Ordered[i], read))
            {
                return Ordered[i].Holds;
            }
        }

        return false;
    }
}

/// <summary>The rows that a write in flight has touched; whole tables, where they are many. Used under the write's lock.</summary>
internal sealed class WrittenRows(TableRegistry registry)
{
    /// <summary>More rows of one table make the write one of the whole table.</summary>
    internal const int MaximumOfATable = 128;

    private readonly Dictionary<string, OfTable> _tables = new(StringComparer.Ordinal);
    private readonly List<Belief> _beliefs = [];
    private readonly Dictionary<LoadedRows, Belief> _loaded = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether the table is written as a whole by now, so that a further row adds nothing.</summary>
    internal bool Covers(string table, RowChange change) => _tables.TryGetValue(table, out var rows) && rows.Covers(change);

    /// <summary>Takes in more, and adds the tags that they bump.</summary>
    /// <returns>What is believed that wasn't before.</returns>
    internal List<Belief> Add(IReadOnlyList<RowImage> images, WriteTags tags)
    {
        var known = _beliefs.Count;
        foreach (var image in images)
        {
            var table = CollectionsMarshal.GetValueRefOrAddDefault(_tables, image.Table, out _) ??= new OfTable();
            if (image.Completes is { } before)
            {
                table.Rows.RemoveAll(r => ReferenceEquals(r.Image, before));
            }

            if (!table.IsWhole && table.Rows.Count < MaximumOfATable)
            {
                var row = Believe(image);
                table.Rows.Add(row);
                Map(row, tags);
                DoubtJoined(image, tags);
            }
            else if (!table.Covers(image.Change))
            {
                table.Widen(image.Change);
                registry.Map(table.AsWrite(image.Table), tags);
            }
        }

        return _beliefs.GetRange(known, _beliefs.Count - known);
    }

    /// <summary>Adds the tags that all of them bump by what is known and believed now.</summary>
    internal void Map(WriteTags tags)
    {
        foreach (var (name, table) in _tables)
        {
            if (table.IsWhole)
            {
                registry.Map(table.AsWrite(name), tags);
            }

            foreach (var row in table.Rows)
            {
                Map(row, tags);
            }
        }
    }

    /// <summary>Adds the tags that a row bumps by what is known and believed now.</summary>
    internal void Map(WrittenRow row, WriteTags tags) => registry.Map(row.Image, row.Counts, Holds, tags);

    /// <summary>Nothing follows the drafts before the commit: adds the tags that they have spared.</summary>
    internal void EndDrafts(WriteTags tags)
    {
        foreach (var table in _tables.Values)
        {
            foreach (var row in table.Rows.Where(static r => r.Image.IsDraft))
            {
                row.Image.IsDraft = false;
                Map(row, tags);
            }
        }
    }

    /// <summary>The rows, and the tables that are written as a whole.</summary>
    internal (List<WrittenRow> Rows, List<TableWrite> Tables) All()
        => ([.. _tables.Values.SelectMany(t => t.Rows)], [.. _tables.Where(t => t.Value.IsWhole).Select(t => t.Value.AsWrite(t.Key))]);

    internal List<Belief> Beliefs() => _beliefs.FindAll(b => b.Holds);

    /// <summary>What is to be looked at when these tags are bumped: what was added just now; and all else, if they may be a tag of it,
    /// because this write's own bumps don't count against it. To look more often than needed does no harm.</summary>
    internal List<Belief> Beliefs(WriteTags tags, List<Belief> added)
        => _loaded.Count == 0 && !tags.Paths.Exists(static p => p.Depth < FeedPaths.ValueDepth) ? added : Beliefs();

    private WrittenRow Believe(RowImage image)
    {
        var row = new WrittenRow(image, image.Proof is { } proof ? new Belief(proof) : null, image.Ordered.Count == 0 ? [] : [.. image.Ordered.Select(r => new Belief(r.Proof))]);
        foreach (var believed in row.Believed is { } whole ? row.Ordered.Prepend(whole) : row.Ordered)
        {
            believed.Row = row;
            _beliefs.Add(believed);
        }

        foreach (var loaded in image.PartOf is { } partOf ? image.Emptied.Append(partOf) : image.Emptied)
        {
            if (!_loaded.TryGetValue(loaded, out var belief))
            {
                belief = new Belief(loaded.ConditionIn(registry.Paths));
                belief.Holds = !(_tables.TryGetValue(loaded.Include.Family.Table, out var table) && table.Rows.Exists(r => Joins(r.Image, loaded)));
                _loaded[loaded] = belief;
                _beliefs.Add(belief);
            }

            if (loaded != image.PartOf)
            {
                belief.Row = row;
            }
        }

        return row;
    }

    /// <summary>A row that this write itself adds to a collection isn't among those that were read.</summary>
    private void DoubtJoined(RowImage image, WriteTags tags)
    {
        foreach (var (loaded, belief) in _loaded)
        {
            if (belief.Holds && Joins(image, loaded))
            {
                belief.Holds = false;
                if (belief.Row is { } row)
                {
                    Map(row, tags);
                }
            }
        }
    }

    private static bool Joins(RowImage image, LoadedRows loaded)
        => image.Table == loaded.Include.Family.Table && image.MayGive(loaded.Include.Family, loaded.Value);

    private bool Holds(LoadedRows loaded) => _loaded.TryGetValue(loaded, out var belief) && belief.Holds;

    private sealed class OfTable
    {
        private bool _mayDelete;

        internal List<WrittenRow> Rows { get; } = [];

        internal bool IsWhole { get; private set; }

        internal bool Covers(RowChange change) => IsWhole && (_mayDelete || change != RowChange.Delete);

        internal void Widen(RowChange change) => (IsWhole, _mayDelete) = (true, _mayDelete || change == RowChange.Delete);

        internal TableWrite AsWrite(string name) => new(name, _mayDelete, Assigned: []);
    }
}
