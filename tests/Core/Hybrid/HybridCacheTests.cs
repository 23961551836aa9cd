using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.Tests;

namespace ZooCache.Core.Tests;

/// <summary>What <see cref="HybridCache"/> promises, asked of it alone.</summary>
public sealed class HybridCacheTests : IDisposable
{
    private readonly ManualTimeProvider time = new();
    private readonly List<ServiceProvider> made = [];
    private int runs;

    public void Dispose() => made.ForEach(m => m.Dispose());

    [Fact]
    public async Task A_factory_runs_once()
    {
        var hybrid = Make();
        (await Count(hybrid, "key")).ShouldBe(1);
        (await Count(hybrid, "key")).ShouldBe(1);
        (await Count(hybrid, "other")).ShouldBe(2);
        (await hybrid.GetOrCreateAsync($"k{"ey"}", _ => ValueTask.FromResult(++runs))).ShouldBe(1);
        (await hybrid.GetOrCreateAsync("key".AsSpan(), _ => ValueTask.FromResult(++runs))).ShouldBe(1);
        (await hybrid.GetOrCreateAsync("state", 5, static (state, _) => ValueTask.FromResult(state))).ShouldBe(5);
    }

    [Fact]
    public async Task Of_many_who_ask_at_once_one_runs_it()
    {
        var hybrid = Make();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = Enumerable.Range(0, 500).Select(_ => hybrid.GetOrCreateAsync("key", async token =>
        {
            Interlocked.Increment(ref runs);
            await gate.Task.WaitAsync(token);
            return new Basket { Items = { "apple" } };
        }).AsTask()).ToList();
        gate.SetResult();
        var baskets = await Task.WhenAll(asked);
        runs.ShouldBe(1);
        baskets.Distinct(ReferenceEqualityComparer.Instance).Count().ShouldBe(500);
        baskets.ShouldAllBe(b => b.Items.Count == 1);
    }

    [Fact]
    public async Task Values_are_set_and_removed()
    {
        var hybrid = Make();
        await hybrid.SetAsync("key", 5);
        (await Count(hybrid, "key")).ShouldBe(5);
        await hybrid.RemoveAsync("key");
        (await Count(hybrid, "key")).ShouldBe(1);
        await hybrid.SetAsync("a", 5);
        await hybrid.SetAsync("b", 6);
        await hybrid.RemoveAsync(["a", "b", "never there"]);
        (await Count(hybrid, "a")).ShouldBe(2);
        (await Count(hybrid, "b")).ShouldBe(3);
        await hybrid.RemoveAsync([]);
    }

    [Theory]
    [InlineData("user:42", true)]
    [InlineData("user", true)]
    [InlineData("*", true)]
    [InlineData("any text: with :: colons, 100%", true)]
    [InlineData("ef", true)]
    [InlineData("call:1", true)]
    [InlineData("hybrid", true)]
    [InlineData("user:42:orders", false)]
    [InlineData("user:4", false)]
    [InlineData("any text", false)]
    [InlineData("", false)]
    [InlineData(" ", false)]
    [InlineData("ef:db", false)]
    [InlineData("call", false)]
    public async Task Tags_remove_what_has_them_or_a_tag_below(string tag, bool removes)
    {
        var hybrid = Make();
        string[] tags = ["user:42", "any text: with :: colons, 100%", "ef", "call:1", "hybrid", new string('x', 5000)];
        await Count(hybrid, "key", tags: tags);
        await hybrid.RemoveByTagAsync(tag);
        (await Count(hybrid, "key", tags: tags)).ShouldBe(removes ? 2 : 1);
        await hybrid.RemoveByTagAsync(["nothing", new string('x', 5000)]);
        (await Count(hybrid, "key")).ShouldBe(removes ? 3 : 2);
    }

    [Fact]
    public async Task Tags_that_are_none_are_refused()
    {
        var hybrid = Make();
        foreach (var tag in new[] { "*", "", " ", null })
        {
            await Should.ThrowAsync<ArgumentException>(async () => await Count(hybrid, "key", tags: ["fine", tag!]));
        }

        (await Count(hybrid, "key")).ShouldBe(1);
    }

