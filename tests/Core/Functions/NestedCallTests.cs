using System.Collections.Concurrent;
using Xunit.Abstractions;
using ZooCache.Tests;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

/// <summary>What a call depends on, the call around it depends on, too.</summary>
public sealed class NestedCallTests(ITestOutputHelper output)
{
    private readonly ManualTimeProvider time = new();
    private int value;

    [Fact]
    public void What_an_inner_call_depends_on_the_outer_one_depends_on()
    {
        using var cache = Cache(time);
        Outer(cache).ShouldBe(0);
        value = 1;
        Outer(cache).ShouldBe(0);

        cache.Invalidate("inner");

        Outer(cache).ShouldBe(1);
    }

    [Fact]
    public void Also_if_the_inner_one_was_there_already()
    {
        using var cache = Cache(time);
        Inner(cache);
        Outer(cache).ShouldBe(0);
        value = 1;
        cache.Invalidate("inner");
        Outer(cache).ShouldBe(1);
    }

    [Fact]
    public void Also_if_it_is_removed_or_set()
    {
        using var cache = Cache(time);
        Outer(cache).ShouldBe(0);
        value = 1;
        cache.Remove("inner");
        Outer(cache).ShouldBe(1);
        cache.Set("inner", 7);
        Outer(cache).ShouldBe(7);
        cache.Get<int>("inner").Value.ShouldBe(7);
    }

    [Fact]
    public void Also_if_the_inner_one_was_got_and_not_made()
    {
        using var cache = Cache(time);
        cache.Set("inner", 5);
        int Ask() => cache.GetOrCreate("outer", _ => cache.Get<int>("inner").Value);
        Ask().ShouldBe(5);
        cache.Set("inner", 6);
        Ask().ShouldBe(6);
    }

    [Fact]
    public void What_was_found_missing_is_depended_on_too()
    {
        using var cache = Cache(time);
        int Ask() => cache.GetOrCreate("outer", _ => cache.Get<int>("inner") is { IsHit: true, Value: var found } ? found : -1);
        Ask().ShouldBe(-1);

        cache.Set("inner", 6);

        Ask().ShouldBe(6);
    }

    [Fact]
    public void Not_if_it_is_switched_off()
    {
        using var cache = Cache(time);
        var isolated = new CacheEntryOptions { PropagatesDependencies = false, Tags = ["inner"] };
        int Ask() => cache.GetOrCreate("outer", _ => cache.GetOrCreate("inner", _ => value, isolated));
        Ask();
        value = 1;
        cache.Invalidate("inner");
        Ask().ShouldBe(0);
        cache.GetOrCreate("inner", _ => value, isolated).ShouldBe(1);
    }

    [Fact]
    public void Through_as_many_calls_as_there_are()
    {
        using var cache = Cache(time);
        int Ask(int depth) => cache.GetOrCreate($"level {depth}", scope =>
        {
            scope.DependsOn($"level:{depth}");
            return depth == 0 ? value : Ask(depth - 1);
        });
        Ask(50);
        for (var depth = 50; depth >= 0; depth--)
        {
            value++;
            cache.Invalidate($"level:{depth}");
            Ask(50).ShouldBe(depth == 0 ? value : 0, $"level {depth}");
        }
    }

    [Fact]
    public void An_inner_call_that_isnt_kept_makes_the_outer_one_not_kept()
    {
        using var cache = Cache(time);
        int Ask() => cache.GetOrCreate("outer", _ => cache.GetOrCreate("inner", scope =>
        {
            scope.DontCache();
            return ++value;
        }));
        Ask();
        Ask().ShouldBe(2);
    }

    [Fact]
    public void An_inner_call_that_cant_be_kept_hands_on_what_it_has_read()
    {
        using var cache = Cache(time, o => o.MaximumResultBytes = 1000);
        int Ask() => cache.GetOrCreate("outer", _ => cache.GetOrCreate("inner", scope =>
        {
            scope.DependsOn("inner");
            return new string('x', 1000) + value;
        }).Length + value);
        Ask();
        value = 1;
        Ask().ShouldBe(1001);
        cache.Invalidate("inner");
        Ask().ShouldBe(1002);
    }

    [Fact]
    public void What_a_failed_inner_call_has_read_counts()
    {
        using var cache = Cache(time);
        int Ask() => cache.GetOrCreate("outer", _ =>
        {
            try
            {
                return cache.GetOrCreate("inner", scope =>
                {
                    scope.DependsOn("inner");
                    return value == 0 ? throw new TimeoutException() : value;
                });
            }
            catch (TimeoutException)
            {
                return -1;
            }
        });
        Ask().ShouldBe(-1);
        value = 1;
        Ask().ShouldBe(-1);
        cache.Invalidate("inner");
        Ask().ShouldBe(1);
    }

