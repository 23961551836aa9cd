using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Quickstart.Checking;

/// <summary>
/// Takes the <c>.Cacheable()</c> out of queries, so that a context which was never told of the cache can be asked the
/// shop's own queries: what the checks compare with, and what the uncached latency is measured on.
/// </summary>
internal sealed class WithoutCache : ExpressionVisitor, IQueryExpressionInterceptor
{
    public Expression QueryCompilationStarting(Expression queryExpression, QueryExpressionEventData eventData) =>
        Visit(queryExpression);

    protected override Expression VisitMethodCall(MethodCallExpression node) =>
        node.Method is { Name: "Cacheable", DeclaringType.Namespace: "Microsoft.EntityFrameworkCore" }
            ? Visit(node.Arguments[0])
            : base.VisitMethodCall(node);
}