    [Fact]
    public async Task Tags_of_others_dont_reach_what_is_zoocaches_own()
    {
        var hybrid = Make();
        var cache = made[^1].GetRequiredService<ZooCache>();
        cache.GetOrCreate("call", _ => 1);
        cache.GetOrCreate("query", scope =>
        {
            scope.DependsOn("ef:db:ORDERS");
            return 1;
        });
        foreach (var tag in new[] { "*", "ef", "ef:db", "ef:db:ORDERS", "call", "hybrid", "hybrid:ef" })
        {
            await hybrid.RemoveByTagAsync(tag);
        }

        cache.Get<int>("call").IsHit.ShouldBeTrue();
        cache.Get<int>("query").IsHit.ShouldBeTrue();
        await hybrid.SetAsync("call", 7);
        await hybrid.RemoveAsync("call");
        cache.Get<int>("call").Value.ShouldBe(1);
        await Count(hybrid, "tagged", tags: ["user:42"]);
        cache.Invalidate("user");
        (await Count(hybrid, "tagged")).ShouldBe(2);
    }

    [Theory]
    [InlineData("remove")]
    [InlineData("tag")]
    [InlineData("tag above")]
    [InlineData("*")]
    [InlineData("set")]
    public async Task What_is_removed_while_it_is_made_isnt_left_behind(string how)
    {
        var hybrid = Make();
        var (isRunning, gate) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var old = hybrid.GetOrCreateAsync(
            "key", async token =>
            {
                isRunning.SetResult();
                await gate.Task.WaitAsync(token);
                return 100;
            },
            tags: ["user:42"]).AsTask();
        await isRunning.Task;

        await (how switch
        {
            "remove" => hybrid.RemoveAsync("key"),
            "tag" => hybrid.RemoveByTagAsync("user:42"),
            "tag above" => hybrid.RemoveByTagAsync("user"),
            "*" => hybrid.RemoveByTagAsync("*"),
            _ => hybrid.SetAsync("key", 1),
        });

        // Neither to who asks now, while it is still being made, nor to who asks afterwards.
        (await Count(hybrid, "key")).ShouldBe(1);
        gate.SetResult();
        (await old).ShouldBe(100);
        (await Count(hybrid, "key")).ShouldBe(1);
    }

    [Fact]
    public async Task Results_expire()
    {
        var hybrid = Make(o => o.DefaultEntryOptions = new HybridCacheEntryOptions { Expiration = TimeSpan.FromSeconds(10) });
        await Count(hybrid, "default");
        await Count(hybrid, "own", Expires(20));
        await Count(hybrid, "local", new HybridCacheEntryOptions { Expiration = TimeSpan.FromSeconds(20), LocalCacheExpiration = TimeSpan.FromSeconds(5) });
        await Count(hybrid, "local is longer", new HybridCacheEntryOptions { Expiration = TimeSpan.FromSeconds(5), LocalCacheExpiration = TimeSpan.FromSeconds(20) });
        await Count(hybrid, "not at all", Expires(0));
        runs = 100;
        time.Advance(TimeSpan.FromSeconds(6));
        (await Count(hybrid, "default")).ShouldBe(1);
        (await Count(hybrid, "own")).ShouldBe(2);
        (await Count(hybrid, "local")).ShouldBe(101);
        (await Count(hybrid, "local is longer")).ShouldBe(102);
        (await Count(hybrid, "not at all")).ShouldBe(103);
        time.Advance(TimeSpan.FromSeconds(5));
        (await Count(hybrid, "default")).ShouldBe(104);
        (await Count(hybrid, "own")).ShouldBe(2);

        static HybridCacheEntryOptions Expires(int seconds) => new() { Expiration = TimeSpan.FromSeconds(seconds) };
    }

    [Fact]
    public async Task Flags_are_honoured()
    {
        var hybrid = Make();
        (await Count(hybrid, "key", Flags(HybridCacheEntryFlags.DisableUnderlyingData))).ShouldBe(0);
        runs.ShouldBe(0);
        (await Count(hybrid, "key", Flags(HybridCacheEntryFlags.DisableLocalCacheWrite))).ShouldBe(1);
        (await Count(hybrid, "key")).ShouldBe(2);
        (await Count(hybrid, "key", Flags(HybridCacheEntryFlags.DisableLocalCacheRead))).ShouldBe(3);
        (await Count(hybrid, "key")).ShouldBe(3);
        (await Count(hybrid, "key", Flags(HybridCacheEntryFlags.DisableLocalCache))).ShouldBe(4);
        (await Count(hybrid, "key", Flags(HybridCacheEntryFlags.DisableLocalCacheWrite))).ShouldBe(3);
        (await Count(hybrid, "key", Flags(HybridCacheEntryFlags.DisableUnderlyingData))).ShouldBe(3);
        (await Count(hybrid, "key", Flags(HybridCacheEntryFlags.DisableUnderlyingData | HybridCacheEntryFlags.DisableLocalCacheRead))).ShouldBe(0);
        await hybrid.SetAsync("key", 50, Flags(HybridCacheEntryFlags.DisableLocalCacheWrite));
        (await Count(hybrid, "key")).ShouldBe(5);
        (await Count(hybrid, "key", Flags(HybridCacheEntryFlags.DisableCompression | HybridCacheEntryFlags.DisableDistributedCache))).ShouldBe(5);
        var byDefault = Make(o => o.DefaultEntryOptions = Flags(HybridCacheEntryFlags.DisableLocalCache));
        runs = 0;
        await Count(byDefault, "key");
        (await Count(byDefault, "key")).ShouldBe(2);

        static HybridCacheEntryOptions Flags(HybridCacheEntryFlags flags) => new() { Flags = flags };
    }

