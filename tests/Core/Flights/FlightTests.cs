using ZooCache.Tests;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class FlightTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly ManualTimeProvider time = new();

    [Fact]
    public async Task One_leads_and_a_thousand_wait_without_a_thread()
    {
        using var cache = Cache(time);
        var leader = Lead(cache);
        var waits = Enumerable.Range(0, 1000).Select(_ => Follow(cache).WaitAsync(Long, default).AsTask()).ToList();
        waits.ShouldAllBe(wait => !wait.IsCompleted);

        cache.Store(cache.BeginFill(Key("key"), [Exact("t")]), "value", 10, default, out var entry);
        leader.Complete(entry);

        var results = await Task.WhenAll(waits);
        results.ShouldAllBe(result => result.Status == FlightStatus.Completed && ReferenceEquals(result.Entry, entry));
        cache.Flights.Count.ShouldBe(0);
    }

    [Fact]
    public void A_synchronous_waiter_gets_the_same()
    {
        using var cache = Cache(time);
        var leader = Lead(cache);
        var follower = Follow(cache);
        using var waiting = new ManualResetEventSlim();
        var result = default(FlightResult);
        var thread = new Thread(() =>
        {
            waiting.Set();
            result = follower.Wait(Long, default);
        });
        thread.Start();
        waiting.Wait();

        leader.Complete(null);

        thread.Join();
        result.ShouldBe(new FlightResult(FlightStatus.Completed, null));
    }

    [Fact]
    public void Different_keys_fly_apart()
    {
        using var cache = Cache(time);
        cache.Flights.Join(Key("a"), mayWait: true, out var first);
        cache.Flights.Join(Key("b"), mayWait: true, out var second);

        (first, second).ShouldBe((FlightRole.Leader, FlightRole.Leader));
    }

    [Fact]
    public void Who_may_not_wait_leads_or_loads_for_itself()
    {
        using var cache = Cache(time);
        cache.Flights.Join(Key("key"), mayWait: false, out var first);
        var own = cache.Flights.Join(Key("key"), mayWait: false, out var second);

        (first, second).ShouldBe((FlightRole.Leader, FlightRole.Independent));
        own.Complete(null);
        Follow(cache);
    }

    [Fact]
    public void A_flight_that_a_bump_has_outdated_is_not_waited_for()
    {
        using var cache = Cache(time);
        var old = Lead(cache);
        using var fill = cache.BeginFill(Key("key"), [Exact("t")]);
        old.Started(fill);
        Follow(cache).ShouldBeSameAs(old);

        cache.Invalidate("t");

        // Its answer is older than the write that the caller may have seen finish: it flies again, and later callers wait
        // for the new flight. Turned red by `IsOutdated => false` in Flight.
        var successor = Lead(cache);
        Follow(cache).ShouldBeSameAs(successor);
        old.Complete(null);
        Follow(cache).ShouldBeSameAs(successor);
    }

    [Fact]
    public void Who_may_not_wait_leads_the_successor_of_an_outdated_flight()
    {
        using var cache = Cache(time);
        using var fill = cache.BeginFill(Key("key"), [Exact("t")]);
        Lead(cache).Started(fill);
        cache.Invalidate("t");

        cache.Flights.Join(Key("key"), mayWait: false, out var role);

        role.ShouldBe(FlightRole.Leader);
    }

    [Fact]
    public async Task What_a_waiter_gets_is_not_usable_if_it_was_bumped_meanwhile()
    {
        using var cache = Cache(time);
        var leader = Lead(cache);
        var wait = Follow(cache).WaitAsync(Long, default);
        cache.Store(cache.BeginFill(Key("key"), [Exact("t")]), "old", 10, default, out var entry);

        cache.Invalidate("t");
        leader.Complete(entry);

        cache.IsUsable((await wait).Entry!).ShouldBeFalse();
    }

    [Fact]
    public async Task A_leader_that_gives_up_hands_over_to_one_of_those_who_wait()
    {
        using var cache = Cache(time);
        var leader = Lead(cache);
        var waits = Enumerable.Range(0, 10).Select(_ => Follow(cache).WaitAsync(Long, default).AsTask()).ToList();

        leader.Abandon();

        // Turned red by not removing the flight in Flight.Land.
        (await Task.WhenAll(waits)).ShouldAllBe(result => result.Status == FlightStatus.Abandoned);
        var roles = waits.Select(_ =>
        {
            cache.Flights.Join(Key("key"), mayWait: true, out var role);
            return role;
        }).ToList();
        roles.Count(role => role == FlightRole.Leader).ShouldBe(1);
        roles.Count(role => role == FlightRole.Follower).ShouldBe(9);
    }

    [Fact]
    public async Task Giving_up_after_completion_changes_nothing()
    {
        using var cache = Cache(time);
        var leader = Lead(cache);
        var wait = Follow(cache).WaitAsync(Long, default);

        leader.Complete(null);
        leader.Abandon();

        (await wait).Status.ShouldBe(FlightStatus.Completed);
    }

    [Fact]
    public async Task A_late_leader_does_not_end_its_successors_flight()
    {
        using var cache = Cache(time);
        var late = Lead(cache);
        var waiting = Follow(cache).WaitAsync(TimeSpan.FromSeconds(10), default);
        time.Advance(TimeSpan.FromSeconds(10));
        (await waiting).Status.ShouldBe(FlightStatus.TimedOut);
        var successor = Lead(cache);
        var wait = Follow(cache).WaitAsync(Long, default);

        late.Complete(null);

        // Turned red by removing by key instead of by identity in FlightTable.Remove.
        Follow(cache).ShouldBeSameAs(successor);
        wait.IsCompleted.ShouldBeFalse();
        successor.Complete(null);
        (await wait).Status.ShouldBe(FlightStatus.Completed);
        cache.Flights.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_waiters_cancellation_is_its_own()
    {
        using var cache = Cache(time);
        var leader = Lead(cache);
        using var source = new CancellationTokenSource();
        var cancelled = Follow(cache).WaitAsync(Long, source.Token).AsTask();
        var patient = Follow(cache).WaitAsync(Long, default);

        await source.CancelAsync();

        (await Should.ThrowAsync<OperationCanceledException>(() => cancelled)).CancellationToken.ShouldBe(source.Token);
        Should.Throw<OperationCanceledException>(() => Follow(cache).Wait(Long, source.Token));
        patient.IsCompleted.ShouldBeFalse();
        leader.Complete(null);
        (await patient).Status.ShouldBe(FlightStatus.Completed);
    }

    [Fact]
    public void A_synchronous_waiter_times_out_too()
    {
        using var cache = Cache(time);
        Lead(cache);

        Follow(cache).Wait(TimeSpan.Zero, default).Status.ShouldBe(FlightStatus.TimedOut);

        Lead(cache);
    }

    [Fact]
    public async Task What_waiters_do_next_does_not_run_on_the_leaders_thread()
    {
        using var cache = Cache(time);
        var leader = Lead(cache);
        using var leaderIsDone = new ManualResetEventSlim();
        var next = Follow(cache).WaitAsync(Timeout.InfiniteTimeSpan, default).AsTask().ContinueWith(
            _ => leaderIsDone.Wait(TimeSpan.FromSeconds(10)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        // On a pool thread: where there is a synchronization context, as in tests, nothing would be inlined anyway.
        await Task.Run(() =>
        {
            leader.Complete(null);
            leaderIsDone.Set();
        });

        // Turned red (after ten seconds) by removing RunContinuationsAsynchronously in Flight.
        (await next).ShouldBeTrue();
    }

    private static Flight Lead(ZooCache cache)
    {
        var flight = cache.Flights.Join(Key("key"), mayWait: true, out var role);
        role.ShouldBe(FlightRole.Leader);
        return flight;
    }

    private static Flight Follow(ZooCache cache)
    {
        var flight = cache.Flights.Join(Key("key"), mayWait: true, out var role);
        role.ShouldBe(FlightRole.Follower);
        return flight;
    }
}
