using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ZooCache.EFCore.Dependencies;

/// <summary>What a join does with the rows of a source.</summary>
internal enum SourceRole
{
    /// <summary>A row of it without a partner, or that fails WHERE, gives no row.</summary>
    Preserved,

    /// <summary>Where no row of it matches, a row of NULLs stands in.</summary>
    Nullable,

    /// <summary>Nothing is known.</summary>
    Opaque,
}

/// <summary>A table, derived table or function in FROM.</summary>
/// <param name="Table">What it is.</param>
/// <param name="Role">What its join does with it.</param>
/// <param name="On">The condition of its own left join.</param>
internal sealed record Source(TableExpressionBase Table, SourceRole Role, SqlExpression? On);

/// <summary>Reads the sources of a SELECT, and the conditions that every row of its result satisfies.</summary>
internal static class Sources
{
    /// <summary>The table or derived table that a column is of; null if it is one of an outer SELECT's.</summary>
    internal static TableExpressionBase? TableOf(ColumnExpression column, SelectExpression select)
        => select.Tables.Select(static t => t is JoinExpressionBase join ? join.Table : t).FirstOrDefault(t => t.Alias == column.TableAlias);

    internal static Dictionary<string, Source> Of(SelectExpression select, out List<SqlExpression> conditions)
    {
        conditions = select.Predicate is { } predicate ? [predicate] : [];
        var sources = new Dictionary<string, Source>(StringComparer.Ordinal);
        foreach (var item in select.Tables)
        {
            var table = item is JoinExpressionBase join ? join.Table : item;
            if (table.Alias is not { } alias)
            {
                continue;
            }

            switch (item)
            {
                case InnerJoinExpression inner:
                    conditions.Add(inner.JoinPredicate);
                    sources[alias] = new Source(table, SourceRole.Preserved, On: null);
                    break;
                case LeftJoinExpression left:
                    sources[alias] = new Source(table, SourceRole.Nullable, left.JoinPredicate);
                    break;
                case OuterApplyExpression:
                    sources[alias] = new Source(table, SourceRole.Nullable, On: null);
                    break;
                case CrossJoinExpression or CrossApplyExpression:
                case not JoinExpressionBase:
                    sources[alias] = new Source(table, SourceRole.Preserved, On: null);
                    break;
                default:
                    foreach (var (earlier, source) in sources)
                    {
                        sources[earlier] = source with { Role = SourceRole.Opaque };
                    }

                    sources[alias] = new Source(table, item is RightJoinExpression ? SourceRole.Preserved : SourceRole.Opaque, On: null);
                    break;
            }
        }

        return sources;
    }
}
