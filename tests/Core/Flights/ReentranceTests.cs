using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class ReentranceTests
{
    [Fact]
    public async Task A_flow_that_leads_is_never_made_to_wait()
    {
        using var cache = Cache();
        var elsewhere = cache.Flights.Join(Key("elsewhere"), mayWait: true, out _);
        var leader = Join(cache, FlightRole.Leader);
        using (leader.EnterFlow())
        {
            // The same key, another key that somebody else leads, and a key of nobody's; also further down the flow.
            // Turned red by removing `|| Leads()` in FlightTable.Join.
            Role("key").ShouldBe(FlightRole.Independent);
            Role("elsewhere").ShouldBe(FlightRole.Independent);
            (await Task.Run(() => Role("key"))).ShouldBe(FlightRole.Independent);
            var inner = cache.Flights.Join(Key("inner"), mayWait: true, out var role);
            role.ShouldBe(FlightRole.Leader);
            using (inner.EnterFlow())
            {
                inner.Complete(null);
                Role("elsewhere").ShouldBe(FlightRole.Independent);
            }
        }

        Role("elsewhere").ShouldBe(FlightRole.Follower);
        elsewhere.Complete(null);

        FlightRole Role(string key)
        {
            cache.Flights.Join(Key(key), mayWait: true, out var role);
            return role;
        }
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

    private static Flight Join(ZooCache cache, FlightRole expected)
    {
        var flight = cache.Flights.Join(Key("key"), mayWait: true, out var role);
        role.ShouldBe(expected);
        return flight;
    }
}
