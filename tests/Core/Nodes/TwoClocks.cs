using ZooCache.Tests;

namespace ZooCache.Core.Tests.Nodes;

/// <summary>A wall clock and a monotonic one that needn't agree.</summary>
internal sealed class TwoClocks(ManualTimeProvider inner) : TimeProvider
{
    internal TimeSpan Wall { get; set; }

    internal TimeSpan Monotonic { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Wall;

    public override long GetTimestamp() => inner.GetTimestamp() + Monotonic.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
}
