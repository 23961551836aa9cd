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
                Say(log => log.NotKept(Name, value!));
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

    /// <summary>The cache's name.</summary>
    internal string Name => cache;

    internal void Joined(ulong node, ulong epoch)
    {
        Memberships.Increment();
        Say(log => log.Joined(Name, node, epoch));
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
            Say(log => log.LogUnreachable(Name, message));
        }
    }

    internal void LogAnswered()
    {
        if (!Volatile.Read(ref isLogReachable) && !Interlocked.Exchange(ref isLogReachable, true))
        {
            Say(log => log.LogReachable(Name));
        }
    }

    internal void UnreadableEntry(ulong node)
    {
        LogUnreadable.Increment();

        // Whoever reads the log holds its lock.
        ThreadPool.UnsafeQueueUserWorkItem(static said => said.Self.Say(log => log.LogUnreadable(said.Self.Name, said.Node)), (Self: this, Node: node), preferLocal: false);
    }

    internal void StoreFailed(string message)
    {
        LastStoreFailure = message;
        if (Interlocked.Exchange(ref isStoreWorking, false))
        {
            Say(log => log.StoreFailed(Name, message));
        }
    }

    internal void StoreWorked()
    {
        if (!Volatile.Read(ref isStoreWorking) && !Interlocked.Exchange(ref isStoreWorking, true))
        {
            Say(log => log.StoreWorks(Name));
        }
    }

    internal void WriteOverdue(string cause)
    {
        OverdueWrites.Increment();
        Say(log => log.WriteOverdue(Name, cause));
    }

    internal void HookFailed(Exception exception)
    {
        FailedHooks.Increment();
        Say(log => log.HookFailed(Name, exception));
    }

    internal void Stale(StaleAnswer answer)
    {
        LastStaleAnswer = answer;
        Say(log => log.Stale(Name, answer.Age, answer.Query, string.Join(", ", answer.Missed)));
    }

    /// <summary>The application's log may throw: nothing of the cache's is to fail by that.</summary>
    private void Say(Action<ILogger> say)
    {
        try
        {
            say(logger);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // There is nowhere to tell it.
        }
    }
}