    [Fact]
    public async Task What_is_too_large_isnt_kept()
    {
        var hybrid = Make(o => (o.MaximumKeyLength, o.MaximumPayloadBytes) = (10, 1000));
        await Count(hybrid, "0123456789");
        (await Count(hybrid, "0123456789")).ShouldBe(1);
        await Count(hybrid, "0123456789a");
        (await Count(hybrid, "0123456789a")).ShouldBe(3);
        await hybrid.SetAsync("0123456789a", 70);
        await hybrid.RemoveAsync("0123456789a");
        (await Count(hybrid, "0123456789a", new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData })).ShouldBe(0);
        (await Text(450)).ShouldBe(1);
        (await Text(450)).ShouldBe(1);
        (await Text(600)).ShouldBe(2);
        (await Text(600)).ShouldBe(3);

        async Task<int> Text(int length)
        {
            var text = await hybrid.GetOrCreateAsync($"text {length}", _ => ValueTask.FromResult($"{++texts}".PadRight(length)));
            return int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    private int texts;

    [Fact]
    public async Task Serializers_are_those_of_the_container()
    {
        var serializer = new JsonSerializerOf<Basket>();
        var hybrid = Make(services: s => s.AddSingleton<IHybridCacheSerializer<Basket>>(serializer));
        var basket = new Basket { Items = { "apple" } };
        (await hybrid.GetOrCreateAsync("key", _ => ValueTask.FromResult(basket))).ShouldBeSameAs(basket);
        basket.Items.Add("changed");
        for (var i = 0; i < 3; i++)
        {
            var got = await hybrid.GetOrCreateAsync<Basket>("key", _ => throw new InvalidOperationException());
            got.Items.ShouldBe(["apple"]);
            got.Items.Add("changed");
        }

        (serializer.Written, serializer.Read).ShouldBe((1, 3));

        // What was written as it can't be read any more is made anew.
        serializer.Fails = true;
        (await hybrid.GetOrCreateAsync("key", _ => ValueTask.FromResult(new Basket { Items = { "new" } }))).Items.ShouldBe(["new"]);
        serializer.Fails = false;
        (await hybrid.GetOrCreateAsync<Basket>("key", _ => throw new InvalidOperationException())).Items.ShouldBe(["apple"], "the new one couldn't be written, and the old one still holds");
    }

    [Fact]
    public async Task The_last_factory_of_serializers_that_can_is_asked()
    {
        var (first, last) = (new Factory<Basket>(), new Factory<List<int>>());
        var hybrid = Make(services: s => s.AddSingleton<IHybridCacheSerializerFactory>(first).AddSingleton<IHybridCacheSerializerFactory>(last));
        await hybrid.SetAsync("basket", new Basket());
        await hybrid.SetAsync("numbers", new List<int> { 1 });
        await hybrid.SetAsync("others", new HashSet<int> { 1 });
        (first.Serializer.Written, last.Serializer.Written).ShouldBe((1, 1));
        (await hybrid.GetOrCreateAsync("others", _ => ValueTask.FromResult(new HashSet<int>()))).ShouldBe([1]);
        (await hybrid.GetOrCreateAsync("text", _ => ValueTask.FromResult("text"))).ShouldBe("text");
    }

    [Fact]
    public async Task Null_is_a_result_and_what_fails_isnt()
    {
        var hybrid = Make(services: s => s.AddSingleton<IHybridCacheSerializer<Basket>>(new JsonSerializerOf<Basket>()));
        await hybrid.SetAsync<Basket?>("key", null);
        (await hybrid.GetOrCreateAsync<Basket?>("key", _ => throw new InvalidOperationException())).ShouldBeNull();
        await Should.ThrowAsync<TimeoutException>(async () => await hybrid.GetOrCreateAsync<int>("failing", _ => throw new TimeoutException()));
        (await Count(hybrid, "failing")).ShouldBe(1);
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await hybrid.GetOrCreateAsync(
            "cancelled", token => ValueTask.FromResult(token.IsCancellationRequested ? 1 : 2), cancellationToken: source.Token));
        await Should.ThrowAsync<ArgumentNullException>(async () => await hybrid.SetAsync<int>(null!, 1));
        await Should.ThrowAsync<ArgumentNullException>(async () => await hybrid.RemoveAsync((string)null!));
        await Should.ThrowAsync<ArgumentNullException>(async () => await hybrid.GetOrCreateAsync<int>((string)null!, _ => ValueTask.FromResult(1)));
    }

