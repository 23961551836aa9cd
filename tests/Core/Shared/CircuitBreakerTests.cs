namespace ZooCache.Core.Tests.Shared;

public sealed class CircuitBreakerTests
{
    [Fact]
    public void A_success_may_come_while_somebody_looks()
    {
        var clock = new AskedClock();
        var breaker = new CircuitBreaker(clock);
        breaker.Failed();
        breaker.IsOpen.ShouldBeTrue();
        clock.Asked = breaker.Succeeded;

        breaker.TryPass().ShouldBeFalse();
        breaker.TryPass().ShouldBeTrue();

        clock.Asked = null;
        breaker.Failed();
        clock.Asked = breaker.Succeeded;
        breaker.IsOpen.ShouldBeTrue();
        breaker.IsOpen.ShouldBeFalse();
    }

    [Fact]
    public void After_each_failure_the_pause_is_longer_up_to_half_a_minute()
    {
        var clock = new AskedClock();
        var breaker = new CircuitBreaker(clock);
        foreach (var seconds in (int[])[1, 2, 4, 8, 16, 30, 30])
        {
            breaker.Failed();
            clock.Now += TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1);
            breaker.TryPass().ShouldBeFalse();
            clock.Now += TimeSpan.FromTicks(1);
            breaker.TryPass().ShouldBeTrue();
            breaker.TryPass().ShouldBeFalse();
        }
    }

    /// <summary>Calls somebody when it is asked.</summary>
    private sealed class AskedClock : TimeProvider
    {
        internal TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

        internal Action? Asked { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp()
        {
            Asked?.Invoke();
            return Now.Ticks;
        }
    }
}
