using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ZooCache.EFCore.Dependencies;

/// <summary>Which table each column of a result is read from.</summary>
internal static class ProjectedTables
{
    /// <summary>The folded names, by ordinal; null for what isn't a table's column as it stands there.</summary>
    internal static string?[] Of(SelectExpression select) => [.. select.Projection.Select(p => TableOf(select, p.Expression))];

    private static string? TableOf(SelectExpression select, SqlExpression value)
    {
        if (value is not ColumnExpression column)
        {
            return null;
        }

        return Sources.TableOf(column, select) switch
        {
            TableExpression table => TableName.Fold(table.Name),
            SelectExpression inner => inner.Projection.FirstOrDefault(p => p.Alias == column.Name) is { } projected ? TableOf(inner, projected.Expression) : null,
            _ => null,
        };
    }
}
