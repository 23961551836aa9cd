using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ZooCache.EFCore.Dependencies;

/// <summary>What goes into a derived table, and what comes out of it.</summary>
internal static class DerivedTable
{
    private static readonly Dictionary<string, ColumnFact> Nothing = [];

    /// <summary>What holds for the columns that it gives.</summary>
    internal static Dictionary<string, ColumnFact> Outputs(TableExpressionBase table, SelectScope? parent)
    {
        switch (table)
        {
            case SelectExpression select:
                return new SelectScope(select, parent, pushed: null).Outputs();
            case SetOperationBase operation:
                // The columns are named by the first operand, and meet the second's by their places.
                var first = Outputs(operation.Source1, parent);
                var second = Outputs(operation.Source2, parent);
                return operation.Source1.Projection
                    .Select((p, i) => (p.Alias, Other: operation.Source2.Projection[i].Alias))
                    .Where(n => first.TryGetValue(n.Alias, out var one) && second.TryGetValue(n.Other, out var two) && one == two)
                    .ToDictionary(n => n.Alias, n => first[n.Alias], StringComparer.Ordinal);
            default:
                return Nothing;
        }
    }

    /// <summary>The SELECTs that what holds outside goes into, and what of it.</summary>
    internal static IEnumerable<(SelectExpression Select, Dictionary<string, ColumnFact> Facts)> Push(
        TableExpressionBase table, Dictionary<string, ColumnFact> outside)
    {
        switch (table)
        {
            case SelectExpression select:
                yield return (select, outside.Where(f => MayEnter(select, f.Key)).ToDictionary(StringComparer.Ordinal));
                break;
            case SetOperationBase operation:
                foreach (var operand in (SelectExpression[])[operation.Source1, operation.Source2])
                {
                    var named = new Dictionary<string, ColumnFact>(StringComparer.Ordinal);
                    for (var i = 0; i < operand.Projection.Count; i++)
                    {
                        var name = operation.Source1.Projection[i].Alias;
                        if (outside.TryGetValue(name, out var fact) && Collated.KindOf(operation, name) is not null && MayEnter(operand, operand.Projection[i].Alias))
                        {
                            named[operand.Projection[i].Alias] = fact;
                        }
                    }

                    yield return (operand, named);
                }

                break;
        }
    }

    /// <summary>Whether rows that fail a condition on this column have no part in those that don't.</summary>
    private static bool MayEnter(SelectExpression select, string column)
        => select is { Limit: null, Offset: null }
            && select.Projection.FirstOrDefault(p => p.Alias == column)?.Expression is ColumnExpression given
            && (select.GroupBy.Count == 0 || select.GroupBy.Contains(given))
            && Windows.Of(select).TrueForAll(w => w.Partitions.Contains(given));

    /// <summary>Finds the windows over a SELECT's own rows. Those of SELECTs inside are theirs: what holds outside comes into
    /// them by the same rule.</summary>
    private sealed class Windows(SelectExpression select) : ExpressionVisitor
    {
        private readonly List<RowNumberExpression> _found = [];

        internal static List<RowNumberExpression> Of(SelectExpression select)
        {
            var windows = new Windows(select);
            windows.Visit(select);
            return windows._found;
        }

        protected override Expression VisitExtension(Expression node)
        {
            if (node is SelectExpression && !ReferenceEquals(node, select))
            {
                return node;
            }

            if (node is RowNumberExpression window)
            {
                _found.Add(window);
            }

            return base.VisitExtension(node);
        }
    }
}
