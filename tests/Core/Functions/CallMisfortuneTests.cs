using System.Collections.Immutable;
using System.Net.NetworkInformation;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ZooCache.Tests;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

/// <summary>Calls and values that ask for trouble: none gets a wrong answer, takes somebody else down, or ends the process.</summary>
public sealed class CallMisfortuneTests
{
    private readonly ManualTimeProvider time = new();
    private int value;

    [Fact]
    public async Task Who_goes_on_without_what_failed_elsewhere_isnt_kept()
    {
        using var cache = Cache(time);
        var (started, gate) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        ValueTask<int> Inner() => cache.GetOrCreateAsync("inner", async (scope, _) =>
        {
            scope.DependsOn("row");
            started.TrySetResult();
            await gate.Task;
            return value == 0 ? throw new TimeoutException() : value;
        });
        var leader = Inner().AsTask();
        await started.Task;
        async Task<int> Ask() => await cache.GetOrCreateAsync("outer", async (_, _) =>
        {
            try
            {
                return await Inner();
            }
            catch (TimeoutException)
            {
                return -1;
            }
        });
        var outer = Ask();
        gate.SetResult();
        await Should.ThrowAsync<TimeoutException>(() => leader);
        (await outer).ShouldBe(-1);
        value = 1;
        cache.Invalidate("row");
        (await Ask()).ShouldBe(1);
    }

    [Fact]
    public async Task What_outlives_the_call_it_was_begun_in_counts_for_the_one_around()
    {
        using var cache = Cache(time);
        async Task<int> Ask() => await cache.GetOrCreateAsync("outer", async (_, token) =>
        {
            var gate = new TaskCompletionSource();
            Task<int>? pending = null;
            await cache.GetOrCreateAsync("middle", (_, inner) =>
            {
                pending = cache.GetOrCreateAsync("inner", async (scope, _) =>
                {
                    await gate.Task;
                    scope.DependsOn("row");
                    return value;
                }, cancellationToken: inner).AsTask();
                return ValueTask.FromResult(0);
            }, new CacheEntryOptions { Refresh = true }, token);
            gate.SetResult();
            return await pending!;
        });
        (await Ask()).ShouldBe(0);
        value = 1;
        cache.Invalidate("row");
        (await Ask()).ShouldBe(1);
    }

    [Fact]
    public void What_isnt_to_be_kept_isnt_in_a_call_around_either_even_if_nothing_is_handed_on()
    {
        using var cache = Cache(time);
        int Ask() => cache.GetOrCreate("outer", _ => cache.GetOrCreate("inner", scope =>
        {
            scope.DontCache();
            return ++value;
        }, new CacheEntryOptions { PropagatesDependencies = false }));
        Ask();
        Ask().ShouldBe(2);
    }

    [Fact]
    public void What_cant_be_kept_lets_the_outer_one_live_no_longer()
    {
        using var cache = Cache(time, o => (o.DefaultExpiration, o.MaximumResultBytes) = (TimeSpan.FromMinutes(1), 4096));
        int Ask() => cache.GetOrCreate(
            "outer", _ => cache.GetOrCreate("inner", _ => new int[10_000].Append(++value).ToArray())[^1], new CacheEntryOptions { AbsoluteExpiration = TimeSpan.FromHours(1) });
        Ask();
        time.Advance(TimeSpan.FromMinutes(2));
        Ask().ShouldBe(2);
    }

    [Fact]
    public async Task What_is_set_meanwhile_isnt_overwritten_by_who_has_waited()
    {
        using var cache = Cache(time);
        var (started, gate) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        async Task<string> Ask() => await cache.GetOrCreateAsync("key", async (_, _) =>
        {
            started.TrySetResult();
            await gate.Task;
            return "made";
        });
        var first = Ask();
        await started.Task;
        var second = Ask();
        cache.Set("key", "set");
        gate.SetResult();
        (await first).ShouldBe("made");
        (await second).ShouldBe("set");
        cache.Get<string>("key").Value.ShouldBe("set");
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("not to be kept")]
    public async Task What_fails_for_its_caller_alone_doesnt_fail_the_others(string why)
    {
        using var cache = Cache(time);
        using var source = new CancellationTokenSource();
        var (started, gate) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        ValueTask<int> Ask(CancellationToken token) => cache.GetOrCreateAsync("key", async (scope, _) =>
        {
            if (++value > 1)
            {
                return value;
            }

            started.SetResult();
            await gate.Task;
            if (why == "not to be kept")
            {
                scope.DontCache();
            }

            throw new InvalidOperationException("of the first");
        }, cancellationToken: token);
        var first = Ask(source.Token).AsTask();
        await started.Task;
        var second = Ask(CancellationToken.None).AsTask();
        if (why == "cancelled")
        {
            await source.CancelAsync();
        }

        gate.SetResult();
        await Should.ThrowAsync<InvalidOperationException>(() => first);
        (await second).ShouldBe(2);
    }

