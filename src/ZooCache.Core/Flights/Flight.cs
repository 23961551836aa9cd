using System.Runtime.ExceptionServices;

namespace ZooCache;

/// <summary>
/// One load of one key, which others may wait for.
/// </summary>
/// <remarks>
/// Invariants: a flight ends once, by whoever comes first; it leaves the table by identity, so a late leader can't end its
/// successor's flight; a waiter's cancellation and time-out are its own. Waiters are resumed on the pool, never on the
/// leader's thread; an asynchronous waiter holds no thread; a synchronous one is woken without the pool's help.
/// </remarks>
internal sealed class Flight
{
    private readonly TaskCompletionSource<FlightResult> landed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FlightTable table;
    private Fill? fill;

    internal Flight(FlightTable table, CacheKey key)
    {
        this.table = table;
        Key = key;
    }

    internal CacheKey Key { get; }

    internal bool HasLanded => landed.Task.IsCompleted;

    /// <summary>
    /// Whether something that the load depends on was bumped after its fence: what it brings is old already. Before the
    /// fence is read it is not: the fence is yet to come.
    /// </summary>
    internal bool IsOutdated =>
        Volatile.Read(ref fill) is { HasEnded: false } started && !TagTrie.IsValid(started.Dependencies, started.Fence);

    /// <summary>Leader: the fence is read. From here on a bump outdates the flight.</summary>
    internal void Started(Fill started) => Volatile.Write(ref fill, started);

    /// <summary>Leader: done, with an entry to share or, with null, nothing to share.</summary>
    internal void Complete(CacheEntry? entry) => Land(new FlightResult(FlightStatus.Completed, entry));

    /// <summary>Leader: failed or cancelled. Does nothing after <see cref="Complete"/>, so it may stand in a finally.</summary>
    internal void Abandon() => Land(new FlightResult(FlightStatus.Abandoned, null));

    /// <summary>Leader: failed with what is to be everybody's failure.</summary>
    internal void Fail(Exception exception) => Land(new FlightResult(FlightStatus.Failed, null, ExceptionDispatchInfo.Capture(exception)));

    /// <summary>
    /// Follower: waits, blocking the thread, in real time. Throws <see cref="OperationCanceledException"/> for the token given.
    /// </summary>
    internal FlightResult Wait(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var milliseconds = timeout == Timeout.InfiniteTimeSpan ? Timeout.Infinite : (int)Math.Clamp(timeout.TotalMilliseconds, 0, int.MaxValue);
        try
        {
            return landed.Task.Wait(milliseconds, cancellationToken) ? landed.Task.Result : GiveUp();
        }
        finally
        {
            table.EndWait(this);
        }
    }

    /// <summary>Follower: waits without a thread. Throws <see cref="OperationCanceledException"/> for the token given.</summary>
    internal async ValueTask<FlightResult> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await landed.Task.WaitAsync(timeout, table.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return GiveUp();
        }
        finally
        {
            table.EndWait(this);
        }
    }

    /// <summary>
    /// Leader: marks the current flow of control (and what it awaits or starts) as leading, until disposed. A flow that leads
    /// is made to wait only for what doesn't wait for it. Only misses pay for it.
    /// </summary>
    internal FlowScope EnterFlow() => new(table, this);

    private void Land(FlightResult result)
    {
        table.Remove(this);
        Volatile.Write(ref fill, null);
        landed.TrySetResult(result);
    }

    /// <summary>A flight that somebody gave up on is not offered to others: the next one to come leads a new one.</summary>
    private FlightResult GiveUp()
    {
        table.Remove(this);
        return new FlightResult(FlightStatus.TimedOut, null);
    }
}
