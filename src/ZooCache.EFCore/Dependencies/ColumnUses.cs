using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// Reads off the tree of a query's only command how it uses the columns of each table reference.
/// </summary>
/// <remarks>
/// <para>Lemma: let a row of a reference be changed in columns that the query only shows. The result has the same rows as before, in
/// an order that it may have had before, and differs only in those which are made of that row. For the result is first chosen, joined,
/// sorted and cut by the values of used columns, which are what they were, and then the shown ones are copied into it.</para>
/// <para>So a column counts as used wherever it stands, but for two places: the outermost list of results, and the list of a derived
/// table from which it is only copied on. A list that takes part in more than that shows nothing: of a subquery, of an operand of a set operation, of a
/// SELECT with DISTINCT or GROUP BY. Nor does what a list copies of a row outside it, to which it is applied.</para>
/// </remarks>
internal sealed class ColumnUses : ExpressionVisitor
{
    private readonly Dictionary<TableExpression, ColumnUse> _uses = new(ReferenceEqualityComparer.Instance);
    private Scope? _scope;
    private ColumnExpression? _ordering;
    private bool _isLimited;
    private bool _isUnclear;

    private ColumnUses()
    {
    }

    /// <summary>The uses of all table references; null if a column can't be told to be of some source.</summary>
    internal static IReadOnlyDictionary<TableExpression, ColumnUse>? Of(SelectExpression outermost)
    {
        var order = OrderUse.Of(outermost);
        var uses = new ColumnUses { _ordering = order?.Column };
        if (IsCopied(outermost))
        {
            uses.VisitSources(outermost);
            uses.Show(outermost);
        }
        else
        {
            uses.Visit(outermost);
        }

        if (order is { Order: var ordered } && uses._uses.GetValueOrDefault((TableExpression)outermost.Tables[0]) is { } use && !use.Used.Contains(ordered.Column))
        {
            use.Order = ordered;
        }

        return uses._isUnclear ? null : uses._uses;
    }

    protected override Expression VisitExtension(Expression node)
    {
        switch (node)
        {
            case SelectExpression select:
                VisitSources(select);
                Use(select, select.Projection.Select(static p => p.Expression));
                return node;
            case TableExpression table:
                _uses.TryAdd(table, new ColumnUse { IsLimited = _isLimited });
                return node;
            case FromSqlExpression:
                return node;
            case ColumnExpression column when ReferenceEquals(column, _ordering):
                // Once: where it stands besides, it is used.
                _ordering = null;
                return node;
            case ColumnExpression column:
                Find(column, _scope, static (use, name) => use.Used.Add(name));
                return node;
            case JsonScalarExpression json:
                Visit(json.Json);
                foreach (var segment in json.Path)
                {
                    Visit(segment.ArrayIndex);
                }

                return node;
            default:
                return base.VisitExtension(node);
        }
    }

    /// <summary>Whether each value of the list is copied from a row, or computed of one: no row of the result stands for several, or is compared with others.</summary>
    private static bool IsCopied(SelectExpression select) => select is { IsDistinct: false, GroupBy.Count: 0, Having: null };

    /// <summary>Visits all of a SELECT but its list.</summary>
    private void VisitSources(SelectExpression select)
    {
        var (outer, wasLimited) = (_scope, _isLimited);
        _scope = new Scope(select, outer);
        _isLimited |= select.Limit is not null || select.Offset is not null;
        foreach (var item in select.Tables)
        {
            VisitSource(item);
        }

        Visit(select.Predicate);
        Visit(select.Having);
        Visit(select.Limit);
        Visit(select.Offset);
        foreach (var used in select.GroupBy.Concat(select.Orderings.Select(o => o.Expression)))
        {
            Visit(used);
        }

        (_scope, _isLimited) = (outer, wasLimited);
    }

    /// <summary>The columns of the list are shown where each stands; of what it computes, used.</summary>
    private void Show(SelectExpression select)
    {
        for (var i = 0; i < select.Projection.Count; i++)
        {
            if (select.Projection[i].Expression is ColumnExpression column)
            {
                var place = i;
                Find(column, new Scope(select, _scope), (use, name) => use.Shown.TryAdd(name, place));
            }
        }

        Use(select, Computed(select));
    }

    private void Use(SelectExpression select, IEnumerable<Expression> expressions)
    {
        var outer = _scope;
        _scope = new Scope(select, outer);
        foreach (var expression in expressions)
        {
            Visit(expression);
        }

        _scope = outer;
    }

    /// <summary>What stands in the list that isn't a column as it is.</summary>
    private static IEnumerable<Expression> Computed(SelectExpression select) => select.Projection.Select(static p => p.Expression).Where(static e => e is not ColumnExpression);

    private void VisitSource(TableExpressionBase item)
    {
        var source = item is JoinExpressionBase join ? join.Table : item;
        if (source is SelectExpression derived && IsCopied(derived))
        {
            VisitSources(derived);
            Use(derived, Computed(derived));
        }
        else
        {
            Visit(source);
        }

        if (item is PredicateJoinExpressionBase { JoinPredicate: var on })
        {
            Visit(on);
        }
    }

    /// <summary>Finds the reference whose column it is, through the lists of derived tables that only copy it.</summary>
    private void Find(ColumnExpression column, Scope? scope, Action<ColumnUse, string> found)
    {
        for (; scope is not null; scope = scope.Outer)
        {
            switch (Sources.TableOf(column, scope.Select))
            {
                case null:
                    continue;
                case TableExpression table:
                    found(_uses[table], Family.Fold(column.Name));
                    return;
                case SelectExpression derived when IsCopied(derived):
                    var given = derived.Projection.FirstOrDefault(p => p.Alias == column.Name);
                    _isUnclear |= given is null;
                    if (given?.Expression is ColumnExpression copied)
                    {
                        // A copy of a column of the row to which it is applied is NULL where it finds nothing, though that row is shown: it can't stand
                        // for the row's key.
                        Find(copied, new Scope(derived, scope), Sources.TableOf(copied, derived) is null ? static (use, name) => use.Used.Add(name) : found);
                    }

                    return;
                default:
                    // All that it gives counts as used.
                    return;
            }
        }

        _isUnclear = true;
    }

    private sealed record Scope(SelectExpression Select, Scope? Outer);
}