    [Fact]
    public async Task What_was_made_although_it_was_cancelled_isnt_kept()
    {
        using var cache = Cache(time);
        using var source = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        ValueTask<string> Ask(CancellationToken token) => cache.GetOrCreateAsync("key", async (_, cancel) =>
        {
            if (++value > 1)
            {
                return "whole";
            }

            started.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel).ContinueWith(_ => { }, TaskScheduler.Default);
            return "part";
        }, cancellationToken: token);
        var first = Ask(source.Token).AsTask();
        await started.Task;
        var second = Ask(CancellationToken.None).AsTask();
        await source.CancelAsync();
        (await first).ShouldBe("part");
        (await second).ShouldBe("whole");
        cache.Get<string>("key").Value.ShouldBe("whole");
    }

    [Fact]
    public void Very_deep_recursion_is_an_exception()
    {
        using var cache = Cache(time);
        Func<int, int> sum = null!;
        sum = cache.Memoize((int n) => n == 0 ? 0 : n + sum(n - 1));
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() => sum(100_000)), 1024 * 1024);
        thread.Start();
        thread.Join();
        failure.ShouldBeOfType<InsufficientExecutionStackException>();
        sum(50).ShouldBe(1275);
    }

    [Fact]
    public async Task Flights_that_have_landed_are_forgotten_by_what_outlives_them()
    {
        using var cache = Cache(time);
        var depth = new TaskCompletionSource<int>();
        void Next(int left)
        {
            if (left == 0)
            {
                var count = 0;
                for (var leading = cache.Flights.Flow.Value; leading is not null; leading = leading.Outer)
                {
                    count++;
                }

                depth.SetResult(count);
                return;
            }

            var landed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            cache.GetOrCreate("key", scope =>
            {
                _ = landed.Task.ContinueWith(_ => Next(left - 1), TaskScheduler.Default);
                return scope is null ? 0 : 1;
            }, new CacheEntryOptions { Refresh = true });
            landed.SetResult();
        }

        Next(50);
        (await depth.Task).ShouldBeLessThan(3);
    }

    [Fact]
    public void A_task_isnt_a_result()
    {
        using var cache = Cache(time);
        Should.Throw<ArgumentException>(() => cache.GetOrCreate("key", _ => Task.FromResult(1), new CacheEntryOptions { SharesValue = true })).Message.ShouldContain("GetOrCreateAsync");
        Should.Throw<ArgumentException>(() => cache.Set("key", new[] { 1 }.AsQueryable()));
    }

    [Fact]
    public void A_reader_with_a_short_stack_makes_it_anew()
    {
        using var cache = Cache(time);
        Nested Ask() => cache.GetOrCreate("key", _ =>
        {
            value++;
            return Enumerable.Range(0, 190).Aggregate(new Nested(), (inner, _) => new Nested { Inner = inner });
        });
        Ask();
        Ask();
        value.ShouldBe(1);
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() => Ask()), 256 * 1024);
        thread.Start();
        thread.Join();
        failure.ShouldBeNull();
    }

    [Fact]
    public void A_type_that_nests_ever_larger_ones_is_no_trouble()
    {
        using var cache = Cache(time);
        cache.GetOrCreate("key", _ => new FingerTree<int> { First = 5 });
        cache.Get<FingerTree<int>>("key").Value!.First.ShouldBe(5);
    }

    [Fact]
    public void A_comparer_that_can_be_changed_isnt_shared()
    {
        using var cache = Cache(time);
        HashSet<string> Ask() => cache.GetOrCreate("key", _ => new HashSet<string>(new Looseness()) { "a", "A" });
        ((Looseness)Ask().Comparer).IgnoresCase = true;
        Ask().Count.ShouldBe(2);
        cache.GetStatistics().LastValueProblem!.ShouldContain("comparer");
    }

    [Fact]
    public void Inline_arrays_are_neither_torn_nor_taken_for_one_another()
    {
        using var cache = Cache(time);
        cache.Set("key", new WithInline());
        cache.Get<WithInline>("key").IsHit.ShouldBeFalse();
        cache.Set("numbers", new InlineNumbers());
        cache.Get<InlineNumbers>("numbers").IsHit.ShouldBeTrue();
        Should.Throw<ArgumentException>(() => cache.Memoize((InlineNumbers n) => n[1])(default));
    }

    [Fact]
    public void Arrays_that_differ_at_all_are_different_arguments()
    {
        using var cache = Cache(time);
        var name = cache.Memoize((object a) => a.GetType().Name);
        (name(new byte[] { 255 }), name(new sbyte[] { -1 }), name(new[] { DayOfByte.Monday })).ShouldBe(("Byte[]", "SByte[]", "DayOfByte[]"));
        var bound = cache.Memoize((Array a) => a.GetLowerBound(0));
        (bound(Array.CreateInstance(typeof(int), [2], [5])), bound(Array.CreateInstance(typeof(int), [2], [7]))).ShouldBe((5, 7));
        Should.Throw<ArgumentException>(() => cache.Memoize((ImmutableArray<int> a) => a.IsDefault)(default));
        cache.Set("key", new[] { -1 });
        cache.Get<uint[]>("key").MissReason.ShouldBe("other-type");
    }

    [Fact]
    public void A_set_within_a_ring_finds_its_items()
    {
        using var cache = Cache(time);
        Category Ask() => cache.GetOrCreate("key", _ =>
        {
            var parent = new Category("parent");
            parent.Children.Add(new Category("child") { Parent = parent });
            return parent;
        });
        Ask();
        Ask().Children.Contains(Ask().Children.First()).ShouldBeFalse("its parent is another copy");
        var got = Ask();
        got.Children.Contains(got.Children.First()).ShouldBeTrue();
        got.Children.First().Parent.ShouldBeSameAs(got);
    }

    [Fact]
    public void A_set_whose_items_are_alike_by_now_isnt_kept()
    {
        using var cache = Cache(time);
        int Ask() => cache.GetOrCreate("key", _ =>
        {
            var second = new Tag { Name = "b" };
            var tags = new HashSet<Tag> { new() { Name = "a" }, second };
            second.Name = "a";
            return tags;
        }).Count;
        Ask().ShouldBe(2);
        Ask().ShouldBe(2);
        cache.GetStatistics().FillsRejectedByReason["not-copyable"].ShouldBe(2);
    }

    [Fact]
    public void What_looks_immutable_and_isnt_is_copied()
    {
        using var cache = Cache(time);
        byte[] bytes = [1, 2, 3, 4, 5, 6];
        cache.Set("address", new PhysicalAddress(bytes));
        bytes[0] = 9;
        cache.Get<PhysicalAddress>("address").Value!.ToString().ShouldBe("010203040506");

        var gate = new object();
        cache.Set("lock", gate);
        cache.Get<object>("lock").Value.ShouldNotBeSameAs(gate);

        cache.Set("part", JsonNode.Parse("""{"a":{"b":1}}""")!["a"]!);
        cache.Get<JsonNode>("part").IsHit.ShouldBeFalse();

        var list = ImmutableList.Create(new Tag());
        cache.Set("twice", new[] { list, list });
        var twice = cache.Get<ImmutableList<Tag>[]>("twice").Value!;
        twice[0].ShouldBeSameAs(twice[1]);
        twice[0][0].ShouldNotBeSameAs(list[0]);
        cache.Set("pairs", ImmutableDictionary<string, Tag>.Empty.Add("a", list[0]));
        cache.Get<ImmutableDictionary<string, Tag>>("pairs").Value!["a"].ShouldNotBeSameAs(list[0]);
    }

    private enum DayOfByte : byte
    {
        Monday,
    }

    private sealed class Nested
    {
        public Nested? Inner { get; set; }
    }

    private sealed class FingerTree<T>
    {
        public FingerTree<Tuple<T, T>>? Middle { get; init; }

        public T? First { get; init; }
    }

    private sealed class Looseness : IEqualityComparer<string>
    {
        public bool IgnoresCase { get; set; }

        public bool Equals(string? x, string? y) => Comparer.Equals(x, y);

        public int GetHashCode(string obj) => Comparer.GetHashCode(obj);

        private StringComparer Comparer => IgnoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
    }

    private sealed class WithInline
    {
        public InlineTags Tags { get; set; }
    }

    [InlineArray(3)]
    [StructLayout(LayoutKind.Auto)]
    private struct InlineTags
    {
        private Tag? first;
    }

    [InlineArray(3)]
    [StructLayout(LayoutKind.Auto)]
    private struct InlineNumbers
    {
        private int first;
    }

    private sealed record Category(string Name)
    {
        public Category? Parent { get; set; }

        public HashSet<Category> Children { get; } = [];
    }

    private sealed record Tag
    {
        public string Name { get; set; } = "";
    }
}
