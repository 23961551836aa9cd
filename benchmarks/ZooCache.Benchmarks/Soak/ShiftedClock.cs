namespace ZooCache.Benchmarks.Soak;

/// <summary>The system's clock, which can be put forward.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long shift;

    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref shift);

    public void Advance(TimeSpan by) => Interlocked.Add(ref shift, (long)(by.TotalSeconds * TimestampFrequency));
}
