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
internal sealed record Family(string Table, ValueList<FamilyColumn> Columns, bool MayBeGenerated)
{
    internal static string Fold(string column) => column.ToUpperInvariant();

    /// <summary>The family's segment below its table.</summary>
    internal string Segment { get; } = string.Join(',', Columns.Select(Name)) + (MayBeGenerated ? "+" : "");

    private static string Name(FamilyColumn column) => column.Kind == StoreKind.Integer ? column.Name : $"{column.Name}~{column.Kind}";
}
