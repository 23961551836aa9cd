using ZooCache.EFCore.Dependencies;

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
/// <param name="Columns">Proven values by folded column name; an insert has no old, a delete no new value.</param>
/// <param name="KeyIsGenerated">The store will make the key; it isn't known yet.</param>
internal sealed record RowImage(
    string Table, RowChange Change, IReadOnlyDictionary<string, ProvenValue> Columns, bool KeyIsGenerated)
{
    /// <summary>The hash of the family's value in the old or the new row; null where the image doesn't prove it.</summary>
    internal ulong? HashOf(Family family, bool old)
    {
        var hash = 0UL;
        foreach (var column in family.Columns)
        {
            if (!Columns.TryGetValue(column, out var proven) || (old ? proven.Old : proven.New) is not { } value)
            {
                return null;
            }

            hash = StoreValue.Combine(hash, value);
        }

        return hash;
    }
}

/// <summary>The hashed store value of one column before and after a write; null where it isn't proven.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
internal readonly record struct ProvenValue(ulong? Old, ulong? New);
