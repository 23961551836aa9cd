namespace ZooCache;

/// <summary>What a cache counts. Nothing on the hit path is shared between cores.</summary>
internal sealed class CacheCounters
{
    internal StripedCounter Hits { get; } = new();

    /// <summary>How long the loads of what was hit had taken, in timestamp units.</summary>
    internal StripedCounter TimeSaved { get; } = new();

    internal ReasonCounters Misses { get; } = new();

    internal ReasonCounters Bypasses { get; } = new();

    internal ReasonCounters FallBacks { get; } = new();

    internal StripedCounter Fills { get; } = new();

    internal ReasonCounters FillsRejected { get; } = new();

    /// <summary>Why the newest result of a call that can't be copied wasn't kept; null if there was none.</summary>
    internal string? LastValueProblem { get; set; }

    internal InvalidationCounters Invalidations { get; } = new();

    internal StripedCounter Evictions { get; } = new();

    /// <summary>Waits for somebody who was loading the same.</summary>
    internal StripedCounter FlightJoins { get; } = new();

    /// <summary>Those of them that took too long.</summary>
    internal StripedCounter FlightTimeouts { get; } = new();

    /// <summary>What came of asking the database although the answer was there.</summary>
    internal ReasonCounters Watched { get; } = new();

    /// <summary>The newest answer that was found to be stale; null if none was.</summary>
    internal StaleAnswer? LastStaleAnswer { get; set; }

    internal StripedCounter OverdueWrites { get; } = new();

    internal StripedCounter FailedHooks { get; } = new();

    internal StripedCounter LogEntries { get; } = new();

    internal StripedCounter LogGaps { get; } = new();

    internal ReasonCounters LogFailures { get; } = new();

    /// <summary>What the newest of them said; null if there was none.</summary>
    internal string? LastLogFailure { get; set; }

    internal StripedCounter LogUnreadable { get; } = new();

    /// <summary>How often the node has become a member of its log.</summary>
    internal StripedCounter Memberships { get; } = new();

    /// <summary>Answers that a store has given and that were handed out.</summary>
    internal StripedCounter StoreHits { get; } = new();

    internal ReasonCounters StoreMisses { get; } = new();

    internal StripedCounter StoreKept { get; } = new();

    internal ReasonCounters StoreRejects { get; } = new();

    /// <summary>What the newest request to a store that failed has said; null if there was none.</summary>
    internal string? LastStoreFailure { get; set; }
}
