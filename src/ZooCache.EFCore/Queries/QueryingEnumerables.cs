using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using ZooCache.EFCore.Origins;

namespace ZooCache.EFCore.Queries;

/// <summary>What compiled queries enumerate.</summary>
internal static class QueryingEnumerables
{
    /// <summary>Ours; or EF's own if the query is not to be cached. Called by compiled queries.</summary>
    public static object Create<T>(RelationalQueryContext context, QueryCall<T> call)
        => BypassedQuery.Candidate(context, call.Plan) is not null
            ? new CachedQueryingEnumerable<T>(context, call)
            : Uncached(context, call);

    /// <summary>EF's own enumerable; one whose end is noted, where collections are included as a whole.</summary>
    internal static object Uncached<T>(RelationalQueryContext context, QueryCall<T> call)
    {
        var uncached = Plain(context, call);
        return call.Plan.Includes.Count > 0 ? new EndingEnumerable<T>(uncached, context) : uncached;
    }

    /// <summary>EF's own enumerable as EF makes it.</summary>
    internal static SingleQueryingEnumerable<T> Plain<T>(RelationalQueryContext context, QueryCall<T> call)
        => new(
            context, call.Resolver, call.ReaderColumns, call.Shaper, call.ContextType, call.StandAloneStateManager, call.DetailedErrors,
            call.ThreadSafetyChecks);
}
