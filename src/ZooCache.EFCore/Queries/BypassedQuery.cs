using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Query;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Queries;

/// <summary>Tells of queries that are answered by EF itself.</summary>
internal static class BypassedQuery
{
    /// <summary>Called by compiled queries of shapes that aren't served; hands on EF's enumerable.</summary>
    public static TEnumerable Observe<TEnumerable>(TEnumerable enumerable, QueryContext context, QueryPlan plan)
    {
        if (CacheOf(context) is { } cache)
        {
            Report(cache, CachePolicy.ReasonAgainst(plan, cache.Settings, context.Context) ?? plan.Problem!);
        }

        return enumerable;
    }

    /// <summary>The context's part of the cache; null where a query compiled with the cache runs in a context without it.</summary>
    internal static ContextCache? CacheOf(QueryContext context)
        => (ContextCache?)((IInfrastructure<IServiceProvider>)context.Context).Instance.GetService(typeof(ContextCache));

    internal static void Report(ContextCache cache, string reason)
    {
        cache.Cache.RecordBypass(BypassReasons.Kind(reason));
        cache.Answered(new QueryOutcome(QueryResultSource.Bypass, reason));
    }
}
