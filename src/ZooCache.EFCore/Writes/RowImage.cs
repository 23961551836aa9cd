using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Origins;

namespace ZooCache.EFCore.Writes;

/// <summary>How a write touches a row.</summary>
internal enum RowChange
{
    Insert,
    Update,
    Delete,
}

/// <summary>
/// What a write proves about one row: for some of its columns the store value before and after, as hashes. Which tags
/// that bumps is decided where it is applied (<see cref="TableRegistry"/>), not here.
/// </summary>
/// <param name="Table">The folded table name.</param>
/// <param name="Change">How the row is touched.</param>
/// <param name="Columns">By folded column name.</param>
internal sealed record RowImage(string Table, RowChange Change, IReadOnlyDictionary<string, ColumnImage> Columns)
{
    /// <summary>Under which condition the values that were read are those that the write met: nobody has bumped the row's witness
    /// (<see cref="TableColumns.Witness"/>) since before they were read. Null if there are none.</summary>
    internal UnchangedSince? Proof { get; init; }

    /// <summary>The tag of the row's primary key, if something was read of the row; else null.</summary>
    internal TagPath? KeyTag { get; init; }

    /// <summary>What was read of the columns by which queries put rows in order, each with the condition under which it counts.</summary>
    internal IReadOnlyList<OrderedRead> Ordered { get; init; } = [];

    /// <summary>The folded names of the columns that an update sets, all of them; null if they aren't known.</summary>
    internal IReadOnlyCollection<string>? Written { get; init; }

    /// <summary>Whether another image follows before the commit, which has what the store makes of the row. Changed under the write's lock.</summary>
    internal bool IsDraft { get; set; }

    /// <summary>The image in whose place this one stands, because it has what the store has made, too; null if there is none.</summary>
    internal RowImage? Completes { get; init; }

    /// <summary>The included collection as a part of which the row was read.</summary>
    internal LoadedRows? PartOf { get; init; }

    /// <summary>Of a deleted row, the collections that were read whole and whose rows are all written by the same save.</summary>
    internal IReadOnlyList<LoadedRows> Emptied { get; init; } = [];

    /// <summary>The hash of the family's value in the old row; null where the image doesn't prove it.</summary>
    /// <param name="family">The family.</param>
    /// <param name="believed">Whether what was read counts.</param>
    internal ulong? OldHashOf(Family family, bool believed)
    {
        var hash = 0UL;
        for (var i = 0; i < family.Columns.Count; i++)
        {
            if (!TryFind(family.Columns[i], out var column) || column.OldValue(believed) is not { } value)
            {
                return null;
            }

            hash = StoreValue.Combine(hash, value);
        }

        return hash;
    }

    /// <summary>The hash of the family's value in the new row; null where the image doesn't prove it.</summary>
    /// <param name="family">The family.</param>
    /// <param name="believed">Whether what was read counts.</param>
    /// <param name="isFixed">Whether the store leaves a column of a table as it is unless it is told to.</param>
    internal ulong? NewHashOf(Family family, bool believed, Func<string, string, bool> isFixed)
    {
        var hash = 0UL;
        for (var i = 0; i < family.Columns.Count; i++)
        {
            if (!TryFind(family.Columns[i], out var column))
            {
                return null;
            }

            var value = column.New ?? (column.IsUnwritten && isFixed(Table, family.Columns[i].Name) ? column.OldValue(believed) : null);
            if (value is null)
            {
                return null;
            }

            hash = StoreValue.Combine(hash, value.Value);
        }

        return hash;
    }

    /// <summary>The values between which an update moves the row in an order, both included; null where the image doesn't prove them.</summary>
    /// <param name="column">The column that it sets.</param>
    /// <param name="believed">What counts.</param>
    internal ValueInterval? MoveIn(string column, Believed believed)
    {
        foreach (var read in Ordered)
        {
            if (read.Column == column && believed.Reads?.Invoke(read) == true
                && TryFind(new FamilyColumn(column, StoreKind.Integer), out var image) && image.New is { } after
                && StoreValue.IntegerOf(read.Value) is { } from && StoreValue.IntegerOf(after) is { } to)
            {
                return ValueInterval.Between(from, to);
            }
        }

        return null;
    }

    /// <summary>The hash of the family's value as the write sets it; null where it doesn't.</summary>
    internal ulong? WrittenHashOf(Family family)
    {
        var hash = 0UL;
        for (var i = 0; i < family.Columns.Count; i++)
        {
            if (!TryFind(family.Columns[i], out var column) || column.New is not { } value)
            {
                return null;
            }

            hash = StoreValue.Combine(hash, value);
        }

        return hash;
    }

    /// <summary>Whether the write leaves answers of the family as they are, but for rows that they show: it is an update that changes no
    /// column which they use.</summary>
    /// <param name="family">The family.</param>
    /// <param name="isFixed">Whether the store leaves a column of a table as it is unless it is told to.</param>
    internal bool LeavesUsed(Family family, Func<string, string, bool> isFixed)
    {
        if (Change != RowChange.Update || Written is not { } written || family.Used is not { } used)
        {
            return false;
        }

        foreach (var column in used)
        {
            if (written.Contains(column) || !isFixed(Table, column))
            {
                return false;
            }
        }

        foreach (var (column, _) in family.Columns)
        {
            if (written.Contains(column) || !isFixed(Table, column))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the write may give the row this value of the family: it sets it, or sets what isn't known.</summary>
    internal bool MayGive(Family family, ulong value)
        => Change != RowChange.Delete
            && (WrittenHashOf(family) is { } written
                ? written == value
                : Change == RowChange.Insert || family.Columns.Any(c => Columns.TryGetValue(c.Name, out var column) && !column.IsUnwritten));

    /// <summary>Whether all that isn't proven of the family's new value is what the store will make.</summary>
    internal bool IsGenerated(Family family)
        => family.Columns.All(c => Columns.TryGetValue(c.Name, out var column) && (column.New is not null || column.IsGenerated));

    /// <summary>False too if the image hashes the column in another way than the family.</summary>
    private bool TryFind(FamilyColumn of, out ColumnImage column) => Columns.TryGetValue(of.Name, out column) && column.Kind == of.Kind;
}

/// <summary>What was read of a column by which queries put rows in order.</summary>
/// <param name="Column">The folded name.</param>
/// <param name="Value">The hash of its value.</param>
/// <param name="Proof">Under which condition it is the value that the write met.</param>
internal sealed record OrderedRead(string Column, ulong Value, UnchangedSince Proof);

/// <summary>Which of what was read of a row counts.</summary>
/// <param name="Row">Whether the columns do that can anchor.</param>
/// <param name="Reads">Whether a column does by which queries put rows in order; null if none does.</param>
internal readonly record struct Believed(bool Row, Predicate<OrderedRead>? Reads = null);

/// <summary>One column of a row before and after a write, as hashes of its store value; null where it isn't proven.</summary>
/// <param name="Kind">How it is hashed.</param>
/// <param name="Old">Before, whatever happened since it was read: the write named it.</param>
/// <param name="Read">Before, as it was read: only if the row is proven not to have changed since.</param>
/// <param name="New">After.</param>
/// <param name="IsUnwritten">The write doesn't set it.</param>
/// <param name="IsGenerated">The store makes its new value, which isn't known yet.</param>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
internal readonly record struct ColumnImage(
    StoreKind Kind, ulong? Old = null, ulong? Read = null, ulong? New = null, bool IsUnwritten = false, bool IsGenerated = false)
{
    internal ulong? OldValue(bool believed) => Old ?? (believed ? Read : null);
}
