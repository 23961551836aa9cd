using System.Collections;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Origins;

namespace ZooCache.EFCore.Queries;

/// <summary>Makes <see cref="CachedQueryingEnumerable{T}"/>; called by compiled queries.</summary>
internal static class CachedQueryingEnumerable
{
    /// <summary>The arguments of EF's <c>SingleQueryingEnumerable.Create</c>, in its order, and the plan. EF's own
    /// enumerable if the query is not to be cached.</summary>
    public static object Create<T>(
        RelationalQueryContext relationalQueryContext,
        RelationalCommandResolver relationalCommandResolver,
        IReadOnlyList<ReaderColumn?>? readerColumns,
        Func<QueryContext, DbDataReader, ResultContext, SingleQueryResultCoordinator, T> shaper,
        Type contextType,
        bool standAloneStateManager,
        bool detailedErrorsEnabled,
        bool threadSafetyChecksEnabled,
        QueryPlan plan)
    {
        if (BypassedQuery.Candidate(relationalQueryContext, plan) is { } cache)
        {
            return new CachedQueryingEnumerable<T>(
                new QueryCall(
                    relationalQueryContext, relationalCommandResolver, readerColumns, contextType, standAloneStateManager,
                    detailedErrorsEnabled, threadSafetyChecksEnabled, plan, cache),
                shaper);
        }

        var uncached = new SingleQueryingEnumerable<T>(
            relationalQueryContext, relationalCommandResolver, readerColumns, shaper, contextType, standAloneStateManager,
            detailedErrorsEnabled, threadSafetyChecksEnabled);
        return plan.Includes.Count > 0 ? new EndingEnumerable<T>(uncached, relationalQueryContext) : uncached;
    }
}

/// <summary>
/// What a cached query enumerates: EF's own shaper over a row set that came from the cache or was just loaded. An
/// execution in which the cache has no part runs EF's own enumerable.
/// </summary>
internal sealed class CachedQueryingEnumerable<T>(
    QueryCall call, Func<QueryContext, DbDataReader, ResultContext, SingleQueryResultCoordinator, T> shaper)
    : IEnumerable<T>, IAsyncEnumerable<T>, IRelationalQueryingEnumerable
{
    internal QueryCall Call => call;

    internal Func<QueryContext, DbDataReader, ResultContext, SingleQueryResultCoordinator, T> Shaper => shaper;

    public IEnumerator<T> GetEnumerator() => new CachedEnumerator<T>(this, CancellationToken.None);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        call.Context.CancellationToken = cancellationToken;
        return new CachedEnumerator<T>(this, cancellationToken);
    }

    public DbCommand CreateDbCommand() => Uncached().CreateDbCommand();

    public string ToQueryString() => Uncached().ToQueryString();

    /// <summary>EF's own enumeration; one whose end is noted, where collections are included as a whole.</summary>
    internal IEnumerator<T> EnumerateUncached()
        => call.Plan.Includes.Count > 0 ? new EndingEnumerable<T>(Uncached(), call.Context).GetEnumerator() : Uncached().GetEnumerator();

    internal IAsyncEnumerator<T> EnumerateUncachedAsync(CancellationToken cancellationToken)
        => call.Plan.Includes.Count > 0
            ? new EndingEnumerable<T>(Uncached(), call.Context).GetAsyncEnumerator(cancellationToken)
            : Uncached().GetAsyncEnumerator(cancellationToken);

    /// <summary>EF's own enumerable with the same arguments.</summary>
    private SingleQueryingEnumerable<T> Uncached()
        => new(
            call.Context, call.Resolver, call.ReaderColumns, shaper, call.ContextType, call.StandAloneStateManager,
            call.DetailedErrors, call.ThreadSafetyChecks);
}
