using System.Runtime.InteropServices;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Writes;

/// <summary>A row that a write in flight has touched.</summary>
internal sealed class WrittenRow(RowImage image)
{
    internal RowImage Image { get; } = image;

    /// <summary>Whether what was read of the row still counts.</summary>
    internal bool IsBelieved { get; set; } = image.Proof is not null;

    /// <summary>Since when nobody else may have bumped its key.</summary>
    internal long Fence { get; set; } = image.Proof?.Fence ?? 0;
}

/// <summary>The rows that a write in flight has touched; whole tables, where they are many. Used under the write's lock.</summary>
internal sealed class WrittenRows(TableRegistry registry)
{
    /// <summary>More rows of one table make the write one of the whole table.</summary>
    internal const int MaximumOfATable = 128;

    private readonly Dictionary<string, OfTable> _tables = new(StringComparer.Ordinal);

    /// <summary>Whether the table is written as a whole by now, so that a further row adds nothing.</summary>
    internal bool Covers(string table, RowChange change) => _tables.TryGetValue(table, out var rows) && rows.Covers(change);

    /// <summary>Takes in more, and adds the tags that they bump.</summary>
    internal List<WrittenRow> Add(IReadOnlyList<RowImage> images, WriteTags tags)
    {
        var added = new List<WrittenRow>(images.Count);
        foreach (var image in images)
        {
            var table = CollectionsMarshal.GetValueRefOrAddDefault(_tables, image.Table, out _) ??= new OfTable();
            if (!table.IsWhole && table.Rows.Count < MaximumOfATable)
            {
                var row = new WrittenRow(image);
                table.Rows.Add(row);
                added.Add(row);
                registry.Map(image, row.IsBelieved, tags);
            }
            else if (!table.Covers(image.Change))
            {
                table.Widen(image.Change);
                registry.Map(table.AsWrite(image.Table), tags);
            }
        }

        return added;
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
                registry.Map(row.Image, row.IsBelieved, tags);
            }
        }
    }

    internal List<WrittenRow> Believed() => [.. _tables.Values.SelectMany(t => t.Rows).Where(r => r.IsBelieved)];

    /// <summary>The believed rows of which these tags cover more than the row itself.</summary>
    internal List<WrittenRow> Believed(WriteTags tags)
    {
        var wide = tags.Paths.FindAll(p => p.Depth < EFPaths.RowDepth);
        return wide.Count == 0 ? [] : Believed().FindAll(row => wide.Exists(p => p.IsPrefixOf(row.Image.Proof!.Key)));
    }

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
