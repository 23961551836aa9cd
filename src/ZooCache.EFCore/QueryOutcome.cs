namespace ZooCache.EFCore;

/// <summary>Where the answer of a query came from.</summary>
public enum QueryResultSource
{
    /// <summary>From memory, or from what another process has kept, without a command or a connection.</summary>
    Hit,

    /// <summary>From the database; the cache was asked and had no valid answer.</summary>
    Miss,

    /// <summary>From the database; the cache was not asked.</summary>
    Bypass,
}

/// <summary>How one execution of a query was answered, and why.</summary>
/// <param name="Source">Where the answer came from.</param>
/// <param name="Reason">
/// For a hit <c>hit</c>, or <c>store</c> if another process has loaded it; for a miss why there was no answer (<c>not-found</c>, <c>invalidated</c>, <c>expired</c>,
/// <c>refresh</c>, or <c>watchdog</c>: it was there, and is compared); for a bypass why the cache wasn't asked (<c>not-requested</c>, <c>not-cacheable</c>,
/// <c>in-transaction</c>, <c>open-reader</c>, <c>raw-sql</c>, <c>unknown-function: name</c>, …).
/// </param>
public sealed record QueryOutcome(QueryResultSource Source, string Reason)
{
    /// <summary>For a miss with the reason <c>invalidated</c>: which write has made the answer invalid that there was; else null.
    /// Outcomes that differ in it alone are equal.</summary>
    public InvalidationTrace? InvalidatedBy { get; init; }

    /// <summary>Compares source and reason.</summary>
    /// <param name="other">The other outcome.</param>
    /// <returns>Whether both are equal.</returns>
    public bool Equals(QueryOutcome? other) => other is not null && Source == other.Source && Reason == other.Reason;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Source, Reason);

    /// <summary>The source and the reason, for people.</summary>
    /// <returns>The text, without values.</returns>
    public override string ToString() => InvalidatedBy is null ? $"{Source} ({Reason})" : $"{Source} ({Reason} by {InvalidatedBy})";
}
