using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ZooCache.EFCore.Queries;

/// <summary>Finds the SELECT of each command of a query: the query's own first, then those of the collections that a split
/// query loads, which stand in the shaper.</summary>
internal sealed class SelectCollector : ExpressionVisitor
{
    private readonly List<SelectExpression> _selects = [];

    internal static IReadOnlyList<SelectExpression> Collect(ShapedQueryExpression shaped)
    {
        var collector = new SelectCollector();
        collector.Visit(shaped.QueryExpression);
        collector.Visit(shaped.ShaperExpression);
        return collector._selects;
    }

    protected override Expression VisitExtension(Expression node)
    {
        if (node is not SelectExpression select)
        {
            return base.VisitExtension(node);
        }

        if (!_selects.Contains(select, ReferenceEqualityComparer.Instance))
        {
            _selects.Add(select);
        }

        return node;
    }
}
