using System.Runtime.ExceptionServices;

namespace ZooCache;

/// <summary>What a caller is to a key's flight.</summary>
internal enum FlightRole
{
    /// <summary>It loads; the others wait for it. It must complete or abandon the flight.</summary>
    Leader,

    /// <summary>It waits for the leader.</summary>
    Follower,

    /// <summary>It loads for itself, and nobody waits for it: it may not wait, or what it would wait for waits for it.</summary>
    Independent,
}

/// <summary>How a wait ended.</summary>
internal enum FlightStatus
{
    /// <summary>The leader is done. The entry, if there is one, is to be judged before it is used.</summary>
    Completed,

    /// <summary>The leader failed or was cancelled: join again, one of the waiters becomes the leader.</summary>
    Abandoned,

    /// <summary>The leader failed, and so would whoever tried again now: the failure is every waiter's.</summary>
    Failed,

    /// <summary>The leader takes too long: load for yourself.</summary>
    TimedOut,
}

/// <summary>What a waiter got.</summary>
/// <param name="Status">How the wait ended.</param>
/// <param name="Entry">What the leader has stored, if it is completed.</param>
/// <param name="Failure">What the leader has thrown, if it failed.</param>
internal readonly record struct FlightResult(FlightStatus Status, CacheEntry? Entry, ExceptionDispatchInfo? Failure = null);
