using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests.Support;

/// <summary>How a context's last query fared.</summary>
public static class Outcomes
{
    public static readonly QueryOutcome Hit = new(QueryResultSource.Hit, "hit");
    public static readonly QueryOutcome NotFound = new(QueryResultSource.Miss, "not-found");
    public static readonly QueryOutcome Invalidated = new(QueryResultSource.Miss, "invalidated");
    public static readonly QueryOutcome Expired = new(QueryResultSource.Miss, "expired");
    public static readonly QueryOutcome Refresh = new(QueryResultSource.Miss, "refresh");

    public static QueryOutcome Bypass(string reason) => new(QueryResultSource.Bypass, reason);

    public static QueryOutcome? Last(this DbContext db) => db.Cache().LastQuery;

    /// <summary>Runs a query and tells how it fared.</summary>
    public static QueryOutcome? Ask<TContext, TResult>(this TContext db, Func<TContext, TResult> query)
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(query);
        query(db);
        return db.Last();
    }

    /// <summary>Runs a query in a new context and tells how it fared.</summary>
    public static QueryOutcome? Ask<TContext, TResult>(
        this Scratch<TContext> scratch, Func<TContext, TResult> query, Action<ZooCacheContextOptionsBuilder>? configure = null)
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(scratch);
        using var db = scratch.Open(configure);
        return db.Ask(query);
    }
}
