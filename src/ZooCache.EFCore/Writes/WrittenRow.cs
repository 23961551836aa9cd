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

/// <summary>The rows of one table that a write in flight has touched; the whole table, once they are many.</summary>
internal sealed class TableRows
{
    private bool _mayDelete;

    internal List<WrittenRow> Rows { get; } = [];

    internal bool IsWhole { get; private set; }

    /// <summary>False if the table is written as a whole by now.</summary>
    internal bool Add(RowImage image, out WrittenRow row)
    {
        row = new WrittenRow(image);
        if (IsWhole || Rows.Count == EFWrite.MaximumRows)
        {
            return false;
        }

        Rows.Add(row);
        return true;
    }

    /// <summary>Makes the whole table of it; true if that says more than before.</summary>
    internal bool Widen(RowImage image)
    {
        var deletes = image.Change == RowChange.Delete;
        if (IsWhole && (_mayDelete || !deletes))
        {
            return false;
        }

        (IsWhole, _mayDelete) = (true, _mayDelete || deletes);
        return true;
    }

    internal TableWrite AsTable(string table) => new(table, _mayDelete, Assigned: []);
}
