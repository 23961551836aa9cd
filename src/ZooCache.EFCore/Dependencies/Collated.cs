using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ZooCache.EFCore.Dependencies;

/// <summary>How the store compares what a column of a source gives.</summary>
/// <remarks>
/// The collation of a text is that of the table's column that it comes from. A set operation compares its texts by one operand's collation (PostgreSQL: by the
/// one that isn't the default), which may hold texts for equal that another operand's doesn't, so all must be known; EF's column says which table's column it is of the
/// first operand alone.
/// </remarks>
internal static class Collated
{
    /// <summary>The kind of a column's values; null if it isn't known how the store compares them.</summary>
    /// <param name="source">What the column is of; null if that isn't known.</param>
    /// <param name="column">The column.</param>
    internal static StoreKind? KindOf(TableExpressionBase? source, ColumnExpression column) => source switch
    {
        TableExpression when column.Column is IColumn known => StoreValue.KindOf(known, column.TypeMapping),
        SelectExpression or SetOperationBase => KindOf(source, column.Name),
        _ => KindOf(column),
    };

    /// <summary>The same of what a derived table gives by a name.</summary>
    internal static StoreKind? KindOf(TableExpressionBase derived, string name)
    {
        switch (derived)
        {
            case SelectExpression select:
                var projected = select.Projection.First(p => p.Alias == name).Expression;
                return projected is ColumnExpression column ? KindOf(Sources.TableOf(column, select), column) : KindOf(projected);
            case SetOperationBase operation:
                // The columns are named by the first operand.
                var place = operation.Source1.Projection.Select(p => p.Alias).ToList().IndexOf(name);
                return KindOf(operation.Source1, name) is { } kind && kind == KindOf(operation.Source2, operation.Source2.Projection[place].Alias) ? kind : null;
            default:
                return null;
        }
    }

    private static StoreKind? KindOf(SqlExpression value) => StoreValue.KindOf(value.TypeMapping) is { } kind and not StoreKind.Text ? kind : null;
}
