namespace ZooCache;

/// <summary>
/// A hybrid logical clock: it runs with the wall clock, never backwards, and after every stamp that it was told of, so that
/// what follows from something has a later stamp, however far apart the clocks of two machines are.
/// </summary>
/// <remarks>
/// <para>Source: S. Kulkarni, M. Demirbas, D. Madappa, B. Avva, M. Leone, "Logical Physical Clocks", OPODIS 2014, with
/// their 64-bit form (48 + 16). Where a counter is full, the stamp goes on into the next millisecond.</para>
/// <para>A stamp that is further ahead of the wall clock than the most that clocks may be apart is not taken over: it tells of a clock that
/// is wrong, and taking it over would make this one wrong as well. The limit concerns clocks only; what such a stamp was
/// attached to counts all the same.</para>
/// <para>Thread-safe.</para>
/// </remarks>
internal sealed class HybridLogicalClock(TimeProvider time, TimeSpan maxClockSkew)
{
    private readonly Lock gate = new();
    private readonly long maxSkewMilliseconds = (long)maxClockSkew.TotalMilliseconds;
    private HlcStamp last;

    /// <summary>The newest stamp given or taken over.</summary>
    internal HlcStamp Last
    {
        get
        {
            lock (gate)
            {
                return last;
            }
        }
    }

    /// <summary>A stamp later than every one before it.</summary>
    internal HlcStamp Next()
    {
        lock (gate)
        {
            return last = Later(last.Next(), Wall);
        }
    }

    /// <summary>Takes over a stamp from elsewhere, so that those given from now on are later.</summary>
    /// <returns>False if it was too far ahead, and nothing was taken over.</returns>
    internal bool Receive(HlcStamp stamp)
    {
        lock (gate)
        {
            if (stamp.Milliseconds - Wall.Milliseconds > maxSkewMilliseconds && stamp > last)
            {
                return false;
            }

            last = Later(last, stamp);
            return true;
        }
    }

    private HlcStamp Wall => HlcStamp.At(time.GetUtcNow().ToUnixTimeMilliseconds());

    private static HlcStamp Later(HlcStamp one, HlcStamp other) => one > other ? one : other;
}
