using System.Runtime.CompilerServices;
using ZooCache.Tests;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class ExpiryTests
{
    private readonly ManualTimeProvider time = new();

    [Fact]
    public void An_entry_lives_as_long_as_it_is_given()
    {
        using var cache = Cache(time);
        Store(cache, new EntryLifetime(TimeSpan.FromSeconds(10), null));

        time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        cache.Get("key").ShouldBe(LookupStatus.Hit);

        time.Advance(TimeSpan.FromTicks(1));
        cache.Get("key").ShouldBe(LookupStatus.Expired);
        cache.Get("key").ShouldBe(LookupStatus.NotFound);
    }

    [Fact]
    public void Each_read_prolongs_a_sliding_life()
    {
        using var cache = Cache(time);
        Store(cache, new EntryLifetime(null, TimeSpan.FromSeconds(10)));
        for (var i = 0; i < 10; i++)
        {
            time.Advance(TimeSpan.FromSeconds(9));
            cache.Get("key").ShouldBe(LookupStatus.Hit);
        }

        time.Advance(TimeSpan.FromSeconds(10));
        cache.Get("key").ShouldBe(LookupStatus.Expired);
    }

    [Fact]
    public void The_maximum_age_caps_everything_and_counts_from_the_load()
    {
        using var cache = Cache(time, options => (options.MaximumAge, options.SweepInterval) = (TimeSpan.FromMinutes(1), TimeSpan.FromDays(1)));
        var fill = cache.BeginFill(Key("key"), [Exact("t")]);
        time.Advance(TimeSpan.FromSeconds(20));
        cache.Store(fill, "value", 10, new EntryLifetime(TimeSpan.MaxValue, TimeSpan.FromSeconds(30)), out _);
        time.Advance(TimeSpan.FromSeconds(20));
        cache.Get("key").ShouldBe(LookupStatus.Hit);

        time.Advance(TimeSpan.FromSeconds(20));

        cache.Get("key").ShouldBe(LookupStatus.Expired);
    }

    [Fact]
    public void The_default_is_for_those_that_name_no_life_of_their_own()
    {
        using var cache = Cache(time, options => options.DefaultExpiration = TimeSpan.FromSeconds(10));
        Store(cache, default, "default");
        Store(cache, new EntryLifetime(TimeSpan.FromSeconds(20), null), "absolute");
        Store(cache, new EntryLifetime(null, TimeSpan.FromSeconds(20)), "sliding");

        time.Advance(TimeSpan.FromSeconds(15));

        cache.Get("default").ShouldBe(LookupStatus.Expired);
        cache.Get("absolute").ShouldBe(LookupStatus.Hit);
        cache.Get("sliding").ShouldBe(LookupStatus.Hit);
    }

    [Fact]
    public void Without_a_maximum_age_an_entry_without_a_life_of_its_own_stays()
    {
        using var cache = Cache(time, options => options.MaximumAge = null);
        Store(cache, default);

        time.Advance(TimeSpan.FromDays(1000));

        cache.Get("key").ShouldBe(LookupStatus.Hit);
    }

    [Fact]
    public void The_sweeper_removes_what_nobody_reads()
    {
        using var cache = Cache(time, options => options.SweepInterval = TimeSpan.FromSeconds(30));
        Store(cache, new EntryLifetime(TimeSpan.FromSeconds(10), null), "expired");
        Store(cache, default, "invalid", "gone");
        Store(cache, default, "alive");
        cache.Invalidate("gone");

        time.Advance(TimeSpan.FromSeconds(29));
        cache.Totals.Count.ShouldBe(3);
        time.Advance(TimeSpan.FromSeconds(1));

        // Turned red by removing the call of Purge in Sweeper.
        cache.Totals.Count.ShouldBe(1);
        cache.Trie.NodeCount.ShouldBe(1);
        cache.Get("alive").ShouldBe(LookupStatus.Hit);
    }

    [Fact]
    public void Purge_says_how_many_it_dropped()
    {
        using var cache = Cache(time);
        for (var i = 0; i < 10; i++)
        {
            Store(cache, default, $"key {i}", $"t:{i % 2}");
        }

        cache.Invalidate("t:0");

        cache.Purge().ShouldBe(5);
        cache.Purge().ShouldBe(0);
        cache.Totals.Count.ShouldBe(5);
    }

    [Fact]
    public void Disposing_stops_the_sweeper()
    {
        var cache = Cache(time);
        time.TimerCount.ShouldBe(1);

        cache.Dispose();

        time.TimerCount.ShouldBe(0);
    }

    [Fact]
    public void A_forgotten_cache_is_collected_and_its_sweeper_stops()
    {
        var forgotten = Forget(time);
        for (var i = 0; i < 10 && forgotten.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // Turned red by holding the cache instead of a weak reference to it in Sweeper (or in ZooCacheMetrics).
        forgotten.IsAlive.ShouldBeFalse();
        time.TimerCount.ShouldBe(1);
        time.Advance(TimeSpan.FromMinutes(1));
        time.TimerCount.ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_sweeper_takes_nothing_of_the_flow_it_is_made_in(bool suppressed)
    {
        var observed = new ObservedTime();
        if (suppressed)
        {
            using (ExecutionContext.SuppressFlow())
            {
                new ZooCache(new ZooCacheOptions { TimeProvider = observed }).Dispose();
            }
        }
        else
        {
            new ZooCache(new ZooCacheOptions { TimeProvider = observed }).Dispose();
        }

        observed.FlowWasSuppressed.ShouldBe(true);
        ExecutionContext.IsFlowSuppressed().ShouldBeFalse();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Forget(ManualTimeProvider time)
    {
        var cache = Cache(time);
        cache.Load("key", "value", Exact("t"));
        return new WeakReference(cache);
    }

    private sealed class ObservedTime : TimeProvider
    {
        internal bool? FlowWasSuppressed { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            FlowWasSuppressed = ExecutionContext.IsFlowSuppressed();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    private static void Store(ZooCache cache, EntryLifetime lifetime, string key = "key", string tag = "t") =>
        cache.Store(cache.BeginFill(Key(key), [Exact(tag)]), "value", 10, lifetime, out _).ShouldBe(StoreOutcome.Stored);
}
