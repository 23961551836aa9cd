using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Queries;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Explanations;

/// <summary>
/// Lets EF compile a query and bind its parameters, and stops it where it would ask the cache, which is before it is
/// executed. Thread-safe: what is being explained is the thread's.
/// </summary>
internal static class QueryExplainer
{
    [ThreadStatic]
    private static bool t_isExplaining;

    // Queries that EF runs to evaluate the parameters of the one that is explained: db.Set.Count() inside it.
    [ThreadStatic]
    private static int t_parametersToRun;

    internal static QueryExplanation Explain<TResult>(IQueryProvider provider, Expression query)
    {
        if (provider is not Microsoft.EntityFrameworkCore.Query.Internal.EntityQueryProvider)
        {
            throw new InvalidOperationException(
                $"ExplainCache() explains queries of a DbContext; this one's provider is {provider.GetType().Name}. Call it on a query that begins with one of the context's sets.");
        }

        for (var parameters = 0; ; parameters++)
        {
            (t_isExplaining, t_parametersToRun) = (true, parameters);
            try
            {
                provider.Execute<TResult>(query);
            }
            catch (ExplainedException explained)
            {
                return explained.Explanation;
            }
            catch (InvalidOperationException exception) when (exception.GetBaseException() is ExplainedException)
            {
                // It was the query of a parameter. Again, and it is run.
                continue;
            }
            finally
            {
                t_isExplaining = false;
            }

            throw new InvalidOperationException("ExplainCache() needs a context with ZooCache: add UseZooCache() to its options.");
        }
    }

    /// <summary>Called where a compiled query asks the cache; doesn't return while the query is being explained.</summary>
    internal static void Reached(QueryContext context, QueryPlan plan, ContextCache cache, string? reason)
    {
        if (t_isExplaining && t_parametersToRun-- == 0)
        {
            t_isExplaining = false;
            throw new ExplainedException(Explain((RelationalQueryContext)context, plan, cache, reason));
        }
    }

    private static QueryExplanation Explain(RelationalQueryContext context, QueryPlan plan, ContextCache cache, string? reason)
    {
        var registry = cache.Registry;
        registry.Register(context.Context.Model.GetRelationalModel());
        if (plan.Analyzed is not { } dependencies)
        {
            return new QueryExplanation(reason ?? plan.Problem, null, []);
        }

        registry.Register(dependencies);
        var options = reason is null ? plan.Marker.OptionsFor(context.Parameters) : null;
        var tables = dependencies.References.Select(r => DependencyOf(r, cache, a => a.Bind(context.Parameters) is not null)).Concat(DeclaredBy(options, context.Context.Model, cache)).ToList();
        return QueryLookup.Peek(context, plan, cache, reason, out var bypass) is { } next
            ? new QueryExplanation(null, next, tables)
            : new QueryExplanation(bypass, null, tables);
    }

    /// <summary>What an answer depends on because the query says so.</summary>
    internal static IEnumerable<TableDependency> DeclaredBy(CacheableOptions? options, IModel model, ContextCache cache)
        => MappedTables.DeclaredBy(options, model).Select(table => new TableDependency(cache.Registry.NameOf(table), null, ExplainReasons.Declared));

    /// <summary>What an answer depends on in a table.</summary>
    /// <param name="reference">The table.</param>
    /// <param name="cache">By whose settings.</param>
    /// <param name="canBind">Whether an anchor can be bound.</param>
    internal static TableDependency DependencyOf(TableReference reference, ContextCache cache, Func<Anchor, bool> canBind)
    {
        var registry = cache.Registry;
        var table = registry.NameOf(reference.Table);
        if (cache.Settings.WholeTables)
        {
            return new TableDependency(table, null, ExplainReasons.WholeTables);
        }

        if (reference.ByUse is { } use && use.IsUsable(registry.IsUsable) && UsableOf(use.Anchors).FirstOrDefault(canBind) is { } used)
        {
            return Of(used, use.Key is not null) with { OrderedBy = use.Order is { } order ? registry.NameOf(reference.Table, order.Column) : null };
        }

        var usable = UsableOf(reference.Anchors).ToList();
        return usable.Find(a => canBind(a)) is { } anchor
            ? Of(anchor, showsRows: false)
            : new TableDependency(table, null, reference.Reason ?? (usable.Count > 0 ? ExplainReasons.Unbound : ExplainReasons.TooManyFamilies));

        IEnumerable<Anchor> UsableOf(IEnumerable<Anchor> anchors) => anchors.Where(a => a.Terms.All(t => registry.IsUsable(t.Family)));

        TableDependency Of(Anchor anchor, bool showsRows)
        {
            var family = anchor.Terms[0].Family;
            var rows = !family.IsWholeTable ? anchor.Describe(column => registry.NameOf(reference.Table, column)) : null;
            return new TableDependency(table, rows, rows is null ? reference.Reason ?? ExplainReasons.Unbound : null) { UsedColumns = registry.UsedNamesOf(family), DependsOnShownRows = showsRows };
        }
    }

    /// <summary>Ends an execution that was only to be explained.</summary>
    private sealed class ExplainedException(QueryExplanation explanation) : Exception
    {
        internal QueryExplanation Explanation { get; } = explanation;
    }
}
