using Microsoft.EntityFrameworkCore.Metadata;

namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// An ordered set of columns of one table that some plan anchors on. It is the table's, not a model's: two models that
/// key a table by the same columns share the family, whatever their property names.
/// </summary>
/// <param name="Table">The folded table name.</param>
/// <param name="Columns">Column names, folded and in ordinal order.</param>
internal sealed record Family(string Table, ValueList<string> Columns)
{
    /// <summary>The family of a table's primary key, or null where the model knows none or its values aren't exact.</summary>
    internal static Family? OfKey(ITable table)
        => table.PrimaryKey is { } key && key.Columns.All(c => StoreValue.IsExact(c.StoreTypeMapping))
            ? new Family(
                TableName.Fold(table.Name),
                new ValueList<string>(key.Columns.Select(c => Fold(c.Name)).Order(StringComparer.Ordinal)))
            : null;

    internal static string Fold(string column) => column.ToUpperInvariant();

    /// <summary>The family's segment below its table.</summary>
    internal string Segment { get; } = string.Join(',', Columns);
}