    [Fact]
    public void The_outer_one_lives_no_longer_than_the_inner_one()
    {
        using var cache = Cache(time);
        var options = new CacheEntryOptions { AbsoluteExpiration = TimeSpan.FromSeconds(10) };
        int Ask() => cache.GetOrCreate("outer", _ => cache.GetOrCreate("inner", _ => ++value, options), new CacheEntryOptions { AbsoluteExpiration = TimeSpan.FromMinutes(5) });
        cache.GetOrCreate("inner", _ => ++value, options);
        time.Advance(TimeSpan.FromSeconds(4));
        Ask().ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(5));
        Ask().ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(1));
        Ask().ShouldBe(2);
    }

    [Fact]
    public void What_changes_between_the_inner_call_and_the_end_of_the_outer_one_isnt_missed()
    {
        using var cache = Cache(time);
        Inner(cache);
        var first = cache.GetOrCreate("outer", _ =>
        {
            var read = Inner(cache);
            value = 1;
            cache.Invalidate("inner");
            return read;
        });
        first.ShouldBe(0);
        cache.GetOrCreate("outer", _ => Inner(cache)).ShouldBe(1);
    }

    [Fact]
    public void What_an_inner_call_has_read_before_the_outer_one_began_is_judged_by_its_own_time()
    {
        using var cache = Cache(time);

        // The inner call's tag is invalidated during the outer one, before the inner one begins: it has seen that.
        cache.GetOrCreate("outer", _ =>
        {
            value = 1;
            cache.Invalidate("inner");
            return Inner(cache);
        });

        cache.Get<int>("outer").Value.ShouldBe(1);
        cache.GetStatistics().FillsRejected.ShouldBe(0);
    }

    [Fact]
    public void An_entry_that_was_evicted_meanwhile_is_depended_on_all_the_same()
    {
        using var cache = Cache(time, o => o.EntryLimit = 1);
        var first = cache.GetOrCreate("outer", _ =>
        {
            var read = Inner(cache);
            cache.GetOrCreate("another", _ => 0);
            cache.GetOrCreate("and another", _ => 0);
            return read;
        });
        first.ShouldBe(0);
        cache.Get<int>("inner").MissReason.ShouldBe("not-found");
        cache.Get<int>("outer").IsHit.ShouldBeTrue();
        value = 1;
        cache.Invalidate("inner");
        cache.Get<int>("outer").MissReason.ShouldBe("invalidated");

        // And if it is invalidated while nothing stands for it.
        cache.GetOrCreate("outer", _ =>
        {
            var read = Inner(cache);
            cache.GetOrCreate("another", _ => 0);
            cache.GetOrCreate("and another", _ => 0);
            value = 2;
            cache.Invalidate("inner");
            return read;
        }).ShouldBe(1);
        cache.Get<int>("outer").IsHit.ShouldBeFalse();
    }

    [Fact]
    public async Task Calls_that_run_side_by_side_in_one_are_all_collected()
    {
        using var cache = Cache(time);
        var values = new int[50];
        async Task<int> Ask() => await cache.GetOrCreateAsync("outer", async (_, token) =>
        {
            var parts = await Task.WhenAll(Enumerable.Range(0, values.Length).Select(i => Task.Run(async () =>
            {
                await Task.Yield();
                return cache.GetOrCreate($"part {i}", scope =>
                {
                    scope.DependsOn($"part:{i}");
                    return values[i];
                });
            }, token)));
            return parts.Sum();
        });
        (await Ask()).ShouldBe(0);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = 1;
            (await Ask()).ShouldBe(i);
            cache.Invalidate($"part:{i}");
            (await Ask()).ShouldBe(i + 1);
        }
    }

    [Fact]
    public async Task What_outlives_a_call_belongs_to_it_no_more()
    {
        using var cache = Cache(time);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<CacheScope?>? outliving = null;
        cache.GetOrCreate("outer", _ => cache.GetOrCreate("inner", _ =>
        {
            outliving = Task.Run(async () =>
            {
                await gate.Task;
                cache.GetOrCreate("late", _ => 1);
                return CacheScope.Current;
            });
            return 1;
        }));
        gate.SetResult();
        (await outliving!).ShouldBeNull();
    }

    [Fact]
    public void What_another_cache_knows_isnt_heard_of()
    {
        using var cache = Cache(time);
        using var other = Cache(time);
        cache.GetOrCreate("outer", _ => Inner(other));
        cache.Get<int>("outer").IsHit.ShouldBeFalse();
        cache.GetStatistics().FillsRejectedByReason["other-cache"].ShouldBe(1);
        other.Get<int>("inner").IsHit.ShouldBeTrue();
    }

    [Fact]
    public void Very_many_dependencies_become_few()
    {
        const int count = 5000;
        using var cache = Cache(time);
        int Ask() => cache.GetOrCreate("outer", scope =>
        {
            for (var i = 0; i < count; i++)
            {
                scope.DependsOn($"many:{i}:a", $"many:{i}:b", $"one-each-{i}:x");
            }

            scope.DependsOn("alone");
            return value;
        });
        Ask();
        cache.Entries.Single().Dependencies.Length.ShouldBeLessThanOrEqualTo(1024);
        foreach (var tag in new[] { "many:7:b", "many:4999", "one-each-4711:x", "one-each-1", "alone", "many" })
        {
            Ask().ShouldBe(value);
            value++;
            cache.Invalidate(tag);
            Ask().ShouldBe(value, tag);
        }

        cache.Clear();
        cache.Trie.NodeCount.ShouldBe(0);
    }

    /// <summary>Calls nested at random over values that other threads change: whoever asks after a change was told of it sees it.</summary>
    [Fact]
    public async Task Whoever_asks_after_a_change_sees_it()
    {
        const int cells = 40, calls = 30, threads = 4;
        var seed = StressSeed.Take(output);
        var shape = new Random(seed);
        var parts = Enumerable.Range(0, calls).Select(c => Enumerable.Range(0, 4).Select(_ => shape.Next(c + cells)).ToArray()).ToArray();
        using var cache = Cache(null, o => (o.TimeProvider, o.EntryLimit) = (TimeProvider.System, 25));
        var cellVersions = new int[cells];
        var told = new int[cells];
        var stale = new ConcurrentQueue<string>();
        var hits = 0;

        await Task.WhenAll(Enumerable.Range(0, threads).Select(t => Task.Run(async () =>
        {
            var random = new Random(seed + t + 1);
            for (var i = 0; i < 5000; i++)
            {
                if (random.Next(10) == 0)
                {
                    var cell = (random.Next(cells / threads) * threads) + t;
                    cellVersions[cell]++;
                    cache.Invalidate($"cell:{cell}");
                    Volatile.Write(ref told[cell], cellVersions[cell]);
                    continue;
                }

                var least = told.Select((_, c) => Volatile.Read(ref told[c])).ToArray();
                var call = random.Next(calls);
                var seen = random.Next(2) == 0 ? Sync(call) : await Async(call);
                foreach (var (cell, version) in seen)
                {
                    if (version < least[cell])
                    {
                        stale.Enqueue($"call {call} shows version {version} of cell {cell}, which had {least[cell]}");
                    }
                }
            }
        })));

        stale.ShouldBeEmpty();
        hits = (int)cache.GetStatistics().Hits;
        output.WriteLine($"{hits} hits, {cache.GetStatistics().Misses} misses");
        hits.ShouldBeGreaterThan(1000);
        cache.Flights.Count.ShouldBe(0);
        cache.Flights.WaitCount.ShouldBe(0);
        cache.Clear();
        cache.Trie.NodeCount.ShouldBe(0);

        Dictionary<int, int> Read(int cell, CacheScope scope)
        {
            // Named before or after the value is read: both are before the end of the call.
            var first = (cell & 1) == 0;
            if (first)
            {
                scope.DependsOn($"cell:{cell}");
            }

            var version = Volatile.Read(ref cellVersions[cell]);
            if (!first)
            {
                scope.DependsOn($"cell:{cell}");
            }

            return new() { [cell] = version };
        }

        Dictionary<int, int> Sync(int call) => cache.GetOrCreate($"call {call}", scope => Merge(parts[call].Select(p => p < cells ? Read(p, scope) : Sync(p - cells))));

        async Task<Dictionary<int, int>> Async(int call) => await cache.GetOrCreateAsync($"call {call}", async (scope, token) =>
        {
            var read = new List<Dictionary<int, int>>();
            foreach (var part in parts[call])
            {
                if (part % 3 == 0)
                {
                    await Task.Yield();
                }

                read.Add(part < cells ? Read(part, scope) : await Async(part - cells));
            }

            return Merge(read);
        });
    }

    private static Dictionary<int, int> Merge(IEnumerable<Dictionary<int, int>> parts)
    {
        var all = new Dictionary<int, int>();
        foreach (var (cell, version) in parts.SelectMany(p => p))
        {
            all[cell] = all.TryGetValue(cell, out var other) ? Math.Min(other, version) : version;
        }

        return all;
    }

    private int Inner(ZooCache cache) => cache.GetOrCreate("inner", _ => value, new CacheEntryOptions { Tags = ["inner"] });

    private int Outer(ZooCache cache) => cache.GetOrCreate("outer", _ => Inner(cache));
}
