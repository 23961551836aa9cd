namespace ZooCache.EFCore.Dependencies;

/// <summary>A column of a family.</summary>
/// <param name="Name">The folded name.</param>
/// <param name="Kind">How its values are hashed.</param>
internal readonly record struct FamilyColumn(string Name, StoreKind Kind);

/// <summary>
/// An ordered set of columns of one table that some plan anchors on. It is the table's, not a model's: two models that
/// key a table by the same columns share the family, whatever their property names. Models that map a column to values of
/// different kinds have different families, and a write through one of them doesn't prove the other's.
/// </summary>
/// <param name="Table">The folded table name.</param>
/// <param name="Columns">In ordinal order of their names.</param>
/// <param name="MayBeGenerated">Whether the store may make values of these columns when a row is inserted. Answers that
/// depend on such a family depend on the table's new rows as well: what an insert will make isn't known before it.</param>
/// <param name="Used">Where answers in it depend on the rows only by the family's columns and these, in ordinal order: by them they
/// choose, sort and compute. What they show besides, they depend on by the keys of the rows that they show. Null if they depend on all.</param>
/// <remarks>One without columns, which always tells what is used, is of answers that no equality pins down: they depend on all rows of the table, whose
/// value of it is the same.</remarks>
internal sealed record Family(string Table, ValueList<FamilyColumn> Columns, bool MayBeGenerated, ValueList<string>? Used = null)
{
    internal static string Fold(string column) => column.ToUpperInvariant();

    /// <summary>The family's segment below its table.</summary>
    internal string Segment { get; } = string.Join(',', Columns.Select(Name)) + (MayBeGenerated ? "+" : "") + (Used is null ? "" : $"|{string.Join(',', Used)}");

    /// <summary>Whether answers in it depend on all rows of the table.</summary>
    internal bool IsWholeTable => Columns.Count == 0;

    /// <summary>The family of answers that depend on all rows of a table in what they use.</summary>
    internal static Family WholeTable(string table, ValueList<string> used) => new(table, new ValueList<FamilyColumn>([]), MayBeGenerated: false, used);

    /// <summary>The family of answers that depend on the same columns' values, and use these columns.</summary>
    internal Family Using(ValueList<string> used) => new(Table, Columns, MayBeGenerated, used);

    private static string Name(FamilyColumn column) => column.Kind == StoreKind.Integer ? column.Name : $"{column.Name}~{column.Kind}";
}
