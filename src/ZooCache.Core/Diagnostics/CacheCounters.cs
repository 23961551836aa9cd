using Microsoft.Extensions.Logging;

namespace ZooCache;

/// <summary>What a cache counts, and says of what is worth it. Nothing on the hit path is shared between cores.</summary>
/// <param name="cache">The cache's name.</param>
/// <param name="logger">The application's log.</param>
internal sealed class CacheCounters(string cache, ILogger logger)
{
    private bool isLogReachable = true;
    private bool isStoreWorking = true;
    private string? lastValueProblem;

    internal StripedCounter Hits { get; } = new();

    /// <summary>How long the loads of what was hit had taken, in timestamp units.</summary>
    internal StripedCounter TimeSaved { get; } = new();

    internal ReasonCounters Misses { get; } = new();

    internal ReasonCounters Bypasses { get; } = new();

    internal ReasonCounters FallBacks { get; } = new();

    internal StripedCounter Fills { get; } = new();

    internal ReasonCounters FillsRejected { get; } = new();

    /// <summary>Why the newest result of a call that can't be copied wasn't kept; null if there was none.</summary>
    internal string? LastValueProblem
    {
        get => lastValueProblem;
        set
        {
            if (Interlocked.Exchange(ref lastValueProblem, value) != value)
            {
                logger.NotKept(cache, value!);
            }
        }
    }

    internal InvalidationCounters Invalidations { get; } = new();

    internal StripedCounter Evictions { get; } = new();

    /// <summary>Waits for somebody who was loading the same.</summary>
    internal StripedCounter FlightJoins { get; } = new();

    /// <summary>Those of them that took too long.</summary>
    internal StripedCounter FlightTimeouts { get; } = new();

    /// <summary>What came of asking the database although the answer was there.</summary>
    internal ReasonCounters Watched { get; } = new();

    /// <summary>The newest answer that was found to be stale; null if none was.</summary>
    internal StaleAnswer? LastStaleAnswer { get; private set; }

    internal StripedCounter OverdueWrites { get; } = new();

    internal StripedCounter FailedHooks { get; } = new();

    internal StripedCounter LogEntries { get; } = new();

    internal StripedCounter LogGaps { get; } = new();

    internal ReasonCounters LogFailures { get; } = new();

    /// <summary>What the newest of them said; null if there was none.</summary>
    internal string? LastLogFailure { get; private set; }

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

    internal void Joined(ulong node, ulong epoch)
    {
        Memberships.Increment();
        logger.Joined(cache, node, epoch);
    }

    internal void LogFailed(string name, string message)
    {
        LogFailures.Increment(name);
        LastLogFailure = message;
    }

    /// <summary>The log couldn't be asked, and isn't relied on until it has answered.</summary>
    internal void LogUnreachable(string message)
    {
        if (Interlocked.Exchange(ref isLogReachable, false))
        {
            logger.LogUnreachable(cache, message);
        }
    }

    internal void LogAnswered()
    {
        if (!Volatile.Read(ref isLogReachable) && !Interlocked.Exchange(ref isLogReachable, true))
        {
            logger.LogReachable(cache);
        }
    }

    internal void UnreadableEntry(ulong node)
    {
        LogUnreadable.Increment();

        // Whoever reads the log holds its lock.
        ThreadPool.UnsafeQueueUserWorkItem(static said => said.logger.LogUnreadable(said.cache, said.node), (logger, cache, node), preferLocal: false);
    }

    internal void StoreFailed(string message)
    {
        LastStoreFailure = message;
        if (Interlocked.Exchange(ref isStoreWorking, false))
        {
            logger.StoreFailed(cache, message);
        }
    }

    internal void StoreWorked()
    {
        if (!Volatile.Read(ref isStoreWorking) && !Interlocked.Exchange(ref isStoreWorking, true))
        {
            logger.StoreWorks(cache);
        }
    }

    internal void WriteOverdue(string cause)
    {
        OverdueWrites.Increment();
        logger.WriteOverdue(cache, cause);
    }

    internal void HookFailed(Exception exception)
    {
        FailedHooks.Increment();
        logger.HookFailed(cache, exception);
    }

    internal void Stale(StaleAnswer answer)
    {
        LastStaleAnswer = answer;
        logger.Stale(cache, answer.Age, answer.Query, string.Join(", ", answer.Missed));
    }
}
