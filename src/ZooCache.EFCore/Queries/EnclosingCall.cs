using Microsoft.EntityFrameworkCore.Internal;
using Microsoft.EntityFrameworkCore.Query;
using ZooCache.EFCore.Origins;
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
    internal static void Loading(RelationalQueryContext query, QueryPlan plan, ContextCache context, Fill? fill, string? bypass, TimeSpan? expiration)
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
            call.ExpiresWithin(expiration);
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
        if (query is OriginQueryContext own)
        {
            own.IsToldTo(call);
        }
        else
        {
            // It doesn't tell when it begins to read.
            call.Refuse(BypassReasons.UnknownQuery);
        }

        if (context.Settings.VaryBy.Count > 0 || plan.Analyzed?.Parameters.Any(p => p.Name.StartsWith(FilterParameter, StringComparison.Ordinal)) == true)
        {
            call.Varies();
        }

        // EF hands out the instances that a context tracks, as they were when they were read, or have been changed since, and connects others with them. What was tracked
        // before the call began goes into its result, and nobody can tell what that depends on.
        if (call.Meets(context) && ((IDbContextDependencies)query.Context).StateManager.Count > 0)
        {
            call.Refuse(BypassReasons.ContextInUse);
        }
    }
}
