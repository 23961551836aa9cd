using System.Collections;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Queries.Replays;

/// <summary>Makes <see cref="ReplayedEnumerable{T}"/>; called by compiled queries.</summary>
internal static class ReplayedEnumerable
{
    /// <summary>EF's own enumerable if the query is not to be cached, else ours around it.</summary>
    public static object Create<T>(
        RelationalQueryContext context, Type contextType, bool threadSafetyChecks, QueryPlan plan, Func<RelationalQueryContext, object> create)
        => BypassedQuery.Candidate(context, plan) is { } cache
            ? new ReplayedEnumerable<T>(new ReplayedCall(context, contextType, threadSafetyChecks, plan, cache, create))
            : create(context);
}

/// <summary>One execution of a compiled query that EF's own enumerable is to run.</summary>
/// <param name="Context">The query context.</param>
/// <param name="ContextType">The type of the <see cref="Microsoft.EntityFrameworkCore.DbContext"/>, for EF's events.</param>
/// <param name="ThreadSafetyChecks">Whether EF looks for concurrent use of the context.</param>
/// <param name="Plan">The query's plan.</param>
/// <param name="Cache">The context's part of the cache.</param>
/// <param name="Create">Makes EF's enumerable in a query context.</param>
internal sealed record ReplayedCall(
    RelationalQueryContext Context, Type ContextType, bool ThreadSafetyChecks, QueryPlan Plan, ContextCache Cache,
    Func<RelationalQueryContext, object> Create);

/// <summary>EF's own enumerable, over commands whose results are recorded or replayed.</summary>
internal sealed class ReplayedEnumerable<T>(ReplayedCall call) : IEnumerable<T>, IAsyncEnumerable<T>, IRelationalQueryingEnumerable
{
    public IEnumerator<T> GetEnumerator() => new ReplayedEnumerator<T>(call, CancellationToken.None);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        => new ReplayedEnumerator<T>(call, cancellationToken);

    public DbCommand CreateDbCommand() => ((IRelationalQueryingEnumerable)call.Create(call.Context)).CreateDbCommand();

    public string ToQueryString() => ((IRelationalQueryingEnumerable)call.Create(call.Context)).ToQueryString();
}
