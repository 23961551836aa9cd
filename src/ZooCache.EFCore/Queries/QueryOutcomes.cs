namespace ZooCache.EFCore.Queries;

/// <summary>The outcomes that don't differ from query to query, made once.</summary>
internal static class QueryOutcomes
{
    private static readonly QueryOutcome NotFound = new(QueryResultSource.Miss, "not-found");
    private static readonly QueryOutcome Invalidated = new(QueryResultSource.Miss, "invalidated");
    private static readonly QueryOutcome Expired = new(QueryResultSource.Miss, "expired");
    private static readonly QueryOutcome Refresh = new(QueryResultSource.Miss, "refresh");

    internal static QueryOutcome Hit { get; } = new(QueryResultSource.Hit, "hit");

    /// <summary>The answer was there, and the database was asked all the same.</summary>
    internal static QueryOutcome Watched { get; } = new(QueryResultSource.Miss, "watchdog");

    internal static QueryOutcome StoreHit { get; } = new(QueryResultSource.Hit, "store");

    private static readonly QueryOutcome NotRequested = new(QueryResultSource.Bypass, BypassReasons.NotRequested);

    internal static QueryOutcome Bypass(string reason)
        => ReferenceEquals(reason, BypassReasons.NotRequested) ? NotRequested : new QueryOutcome(QueryResultSource.Bypass, reason);

    internal static QueryOutcome Of(LookupStatus status, bool refresh, InvalidationTrace? by) => status switch
    {
        _ when refresh => Refresh,
        LookupStatus.Invalidated => by is null ? Invalidated : Invalidated with { InvalidatedBy = by },
        LookupStatus.Expired => Expired,
        _ => NotFound,
    };
}
