using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Results;
using ZooCache.EFCore.Writes;

namespace ZooCache.EFCore.Queries;

/// <summary>Puts <see cref="CachingShapedQueryCompiler"/> around the provider's own compiler.</summary>
internal sealed class CachingShapedQueryCompilerFactory(
    IShapedQueryCompilingExpressionVisitorFactory inner, ShapedQueryCompilingExpressionVisitorDependencies dependencies)
    : IShapedQueryCompilingExpressionVisitorFactory
{
    public ShapedQueryCompilingExpressionVisitor Create(QueryCompilationContext queryCompilationContext)
        => new CachingShapedQueryCompiler(inner.Create(queryCompilationContext), dependencies, queryCompilationContext);
}

/// <summary>
/// The last step of EF's query compilation. EF compiles the query as ever; where the outcome is its single-query
/// enumerable, ours is put in its place with the same arguments and the plan. Every other shape stays EF's own.
/// </summary>
internal sealed class CachingShapedQueryCompiler(
    ShapedQueryCompilingExpressionVisitor inner,
    ShapedQueryCompilingExpressionVisitorDependencies dependencies,
    QueryCompilationContext compilation)
    : ShapedQueryCompilingExpressionVisitor(dependencies, compilation)
{
    private static readonly MethodInfo CreateMethod =
        typeof(CachedQueryingEnumerable).GetMethod(nameof(CachedQueryingEnumerable.Create))!;

    private static readonly MethodInfo ObserveMethod =
        typeof(BypassedQuery).GetMethod(nameof(BypassedQuery.Observe))!;

    protected override Expression VisitExtension(Expression extensionExpression) => extensionExpression switch
    {
        ShapedQueryExpression shaped => Compile(shaped),
        UpdateExpression update => SetWrite.Wrap(inner.Visit(update), update.Table.Table, mayDelete: false),
        DeleteExpression delete => SetWrite.Wrap(inner.Visit(delete), delete.Table.Table, mayDelete: true),
        _ => inner.Visit(extensionExpression),
    };

    protected override Expression VisitShapedQuery(ShapedQueryExpression shapedQueryExpression)
        => throw new System.Diagnostics.UnreachableException("EF's own compiler visits shaped queries.");

    private Expression Compile(ShapedQueryExpression shaped)
    {
        var marked = MarkerReadingPreprocessorFactory.Find(QueryCompilationContext);
        var marker = marked?.Marker ?? QueryMarker.None;
        var select = (SelectExpression)shaped.QueryExpression;
        var types = QueriedTypes.Of(select);

        // Both before EF goes on: its compiler consumes the expression.
        var analyzed = DependencyAnalyzer.Analyze(select, out var problem);
        var compiled = inner.Visit(shaped);
        return new EnumerableReplacer(Plan).Replace(compiled);

        QueryPlan Plan(Expression? shaper)
        {
            if (shaper is null || analyzed is null || marked is null)
            {
                return QueryPlan.Uncacheable(marker, types, problem ?? BypassReasons.ShapeNotServed);
            }

            if (ShaperScanner.Scan(shaper, out var unserved) is not { } usage)
            {
                return QueryPlan.Uncacheable(marker, types, $"{BypassReasons.ReaderNotServed}: {unserved}");
            }

            var id = PlanIdentity.Of(marked.Query, QueryCompilationContext, usage.Description);
            return QueryPlan.Cacheable(marker, types, id, analyzed, usage, QueryCompilationContext.Model.GetRelationalModel());
        }
    }

    /// <summary>Finds the call that makes EF's enumerable, perhaps inside <c>Single…</c>.</summary>
    private sealed class EnumerableReplacer(Func<Expression?, QueryPlan> plan) : ExpressionVisitor
    {
        internal Expression Replace(Expression compiled) => Visit(compiled);

        protected override Expression VisitMethodCall(MethodCallExpression node)
        {
            if (node.Method.DeclaringType == typeof(SingleQueryingEnumerable)
                && node.Method.Name == nameof(SingleQueryingEnumerable.Create)
                && node.Arguments.Count == CreateMethod.GetParameters().Length - 1)
            {
                return Expression.Call(
                    CreateMethod.MakeGenericMethod(node.Method.GetGenericArguments()),
                    [.. node.Arguments, Expression.Constant(plan(node.Arguments[3]))]);
            }

            // Another of EF's enumerables (split queries, group-by, raw SQL): it runs as ever, and says so.
            if (typeof(IRelationalQueryingEnumerable).IsAssignableFrom(node.Type))
            {
                return Expression.Call(
                    ObserveMethod.MakeGenericMethod(node.Type),
                    node,
                    QueryCompilationContext.QueryContextParameter,
                    Expression.Constant(plan(null)));
            }

            return base.VisitMethodCall(node);
        }

        // The shaper's constants and lambdas hold no enumerable.
        protected override Expression VisitExtension(Expression node) => node;

        protected override Expression VisitLambda<T>(Expression<T> node) => node;
    }
}