    [Fact]
    public async Task Results_depend_on_what_is_asked_of_the_cache_while_they_are_made()
    {
        var hybrid = Make();
        var cache = made[^1].GetRequiredService<ZooCache>();
        async Task<int> Ask() => await hybrid.GetOrCreateAsync("outer", _ =>
        {
            CacheScope.Current!.DependsOn("named");
            return ValueTask.FromResult(cache.GetOrCreate("inner", scope =>
            {
                scope.DependsOn("inner");
                return ++runs;
            }));
        });
        await Ask();
        (await Ask()).ShouldBe(1);
        cache.Invalidate("inner");
        (await Ask()).ShouldBe(2);
        cache.Invalidate("named");
        cache.Remove("inner");
        (await Ask()).ShouldBe(3);
    }

    [Fact]
    public async Task It_takes_the_place_of_another_one_and_its_settings_are_checked()
    {
        using var services = new ServiceCollection().AddSingleton<HybridCache>(_ => throw new InvalidOperationException()).AddZooHybridCache().AddZooHybridCache(o => o.MaximumKeyLength = 3).BuildServiceProvider();
        var hybrid = services.GetRequiredService<HybridCache>();
        await hybrid.SetAsync("long", 1);
        (await hybrid.GetOrCreateAsync("long", _ => ValueTask.FromResult(2))).ShouldBe(2);

        using var wrong = new ServiceCollection().AddZooHybridCache(o => o.MaximumPayloadBytes = 0).BuildServiceProvider();
        Should.Throw<ArgumentOutOfRangeException>(() => wrong.GetRequiredService<HybridCache>()).Message.ShouldContain("ZooHybridCacheOptions.MaximumPayloadBytes");
    }

    [Fact]
    public async Task A_hit_allocates_nothing()
    {
        var hybrid = Make();
        var options = new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(1) };
        string[] tags = ["a", "b", "c", "d"];
        for (var i = 0; i < 100; i++)
        {
            (await hybrid.GetOrCreateAsync("key", 7, static (state, _) => ValueTask.FromResult(state), options, tags)).ShouldBe(7);
        }

        // The runtime may make something once in between.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                runs += await hybrid.GetOrCreateAsync("key", 7, static (state, _) => ValueTask.FromResult(state), options, tags);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.ShouldBe(0);
        runs.ShouldBe(35_000);
    }

    private HybridCache Make(Action<ZooHybridCacheOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var collection = new ServiceCollection().AddZooCache(c => c.TimeProvider = time).AddZooHybridCache(configure);
        services?.Invoke(collection);
        made.Add(collection.BuildServiceProvider());
        return made[^1].GetRequiredService<HybridCache>();
    }

    private ValueTask<int> Count(HybridCache hybrid, string key, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null)
        => hybrid.GetOrCreateAsync(key, _ => ValueTask.FromResult(++runs), options, tags);

    private sealed class Basket
    {
        public List<string> Items { get; init; } = [];
    }

    private sealed class JsonSerializerOf<T> : IHybridCacheSerializer<T>
    {
        internal int Written { get; private set; }

        internal int Read { get; private set; }

        internal bool Fails { get; set; }

        public T Deserialize(ReadOnlySequence<byte> source)
        {
            Read++;
            return Fails ? throw new JsonException() : JsonSerializer.Deserialize<T>(Encoding.UTF8.GetString(source.ToArray()))!;
        }

        public void Serialize(T value, IBufferWriter<byte> target)
        {
            Written++;
            target.Write(Fails ? throw new JsonException() : JsonSerializer.SerializeToUtf8Bytes(value));
        }
    }

    private sealed class Factory<TOnly> : IHybridCacheSerializerFactory
    {
        internal JsonSerializerOf<TOnly> Serializer { get; } = new();

        public bool TryCreateSerializer<T>([NotNullWhen(true)] out IHybridCacheSerializer<T>? serializer)
        {
            serializer = Serializer as IHybridCacheSerializer<T>;
            return serializer is not null;
        }
    }
}
