namespace ZooCache;

/// <summary>An answer of the cache's that wasn't the database's any more, although nothing had invalidated it. Immutable.</summary>
/// <param name="At">When it was found (UTC).</param>
/// <param name="Query">What was asked: the entity types.</param>
/// <param name="Missed">The tags one of which should have been invalidated: what the answer depends on, as far as it differs.</param>
/// <param name="Age">How long ago it had been loaded.</param>
public sealed record StaleAnswer(DateTimeOffset At, string Query, IReadOnlyList<string> Missed, TimeSpan Age);
