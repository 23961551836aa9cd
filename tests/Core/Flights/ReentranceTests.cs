using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class ReentranceTests
{
    [Fact]
    public async Task A_flow_does_not_wait_for_what_it_leads_itself()
    {
        using var cache = Cache();
        var leader = Join(cache, FlightRole.Leader);
        using (leader.EnterFlow())
        {
            // Also further down the flow, and below another flight. Turned red by TryBeginWait that answers true.
            Role(cache, "key").ShouldBe(FlightRole.Independent);
            (await Task.Run(() => Role(cache, "key"))).ShouldBe(FlightRole.Independent);
            var inner = cache.Flights.Join(Key("inner"), mayWait: true, out var role);
            role.ShouldBe(FlightRole.Leader);
            using (inner.EnterFlow())
            {
                Role(cache, "key").ShouldBe(FlightRole.Independent);
                Role(cache, "inner").ShouldBe(FlightRole.Independent);
                inner.Complete(null);
                Role(cache, "key").ShouldBe(FlightRole.Independent);
            }
        }

        cache.Flights.WaitCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_flow_that_leads_waits_for_others()
    {
        using var cache = Cache();
        var elsewhere = cache.Flights.Join(Key("elsewhere"), mayWait: true, out _);
        using (Join(cache, FlightRole.Leader).EnterFlow())
        {
            var waited = cache.Flights.Join(Key("elsewhere"), mayWait: true, out var role);
            role.ShouldBe(FlightRole.Follower);
            var wait = waited.WaitAsync(TimeSpan.FromMinutes(5), default);
            cache.Flights.WaitCount.ShouldBe(1);
            elsewhere.Complete(null);
            (await wait).Status.ShouldBe(FlightStatus.Completed);
        }

        cache.Flights.WaitCount.ShouldBe(0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public async Task Flights_do_not_wait_for_one_another_in_a_ring(int count)
    {
        using var cache = Cache();
        var flights = Enumerable.Range(0, count).Select(i => cache.Flights.Join(Key($"{i}"), mayWait: true, out _)).ToList();
        var roles = new FlightRole[count];
        var waits = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            using (flights[i].EnterFlow())
            {
                var next = cache.Flights.Join(Key($"{(i + 1) % count}"), mayWait: true, out roles[i]);
                if (roles[i] == FlightRole.Follower)
                {
                    waits.Add(next.WaitAsync(Timeout.InfiniteTimeSpan, default).AsTask());
                }
            }
        }

        // Each waits for the next but the last, which would close the ring.
        roles.ShouldBe([.. Enumerable.Repeat(FlightRole.Follower, count - 1), FlightRole.Independent]);
        flights.ForEach(f => f.Complete(null));
        await Task.WhenAll(waits);
        cache.Flights.WaitCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_wait_that_is_given_up_is_forgotten()
    {
        using var cache = Cache();
        var first = cache.Flights.Join(Key("first"), mayWait: true, out _);
        var second = cache.Flights.Join(Key("second"), mayWait: true, out _);
        using (first.EnterFlow())
        {
            using var source = new CancellationTokenSource();
            var wait = cache.Flights.Join(Key("second"), mayWait: true, out _).WaitAsync(Timeout.InfiniteTimeSpan, source.Token).AsTask();
            await source.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => wait);
            cache.Flights.Join(Key("second"), mayWait: true, out _).Wait(TimeSpan.Zero, default).Status.ShouldBe(FlightStatus.TimedOut);
        }

        cache.Flights.WaitCount.ShouldBe(0);
        using (second.EnterFlow())
        {
            Role(cache, "first").ShouldBe(FlightRole.Follower);
        }
    }

    [Fact]
    public void What_a_leader_throws_is_every_waiters_failure()
    {
        using var cache = Cache();
        var leader = Join(cache, FlightRole.Leader);
        var waiter = Join(cache, FlightRole.Follower);

        leader.Fail(new InvalidOperationException("no"));

        var result = waiter.Wait(TimeSpan.FromMinutes(5), default);
        result.Status.ShouldBe(FlightStatus.Failed);
        Should.Throw<InvalidOperationException>(() => result.Failure!.Throw()).Message.ShouldBe("no");
        cache.Flights.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_flow_that_outlives_the_flight_it_was_started_in_may_wait_again()
    {
        using var cache = Cache();
        var leader = Join(cache, FlightRole.Leader);
        using var landed = new ManualResetEventSlim();
        Task<FlightRole> outliving;
        using (leader.EnterFlow())
        {
            outliving = Task.Run(() =>
            {
                landed.Wait();
                cache.Flights.Join(Key("other"), mayWait: true, out var role);
                return role;
            });
        }

        leader.Complete(null);
        cache.Flights.Join(Key("other"), mayWait: true, out _);
        landed.Set();

        (await outliving).ShouldBe(FlightRole.Follower);
    }

    [Fact]
    public void Leading_in_one_cache_says_nothing_about_another()
    {
        using var cache = Cache();
        using var other = Cache();
        Join(other, FlightRole.Leader);
        using (Join(cache, FlightRole.Leader).EnterFlow())
        {
            Join(other, FlightRole.Follower);
        }
    }

    private static FlightRole Role(ZooCache cache, string key)
    {
        cache.Flights.Join(Key(key), mayWait: true, out var role);
        return role;
    }

    private static Flight Join(ZooCache cache, FlightRole expected)
    {
        var flight = cache.Flights.Join(Key("key"), mayWait: true, out var role);
        role.ShouldBe(expected);
        return flight;
    }
}
