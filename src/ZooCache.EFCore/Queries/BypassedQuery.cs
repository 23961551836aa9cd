using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Query;
using ZooCache.EFCore.Explanations;
using ZooCache.EFCore.Origins;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Queries;

/// <summary>Tells of queries that are answered by EF itself.</summary>
internal static class BypassedQuery
{
    /// <summary>Called by compiled queries that can't be cached; hands on EF's enumerable.</summary>
    public static TEnumerable Observe<TEnumerable>(TEnumerable enumerable, QueryContext context, QueryPlan plan)
    {
        Candidate(context, plan);
        return enumerable;
    }

    /// <summary>
    /// The context's part of the cache, if the query is to be cached. Null, and reported, if nobody asked for it or it can't
    /// be; null also where a query that was compiled with the cache runs in a context without it. All that a query pays
    /// that isn't cached.
    /// </summary>
    internal static ContextCache? Candidate(QueryContext context, QueryPlan plan)
    {
        if (CacheOf(context) is not { } cache)
        {
            EnclosingCall.Doubted(BypassReasons.UnknownQuery);
            return null;
        }

        var reason = ReasonAgainst(context, plan, cache);
        QueryExplainer.Reached(context, plan, cache, reason);
        if (reason is null)
        {
            return cache;
        }

        Report(cache, context, plan, reason);
        return null;
    }

    private static string? ReasonAgainst(QueryContext context, QueryPlan plan, ContextCache cache)
        => cache.Settings.Disabled || !cache.Cache.Enabled
            ? BypassReasons.Disabled
            : CachePolicy.ReasonAgainst(plan, cache.Settings, context.Context) ?? plan.ReasonAgainst(cache.Settings);

    internal static ContextCache? CacheOf(QueryContext context)
        => context is OriginQueryContext known ? known.Cache : (ContextCache?)((IInfrastructure<IServiceProvider>)context.Context).Instance.GetService(typeof(ContextCache));

    /// <summary>Reports the bypass, and lets what EF tracks be remembered, where what it is about to read could have been kept.</summary>
    internal static void Report(ContextCache cache, QueryContext context, QueryPlan plan, string reason)
    {
        if (plan.TracksRows && QueryLookup.FenceOf((RelationalQueryContext)context, cache, plan) is { } fence)
        {
            OriginQueryContext.AskingAt(context, fence, plan.Includes);
        }

        EnclosingCall.Bypassed((RelationalQueryContext)context, plan, cache, reason);
        cache.Cache.RecordBypass(BypassReasons.Kind(reason));
        cache.Answered(context, QueryOutcomes.Bypass(reason));
    }
}
