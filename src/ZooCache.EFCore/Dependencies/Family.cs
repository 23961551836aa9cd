namespace ZooCache.EFCore.Dependencies;

/// <summary>A column of a family.</summary>
/// <param name="Name">The folded name.</param>
/// <param name="Kind">How its values are hashed.</param>
internal readonly record struct FamilyColumn(string Name, StoreKind Kind);

/// <summary>What the tags of a family are for.</summary>
internal enum FamilyRole
{
    /// <summary>Answers depend on them by rows that may come, go, or change.</summary>
    Rows,

    /// <summary>No answer depends on them: they tell whether what was read of rows still holds (<see cref="Family.Witness"/>).</summary>
    Witness,

    /// <summary>Answers depend on what is below them, by the values of the one used column that rows may get by an update, or lose (<see cref="OrderUse"/>). Rows that come or go, or
    /// get another value of the family, are another family's.</summary>
    Order,
}

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
/// <param name="Role">What its tags are for.</param>
/// <remarks>One without columns, which always tells what is used, is of answers that no equality pins down: they depend on all rows of the table, whose
/// value of it is the same.</remarks>
internal sealed record Family(string Table, ValueList<FamilyColumn> Columns, bool MayBeGenerated, ValueList<string>? Used = null, FamilyRole Role = FamilyRole.Rows)
{
    internal static string Fold(string column) => column.ToUpperInvariant();

    /// <summary>The family's segment below its table.</summary>
    internal string Segment { get; } = string.Join(',', Columns.Select(Name)) + (MayBeGenerated ? "+" : "") + (Used is null ? "" : $"|{string.Join(',', Used)}") + Role switch
    {
        FamilyRole.Witness => "=",
        FamilyRole.Order => "<",
        _ => "",
    };

    /// <summary>Whether answers in it depend on all rows of the table.</summary>
    internal bool IsWholeTable => Columns.Count == 0;

    /// <summary>The family of answers that depend on all rows of a table in what they use.</summary>
    internal static Family WholeTable(string table, ValueList<string> used) => new(table, new ValueList<FamilyColumn>([]), MayBeGenerated: false, used);

    /// <summary>The family of answers that depend on the same columns' values, and use these columns.</summary>
    internal Family Using(ValueList<string> used) => new(Table, Columns, MayBeGenerated, used);

    /// <summary>The family whose value of a row is bumped whenever one with that value may come, go, or change in these columns.</summary>
    internal Family Witness(ValueList<string> columns) => new(Table, Columns, MayBeGenerated, columns, FamilyRole.Witness);

    /// <summary>The family of answers that use a column of rows with the same columns' values to put them in order.</summary>
    internal Family InOrderOf(string column) => new(Table, Columns, MayBeGenerated: false, new ValueList<string>([column]), FamilyRole.Order);

    private static string Name(FamilyColumn column) => column.Kind == StoreKind.Integer ? column.Name : $"{column.Name}~{column.Kind}";
}
