using Microsoft.EntityFrameworkCore.Internal;
using Microsoft.EntityFrameworkCore.Query;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// Tells the cached call that a query runs in (<see cref="CacheScope"/>), if there is one, what the query's answer depends on; or that nobody can tell, and then the result of the
/// call isn't kept. Queries that aren't cached themselves are told of, too.
/// </summary>
internal static class EnclosingCall
{
    /// <summary>EF Core's prefix of parameters that query filters read of the context.</summary>
    private const string FilterParameter = "ef_filter";

    /// <summary>Why queries aren't cached of which it is known all the same what their answers depend on.</summary>
    private static readonly HashSet<string> Tellable = new(StringComparer.Ordinal)
    {
        BypassReasons.NotRequested, BypassReasons.DatabaseValues, BypassReasons.ShapeNotServed, BypassReasons.ReaderNotServed, BypassReasons.ParameterType,
    };

    /// <summary>The answer came from the cache.</summary>
    internal static void Served(RelationalQueryContext query, QueryPlan plan, ContextCache context, CacheEntry entry)
    {
        if (CacheScope.Current is { } call)
        {
            Begin(call, query, plan, context);
            call.Add(context.Cache, entry);
        }
    }

    /// <summary>The answer is about to be loaded by a fill; without one, nobody knows what it depends on.</summary>
    internal static void Loading(RelationalQueryContext query, QueryPlan plan, ContextCache context, Fill? fill, string? bypass)
    {
        if (CacheScope.Current is not { } call)
        {
            return;
        }

        Begin(call, query, plan, context);
        if (fill is null)
        {
            call.Refuse(bypass ?? BypassReasons.NotCacheable);
        }
        else
        {
            call.Add(context.Cache, fill.Dependencies, fill.Fence);
        }
    }

    /// <summary>What was loaded is an entry now, or wasn't kept.</summary>
    internal static void Kept(ContextCache context, CacheEntry? entry, EntryLifetime lifetime)
    {
        if (CacheScope.Current is not { } call)
        {
            return;
        }

        if (entry is not null)
        {
            call.Add(context.Cache, entry);
        }
        else
        {
            call.ExpiresWithin(lifetime.Absolute);
        }
    }

    /// <summary>The database is about to be asked by EF itself.</summary>
    internal static void Bypassed(RelationalQueryContext query, QueryPlan plan, ContextCache context, string reason)
    {
        if (CacheScope.Current is not { } call)
        {
            return;
        }

        Begin(call, query, plan, context);
        var problem = plan.ReasonAgainst(context.Settings) is { } against && !IsTellable(against) ? against : IsTellable(reason) ? plan.Analyzed is null ? reason : plan.Analyzed.Undeclared : reason;
        if (problem is null && QueryLookup.ReadingOf(query, plan, context, out problem) is var (paths, fence))
        {
            call.Add(context.Cache, paths, fence);
        }
        else
        {
            call.Refuse(BypassReasons.Kind(problem!));
        }
    }

    /// <summary>What was read can't be vouched for.</summary>
    internal static void Doubted(string reason) => CacheScope.Current?.Refuse(reason);

    private static bool IsTellable(string reason) => Tellable.Contains(BypassReasons.Kind(reason));

    private static void Begin(CacheScope call, RelationalQueryContext query, QueryPlan plan, ContextCache context)
    {
        context.ToldCall = call;
        if (context.Settings.VaryBy.Count > 0 || plan.Analyzed?.Parameters.Any(p => p.Name.StartsWith(FilterParameter, StringComparison.Ordinal)) == true)
        {
            call.Varies();
        }

        if (call.Meets(context))
        {
            TellOfTracked(call, query, context);
        }
    }

    /// <summary>
    /// What a context has tracked before the call began goes into results of the call: EF hands out the instances that it has, as they were when they were read, and connects
    /// others with them. It depends on the tables of all of them, since the context has asked its first query.
    /// </summary>
    private static void TellOfTracked(CacheScope call, RelationalQueryContext query, ContextCache context)
    {
        var states = ((IDbContextDependencies)query.Context).StateManager;
        if (states.Count == 0)
        {
            return;
        }

        if (context.BegunAt is not { } fence || states.GetCountForState(added: true, modified: true, deleted: true) > 0)
        {
            call.Refuse(BypassReasons.ContextInUse);
            return;
        }

        var tables = new HashSet<DependencyPath>();
        foreach (var type in states.Entries.Select(e => e.EntityType).Distinct())
        {
            var before = tables.Count;
            tables.UnionWith(MappedTables.Of(type).Select(t => new DependencyPath(context.Settings.Database.Table(t), Subtree: true)));
            if (tables.Count == before && !MappedTables.Of(type).Any())
            {
                call.Refuse(BypassReasons.ContextInUse);
                return;
            }
        }

        call.Add(context.Cache, [.. tables], fence);
    }
}
