using ZooCache.Tests;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

/// <summary>What the results of calls promise: each is made once, and again when something that it depends on has changed.</summary>
public sealed class CallTests
{
    private readonly ManualTimeProvider time = new();
    private int runs;

    [Fact]
    public async Task A_result_is_made_once_until_its_tag_is_invalidated()
    {
        using var cache = Cache(time);
        (await Name(cache)).ShouldBe("Ann 1");
        (await Name(cache)).ShouldBe("Ann 1");

        cache.Invalidate("user:42");

        (await Name(cache)).ShouldBe("Ann 2");
        cache.GetStatistics().Hits.ShouldBe(1);
        cache.GetStatistics().MissesByReason.ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["not-found"] = 1, ["invalidated"] = 1 }, ignoreOrder: true);

        ValueTask<string> Name(ZooCache of) => of.GetOrCreateAsync(
            "name of 42", async (_, token) =>
            {
                await Task.Delay(0, token);
                return $"Ann {++runs}";
            },
            new CacheEntryOptions { Tags = ["user:42"] });
    }

    [Theory]
    [InlineData("user", true)]
    [InlineData("user:42", true)]
    [InlineData("user:42:orders", true)]
    [InlineData("user:42:orders:7", false)]
    [InlineData("user:43", false)]
    [InlineData("users", false)]
    public void A_tag_ends_what_depends_on_it_and_on_the_tags_below_it(string invalidated, bool ends)
    {
        using var cache = Cache(time);
        Count(cache, "orders", new CacheEntryOptions { Tags = ["user:42:orders"] });

        cache.Invalidate(invalidated);

        Count(cache, "orders").ShouldBe(ends ? 2 : 1);
    }

    [Fact]
    public void What_a_call_names_while_it_runs_counts()
    {
        using var cache = Cache(time);
        Page(cache).ShouldBe(1);
        cache.Invalidate("page:2");
        Page(cache).ShouldBe(1);

        cache.Invalidate("page:1");
        Page(cache).ShouldBe(2);
        cache.Invalidate(TagPath.Of("author", "a:b%"));
        Page(cache).ShouldBe(3);

        int Page(ZooCache of) => of.GetOrCreate("page", scope =>
        {
            scope.DependsOn("page:1", "site");
            CacheScope.Current!.ShouldBeSameAs(scope);
            scope.DependsOn(TagPath.Of("author", "a:b%"));
            return ++runs;
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_result_that_was_begun_before_an_invalidation_is_never_served_after_it(bool namedBefore)
    {
        using var cache = Cache(time);
        var before = cache.GetOrCreate("key", scope =>
        {
            Name(scope, namedBefore);
            var read = ++runs;

            // The write that this call hasn't seen. Turned red by taking the fence after the call, and by that of the naming.
            cache.Invalidate("tag:1");
            Name(scope, !namedBefore);
            return read;
        });
        before.ShouldBe(1);

        cache.GetOrCreate("key", _ => ++runs).ShouldBe(2);
        cache.GetStatistics().FillsRejectedByReason.Keys.ShouldBe(["invalidated"]);

        static void Name(CacheScope scope, bool now)
        {
            if (now)
            {
                scope.DependsOn("tag:1:sub");
            }
        }
    }

    [Fact]
    public void A_result_that_was_begun_before_a_removal_or_a_set_is_never_served_after_it()
    {
        using var cache = Cache(time);
        cache.GetOrCreate("key", _ =>
        {
            cache.Remove("key");
            return "old";
        });
        cache.Get<string>("key").MissReason.ShouldBe("not-found");

        cache.GetOrCreate("key", _ =>
        {
            cache.Set("key", "set");
            return "old";
        }).ShouldBe("old");
        cache.Get<string>("key").Value.ShouldBe("set");

        cache.GetOrCreate("other", _ =>
        {
            cache.Clear();
            return "old";
        });
        cache.Get<string>("other").IsHit.ShouldBeFalse();
        cache.Get<string>("key").IsHit.ShouldBeFalse();
    }

    [Fact]
    public async Task Of_a_thousand_who_ask_at_once_one_makes_it()
    {
        using var cache = Cache(time);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = Enumerable.Range(0, 1000).Select(_ => cache.GetOrCreateAsync("key", async (scope, _) =>
        {
            Interlocked.Increment(ref runs);
            await gate.Task;
            scope.DependsOn("tag");
            return new List<int> { 1, 2 };
        }).AsTask()).ToList();
        asked.ShouldAllBe(a => !a.IsCompleted);

        gate.SetResult();

        var results = await Task.WhenAll(asked);
        runs.ShouldBe(1);
        results.ShouldAllBe(r => r.Count == 2);
        results.Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBe(1000);
        cache.Flights.Count.ShouldBe(0);
    }

    [Fact]
    public void A_result_expires()
    {
        using var cache = Cache(time);
        var options = new CacheEntryOptions { AbsoluteExpiration = TimeSpan.FromSeconds(10) };
        Count(cache, "key", options);
        time.Advance(TimeSpan.FromSeconds(9));
        Count(cache, "key", options).ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(1));

        cache.Get<int>("key").MissReason.ShouldBe("expired");
        Count(cache, "key", options).ShouldBe(2);
    }

    [Fact]
    public void Each_read_extends_a_result_that_slides()
    {
        using var cache = Cache(time);
        var options = new CacheEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(10), AbsoluteExpiration = TimeSpan.FromSeconds(25) };
        Count(cache, "key", options);
        for (var i = 0; i < 2; i++)
        {
            time.Advance(TimeSpan.FromSeconds(9));
            Count(cache, "key", options).ShouldBe(1);
        }

        time.Advance(TimeSpan.FromSeconds(8));
        Count(cache, "key", options).ShouldBe(2, "25 seconds are over");
        time.Advance(TimeSpan.FromSeconds(10));
        Count(cache, "key", options).ShouldBe(3, "nobody has read it for 10 seconds");
    }

    [Fact]
    public void A_call_may_say_itself_how_long_its_result_holds()
    {
        using var cache = Cache(time);
        int Ask() => cache.GetOrCreate("token", scope =>
        {
            scope.ExpiresAfter(TimeSpan.FromSeconds(30));
            scope.ExpiresAfter(TimeSpan.FromSeconds(60));
            return ++runs;
        });
        Ask();
        time.Advance(TimeSpan.FromSeconds(29));
        Ask().ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(1));
        Ask().ShouldBe(2);
    }

    [Fact]
    public void A_call_may_say_that_its_result_is_not_to_be_kept()
    {
        using var cache = Cache(time);
        int Ask(Action<CacheScope> say) => cache.GetOrCreate("key", scope =>
        {
            say(scope);
            return ++runs;
        });

        Ask(s => s.DontCache());
        Ask(s => s.ExpiresAfter(TimeSpan.Zero)).ShouldBe(2);
        Ask(_ => { }).ShouldBe(3);
        Ask(_ => { }).ShouldBe(3);
        cache.GetStatistics().FillsRejectedByReason["declined"].ShouldBe(2);
    }

    [Fact]
    public void A_call_that_is_over_names_nothing_any_more()
    {
        using var cache = Cache(time);
        CacheScope? over = null;
        cache.GetOrCreate("key", scope => over = scope, new CacheEntryOptions { SharesValue = true });

        CacheScope.Current.ShouldBeNull();
        Should.Throw<InvalidOperationException>(() => over!.DependsOn("tag")).Message.ShouldContain("over");
        Should.Throw<InvalidOperationException>(() => over!.DontCache());
        Should.Throw<InvalidOperationException>(() => over!.ExpiresAfter(TimeSpan.FromDays(1)));
    }

    [Fact]
    public async Task What_a_call_throws_is_thrown_to_all_who_wait_and_nothing_is_kept()
    {
        using var cache = Cache(time);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = Enumerable.Range(0, 20).Select(_ => cache.GetOrCreateAsync<int>("key", async (_, _) =>
        {
            Interlocked.Increment(ref runs);
            await gate.Task;
            throw new TimeoutException("the service is down");
        }).AsTask()).ToList();

        gate.SetResult();

        foreach (var one in asked)
        {
            (await Should.ThrowAsync<TimeoutException>(() => one)).Message.ShouldBe("the service is down");
        }

        runs.ShouldBe(1);
        cache.Flights.Count.ShouldBe(0);
        Should.Throw<TimeoutException>(() => cache.GetOrCreate<int>("key", _ => throw new TimeoutException("still")));
        cache.GetOrCreate("key", _ => 7).ShouldBe(7);
        cache.GetOrCreate("key", _ => 8).ShouldBe(7);
    }

    [Fact]
    public async Task Who_is_cancelled_while_he_makes_it_leaves_that_to_one_of_the_others()
    {
        using var cache = Cache(time);
        using var source = new CancellationTokenSource();
        var isRunning = new TaskCompletionSource();
        var first = cache.GetOrCreateAsync("key", async (_, token) =>
        {
            Interlocked.Increment(ref runs);
            isRunning.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return "never";
        }, cancellationToken: source.Token).AsTask();
        await isRunning.Task;
        var others = Enumerable.Range(0, 20).Select(_ => cache.GetOrCreateAsync("key", (_, _) =>
        {
            Interlocked.Increment(ref runs);
            return ValueTask.FromResult("made");
        }).AsTask()).ToList();
        others.ShouldAllBe(o => !o.IsCompleted);

        await source.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => first);
        (await Task.WhenAll(others)).ShouldAllBe(r => r == "made");
        runs.ShouldBe(2);
    }

    [Fact]
    public async Task Who_is_cancelled_while_he_waits_is_cancelled_alone()
    {
        using var cache = Cache(time);
        using var source = new CancellationTokenSource();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = Slow(cache, gate.Task).AsTask();
        var second = cache.GetOrCreateAsync("key", (_, _) => ValueTask.FromResult(2), cancellationToken: source.Token).AsTask();

        await source.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => second);
        gate.SetResult();
        (await first).ShouldBe(1);
    }

    [Theory]
    [InlineData(10, null)]
    [InlineData(3, 3.0)]
    public async Task Who_has_waited_too_long_makes_it_himself(int seconds, double? own)
    {
        using var cache = Cache(time);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = Slow(cache, gate.Task).AsTask();
        var options = own is { } timeout ? new CacheEntryOptions { FlightTimeout = TimeSpan.FromSeconds(timeout) } : null;
        var second = cache.GetOrCreateAsync("key", (_, _) => ValueTask.FromResult(2), options).AsTask();
        time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        second.IsCompleted.ShouldBeFalse();

        time.Advance(TimeSpan.FromMilliseconds(1));

        (await second).ShouldBe(2);
        gate.SetResult();
        (await first).ShouldBe(1);
    }

    [Fact]
    public void A_key_is_asked_for_within_itself()
    {
        using var cache = Cache(time);

        // As two layers do that name their keys alike.
        cache.GetOrCreate("key", _ => 1 + cache.GetOrCreate("key", _ => 1)).ShouldBe(2);
        cache.Clear();

        // That would never end.
        int Ask() => cache.GetOrCreate("key", _ => 1 + Ask());
        Should.Throw<InvalidOperationException>(() => Ask()).Message.ShouldContain("its own result");
        cache.Flights.Count.ShouldBe(0);
        cache.GetOrCreate("key", _ => 5).ShouldBe(5);
    }

    [Fact]
    public async Task Two_calls_that_ask_for_one_another_come_to_their_end()
    {
        using var cache = Cache(time);
        var both = new Barrier(2);
        async Task<string> Ask(string own, string other) => await cache.GetOrCreateAsync(own, async (_, token) =>
        {
            await Task.Run(both.SignalAndWait, token);
            return own + await cache.GetOrCreateAsync(other, (_, _) => ValueTask.FromResult(other), cancellationToken: token);
        });

        var results = await Task.WhenAll(Task.Run(() => Ask("a", "b")), Task.Run(() => Ask("b", "a")));

        // One of them waits for the other, which doesn't wait.
        string.Join(' ', results).ShouldBeOneOf("ab bab", "aba ba");
        cache.Flights.WaitCount.ShouldBe(0);
    }

    [Fact]
    public void Nothing_is_an_answer()
    {
        using var cache = Cache(time);
        Ask().ShouldBeNull();
        Ask().ShouldBeNull();
        runs.ShouldBe(1);
        cache.Get<string?>("key").IsHit.ShouldBeTrue();
        cache.Get<int>("key").MissReason.ShouldBe("other-type");
        cache.GetOrCreate("number", _ => (int?)null).ShouldBeNull();
        cache.Get<int?>("number").IsHit.ShouldBeTrue();

        string? Ask() => cache.GetOrCreate<string?>("key", _ =>
        {
            runs++;
            return null;
        });
    }

    [Fact]
    public void A_result_of_another_type_is_replaced()
    {
        using var cache = Cache(time);
        cache.GetOrCreate("key", _ => 1).ShouldBe(1);
        cache.GetOrCreate("key", _ => "one").ShouldBe("one");
        cache.GetOrCreate("key", _ => "two").ShouldBe("one");
        cache.Get<int>("key").MissReason.ShouldBe("other-type");
        cache.Get<object>("key").Value.ShouldBe("one");
        cache.GetStatistics().MissesByReason["other-type"].ShouldBe(2);
    }

    [Fact]
    public async Task Values_are_set_got_and_removed()
    {
        using var cache = Cache(time);
        cache.Get<int>("key").MissReason.ShouldBe("not-found");
        cache.Set("key", 1, new CacheEntryOptions { Tags = ["tag"], AbsoluteExpiration = TimeSpan.FromSeconds(10) });
        cache.Get<int>("key").ShouldBe(new CacheResult<int>(1));
        await cache.SetAsync("key", 2, new CacheEntryOptions { Tags = ["tag"] });
        (await cache.GetAsync<int>("key")).Value.ShouldBe(2);

        cache.Invalidate("tag:below");
        cache.Get<int>("key").IsHit.ShouldBeTrue();
        await cache.InvalidateAsync("tag");
        var missed = cache.Get<int>("key");
        (missed.MissReason, missed.Cause, missed.Value).ShouldBe(("invalidated", "Invalidate of tag", 0));

        cache.Set("key", 3);
        cache.Remove("key");
        cache.Get<int>("key").MissReason.ShouldBe("not-found");
        cache.Set("key", 4);
        await cache.RemoveAsync("key");
        cache.Get<int>("key").IsHit.ShouldBeFalse();
        cache.GetStatistics().Entries.ShouldBe(0);
    }

    [Fact]
    public void A_refresh_makes_it_anew()
    {
        using var cache = Cache(time);
        Count(cache, "key");
        Count(cache, "key", new CacheEntryOptions { Refresh = true }).ShouldBe(2);
        Count(cache, "key").ShouldBe(2);
        cache.GetStatistics().MissesByReason["refresh"].ShouldBe(1);
    }

    [Fact]
    public void A_cache_that_is_switched_off_makes_everything_anew()
    {
        using var cache = Cache(time);
        Count(cache, "key");
        cache.Enabled = false;
        Count(cache, "key").ShouldBe(2);
        cache.Get<int>("key").MissReason.ShouldBe("disabled");
        cache.Set("key", 9);
        cache.Enabled = true;

        cache.Get<int>("key").IsHit.ShouldBeFalse("it was set while nothing could be kept");
        cache.GetStatistics().BypassesByReason["disabled"].ShouldBe(2);
    }

    [Fact]
    public void A_cache_that_is_disposed_makes_everything_anew()
    {
        var cache = Cache(time);
        Count(cache, "key");
        cache.Dispose();
        Count(cache, "key").ShouldBe(2);
        Count(cache, "key").ShouldBe(3);
        cache.Set("key", 1);
        cache.Remove("key");
    }

    [Fact]
    public void A_write_under_way_keeps_what_it_overlaps_from_being_kept()
    {
        using var cache = Cache(time);
        using (var write = cache.Write("user:42"))
        {
            Count(cache, "key", new CacheEntryOptions { Tags = ["user:42:name"] });
            cache.GetOrCreate("late", scope =>
            {
                scope.DependsOn("user:42");
                return 0;
            });
            cache.GetStatistics().FillsRejectedByReason["marked"].ShouldBe(2);
        }

        Count(cache, "key", new CacheEntryOptions { Tags = ["user:42:name"] });
        Count(cache, "key").ShouldBe(2);
    }

    [Fact]
    public void The_version_of_a_tag_grows_with_its_invalidations()
    {
        using var cache = Cache(time);
        var first = cache.GetTagVersion("user:42");
        cache.Invalidate("user:42");
        var second = cache.GetTagVersion("user:42");
        second.ShouldBeGreaterThan(first);
        cache.Invalidate("user:43");
        cache.Invalidate("user:42:orders");
        cache.GetTagVersion("user:42").ShouldBe(second);
        Count(cache, "key", new CacheEntryOptions { Tags = ["user:42"] });
        cache.GetTagVersion("user:42").ShouldBe(second);
        cache.Invalidate("user");
        cache.GetTagVersion("user:42").ShouldBeGreaterThan(second);
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        using var cache = Cache(time);
        Should.Throw<ArgumentNullException>(() => cache.GetOrCreate(null!, _ => 1));
        Should.Throw<ArgumentNullException>(() => cache.GetOrCreate<int>("key", null!));
        Should.Throw<FormatException>(() => new CacheEntryOptions { Tags = ["a::b"] });
        Should.Throw<FormatException>(() => cache.GetOrCreate("key", scope =>
        {
            scope.DependsOn("a::b");
            return 1;
        }));
        Should.Throw<ArgumentOutOfRangeException>(() => new CacheEntryOptions { AbsoluteExpiration = TimeSpan.Zero }).Message.ShouldContain("CacheEntryOptions.AbsoluteExpiration");
        Should.Throw<ArgumentOutOfRangeException>(() => new CacheEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(-1) });
        Should.Throw<ArgumentOutOfRangeException>(() => new CacheEntryOptions { FlightTimeout = TimeSpan.FromDays(25) });
        cache.Flights.Count.ShouldBe(0);
    }

    [Fact]
    public void Keys_that_differ_at_all_are_different()
    {
        using var cache = Cache(time);
        string[] keys = ["", "a", "A", "a ", "\0", "a\0", "ä", "a\u0308", "\uD800", "\uD801", "ef:db", new string('x', 10_000), new string('x', 10_001)];
        foreach (var key in keys)
        {
            cache.GetOrCreate(key, _ => key);
        }

        keys.ShouldAllBe(key => cache.Get<string>(key).Value == key);
    }

    [Fact]
    public void A_hit_allocates_nothing()
    {
        using var cache = Cache(time);
        var options = new CacheEntryOptions { Tags = ["a:1", "b:2", "c:3", "d:4"] };
        var sum = 0;
        for (var i = 0; i < 100; i++)
        {
            sum += Ask();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            sum += Ask();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        sum.ShouldBe(1100 * 42 * 2);

        int Ask()
        {
            var task = cache.GetOrCreateAsync("the key of a number", 42, static (state, _, _) => ValueTask.FromResult(state), options);
            return task.Result + cache.GetOrCreate("the key of a number", 0, static (state, _) => state, options);
        }
    }

    private static ValueTask<int> Slow(ZooCache cache, Task gate) => cache.GetOrCreateAsync("key", async (_, _) =>
    {
        await gate;
        return 1;
    });

    private int Count(ZooCache cache, string key, CacheEntryOptions? options = null) => cache.GetOrCreate(key, _ => ++runs, options);
}
