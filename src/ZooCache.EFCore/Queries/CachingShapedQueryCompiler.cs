using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Origins;
using ZooCache.EFCore.Queries.Replays;
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
/// The last step of EF's query compilation. EF compiles the query as ever; where the outcome is its single-command
/// enumerable, ours is put in its place with the same arguments and the plan. Every other enumerable (split queries, groups
/// as results, raw SQL) stays EF's own, and its commands are answered from the cache (docs/adr/0006-replayed-commands.md).
/// </summary>
internal sealed class CachingShapedQueryCompiler(
    ShapedQueryCompilingExpressionVisitor inner,
    ShapedQueryCompilingExpressionVisitorDependencies dependencies,
    QueryCompilationContext compilation)
    : ShapedQueryCompilingExpressionVisitor(dependencies, compilation)
{
    private static readonly MethodInfo CreateMethod =
        typeof(QueryingEnumerables).GetMethod(nameof(QueryingEnumerables.Create))!;

    private static readonly MethodInfo ReplayMethod =
        typeof(ReplayedEnumerable).GetMethod(nameof(ReplayedEnumerable.Create))!;

    private static readonly MethodInfo ObserveMethod =
        typeof(BypassedQuery).GetMethod(nameof(BypassedQuery.Observe))!;

    protected override Expression VisitExtension(Expression extensionExpression) => extensionExpression switch
    {
        // What becomes source code can hold no plan. It runs uncached, and its set writes are judged by their text.
        _ when QueryCompilationContext.IsPrecompiling => inner.Visit(extensionExpression),
        ShapedQueryExpression shaped => Compile(shaped),
        UpdateExpression update => Wrap(update, new SetWriteRows(update.Table, update.SelectExpression, update.ColumnValueSetters)),
        DeleteExpression delete => Wrap(delete, new SetWriteRows(delete.Table, delete.SelectExpression, setters: null)),
        _ => inner.Visit(extensionExpression),
    };

    protected override Expression VisitShapedQuery(ShapedQueryExpression shapedQueryExpression)
        => throw new System.Diagnostics.UnreachableException("EF's own compiler visits shaped queries.");

    private Expression Wrap(Expression write, SetWriteRows rows) => SetWrite.Wrap(inner.Visit(write), rows);

    private Expression Compile(ShapedQueryExpression shaped)
    {
        var marked = MarkerReadingPreprocessorFactory.Find(QueryCompilationContext);
        var marker = marked?.Marker ?? QueryMarker.None;

        // All before EF goes on: its compiler consumes the expression.
        var selects = SelectCollector.Collect(shaped);
        var types = QueriedTypes.Of(selects);
        var columns = selects[0].Projection.Select(p => (p.Expression as ColumnExpression)?.Name ?? p.Alias).ToList();
        var columnTables = ProjectedTables.Of(selects[0]);
        var analyzed = DependencyAnalyzer.Analyze(selects, QueryCompilationContext.Model, out var problem);
        var tracked = QueryCompilationContext.QueryTrackingBehavior == QueryTrackingBehavior.TrackAll ? IncludeReader.Of(shaped) : null;
        var compiled = inner.Visit(shaped);
        return StandingCode.In(new EnumerableReplacer(Replace).Visit(compiled));

        Expression Replace(MethodCallExpression create)
        {
            var numbered = create;
            IReadOnlyList<CommandUsage> commands = [];
            var reason = problem ?? (marked is null || !IsEFCores(create) ? BypassReasons.ShapeNotServed : null);
            if (reason is null)
            {
                var names = create.Method.DeclaringType == typeof(FromSqlQueryingEnumerable) ? columns : null;
                numbered = CommandNumbering.Number(create, names, out commands, out var unserved);
                reason = numbered is null ? $"{BypassReasons.ReaderNotServed}: {unserved}" : null;
            }

            if (reason is not null)
            {
                return Expression.Call(
                    ObserveMethod.MakeGenericMethod(create.Type),
                    create,
                    QueryCompilationContext.QueryContextParameter,
                    Expression.Constant(QueryPlan.Uncacheable(marker, types, analyzed, tracked, reason)));
            }

            var description = string.Join('|', commands.Select(c => c.Usage.Description));
            var id = PlanIdentity.Of(marked!.Query, QueryCompilationContext, description);
            var plan = QueryPlan.Cacheable(marker, types, id, analyzed!, tracked, commands, columnTables, QueryCompilationContext.Model.GetRelationalModel());
            return create.Method.DeclaringType == typeof(SingleQueryingEnumerable) ? Cached(create, plan) : Replayed(numbered!, plan);
        }
    }

    /// <summary>Whether the enumerable is one of EF's own, made as its compiler makes them today.</summary>
    private static bool IsEFCores(MethodCallExpression create)
        => create.Method.DeclaringType?.Assembly == typeof(SingleQueryingEnumerable).Assembly
            && create.Arguments is [{ Type: var first }, { Type: var second }, ..]
            && first == typeof(RelationalQueryContext)
            && second == typeof(RelationalCommandResolver)
            && create.Arguments[^1].Type == typeof(bool)
            && (create.Method.DeclaringType != typeof(SingleQueryingEnumerable) || IsFixedButForTheContext(create));

    /// <summary>Whether the call has the arguments that <see cref="QueryCall{T}"/> holds, each the same in every execution.</summary>
    private static bool IsFixedButForTheContext(MethodCallExpression create)
        => CallOf(ElementType(create.Type)).GetParameters() is var held
            && create.Arguments.Count == held.Length - 2
            && create.Arguments[3] is LambdaExpression
            && create.Arguments.Skip(1).Zip(held).All(p => p.Second.ParameterType.IsAssignableFrom(p.First.Type) && StandingCode.IsClosed(p.First));

    private static bool UsesOnlyTheReader(LambdaExpression shaper)
        => !shaper.Parameters.Any(p => p.Type != typeof(DbDataReader) && StandingCode.Uses(shaper.Body, p));

    private static ConstructorInfo CallOf(Type element)
        => typeof(QueryCall<>).MakeGenericType(element).GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Single(c => c.GetParameters().Length > 1);

    /// <summary>Ours in place of EF's single-command enumerable, with the same arguments.</summary>
    private UnaryExpression Cached(MethodCallExpression create, QueryPlan plan)
    {
        var element = ElementType(create.Type);
        var shaper = (LambdaExpression)create.Arguments[3];
        var call = Expression.New(
            CallOf(element),
            [.. create.Arguments.Skip(1), Expression.Constant(plan), Expression.Constant(UsesOnlyTheReader(shaper)), Expression.Constant(SharedElements.SizeOf(shaper))]);
        return Enumerable(Expression.Call(CreateMethod.MakeGenericMethod(element), create.Arguments[0], StandingCode.Once(call)), create.Type);
    }

    /// <summary>EF's own enumerable, made in whichever query context it is to run in.</summary>
    private UnaryExpression Replayed(MethodCallExpression create, QueryPlan plan)
    {
        var context = Expression.Parameter(typeof(RelationalQueryContext), "context");
        var threadSafetyChecks = create.Arguments[^1];
        var factory = Expression.Lambda<Func<RelationalQueryContext, object>>(
            create.Update(create.Object, [context, .. create.Arguments.Skip(1)]), context);
        return Enumerable(
            Expression.Call(
                ReplayMethod.MakeGenericMethod(ElementType(create.Type)),
                create.Arguments[0], Expression.Constant(QueryCompilationContext.ContextType), threadSafetyChecks, Expression.Constant(plan), factory),
            create.Type);
    }

    /// <summary>Both are called for what they enumerate only: synchronously or asynchronously, as the query is compiled.</summary>
    private UnaryExpression Enumerable(Expression made, Type original)
        => Expression.Convert(
            made,
            (QueryCompilationContext.IsAsync ? typeof(IAsyncEnumerable<>) : typeof(IEnumerable<>)).MakeGenericType(ElementType(original)));

    private static Type ElementType(Type enumerable)
        => enumerable.GetInterfaces()
            .Single(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            .GetGenericArguments()[0];

    /// <summary>Finds the call that makes EF's enumerable, perhaps inside <c>Single…</c>.</summary>
    private sealed class EnumerableReplacer(Func<MethodCallExpression, Expression> replace) : ExpressionVisitor
    {
        protected override Expression VisitMethodCall(MethodCallExpression node)
            => typeof(IRelationalQueryingEnumerable).IsAssignableFrom(node.Type) ? replace(node) : base.VisitMethodCall(node);

        // The shaper's constants and lambdas hold no enumerable.
        protected override Expression VisitExtension(Expression node) => node;

        protected override Expression VisitLambda<T>(Expression<T> node) => node;
    }
}
