namespace ZooCache;

/// <summary>
/// Leaves alone what has failed, for a second at first and twice as long after each further failure, up to half a minute; then one request finds out how things
/// are (a circuit breaker: M. Nygard, "Release It!", 2007). Thread-safe.
/// </summary>
internal sealed class CircuitBreaker(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private int failures;
    private long failedAt;

    /// <summary>Whether requests are kept back now.</summary>
    internal bool IsOpen
    {
        get
        {
            lock (gate)
            {
                return KeepsBack();
            }
        }
    }

    /// <summary>Whether a request may be made. Of those that come together once a pause is over one may.</summary>
    internal bool TryPass()
    {
        // Nearly always: no lock.
        if (Volatile.Read(ref failures) == 0)
        {
            return true;
        }

        lock (gate)
        {
            if (KeepsBack())
            {
                return false;
            }

            failedAt = time.GetTimestamp();
            return true;
        }
    }

    internal void Succeeded()
    {
        if (Volatile.Read(ref failures) != 0)
        {
            Volatile.Write(ref failures, 0);
        }
    }

    internal void Failed()
    {
        lock (gate)
        {
            failures++;
            failedAt = time.GetTimestamp();
        }
    }

    /// <summary>Looks at the failures once: a success takes no lock.</summary>
    private bool KeepsBack()
        => Volatile.Read(ref failures) is > 0 and var count
            && time.GetElapsedTime(failedAt) < First * Math.Min(1L << Math.Min(count - 1, 10), Longest / First);
}
