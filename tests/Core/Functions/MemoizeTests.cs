using System.Collections.Immutable;
using System.Runtime.InteropServices;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

/// <summary>Functions that are asked once for the same arguments, and again for others, however little they differ.</summary>
public sealed class MemoizeTests
{
    private int runs;

    public static TheoryData<object?> Different { get; } = DifferentArguments();

    [Fact]
    public void A_function_is_asked_once_for_the_same_arguments()
    {
        using var cache = Cache();
        var add = cache.Memoize((int a, int b) => a + b + (10 * ++runs), options: new CacheEntryOptions { Tags = ["sums"] });
        add(1, 2).ShouldBe(13);
        add(1, 2).ShouldBe(13);
        add(2, 1).ShouldBe(23);

        cache.Invalidate("sums");

        add(1, 2).ShouldBe(33);
    }

    [Fact]
    public void It_names_what_it_depends_on()
    {
        using var cache = Cache();
        var price = cache.Memoize((int id) =>
        {
            CacheScope.Current!.DependsOn($"product:{id}");
            return ++runs;
        });
        price(1).ShouldBe(1);
        price(2).ShouldBe(2);
        cache.Invalidate("product:1");
        price(1).ShouldBe(3);
        price(2).ShouldBe(2);
    }

    [Fact]
    public async Task An_asynchronous_function_is_asked_once()
    {
        using var cache = Cache();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var name = cache.MemoizeAsync(async (int id, CancellationToken token) =>
        {
            await gate.Task.WaitAsync(token);
            return $"{id} {Interlocked.Increment(ref runs)}";
        });
        var asked = Enumerable.Range(0, 100).Select(i => name(i % 2, CancellationToken.None)).ToList();
        gate.SetResult();
        await Task.WhenAll(asked);
        runs.ShouldBe(2);
        await Should.ThrowAsync<OperationCanceledException>(() => name(3, new CancellationToken(canceled: true)));
        (await cache.MemoizeAsync((string a, string b, string c, CancellationToken _) => Task.FromResult(a + b + c))("1", "2", "3", CancellationToken.None)).ShouldBe("123");
        (await cache.MemoizeAsync((string a, string b, CancellationToken _) => Task.FromResult(a + b))("1", "2", CancellationToken.None)).ShouldBe("12");
        (await cache.MemoizeAsync((string a, string b, string c, string d, CancellationToken _) => Task.FromResult(a + b + c + d))("1", "2", "3", "4", CancellationToken.None)).ShouldBe("1234");
        cache.Memoize((string a, string b, string c) => a + b + c)("1", "2", "3").ShouldBe("123");
        cache.Memoize((string a, string b, string c, string d) => a + b + c + d)("1", "2", "3", "4").ShouldBe("1234");
    }

    [Fact]
    public void Functions_have_results_of_their_own_unless_they_are_of_one_name()
    {
        using var cache = Cache();
        Func<int, int> Times(int factor, string? name) => cache.Memoize((int a) => a * factor, name);
        var (two, three) = (Times(2, null), Times(3, null));
        (two(5), three(5)).ShouldBe((10, 15));
        var (four, also) = (Times(4, "four"), Times(5, "four"));
        (four(5), also(5)).ShouldBe((20, 20));
        Times(6, "six")(5).ShouldBe(30);
        cache.Memoize((int a, int b) => a * b, "four")(5, 0).ShouldBe(0);
        cache.GetOrCreate("four", _ => 1).ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Different))]
    public void Arguments_that_differ_at_all_have_results_of_their_own(object? argument)
    {
        using var cache = Cache();
        var describe = cache.Memoize((object? a) => ++runs);
        foreach (var other in Arguments())
        {
            describe(other);
        }

        var before = runs;
        var mine = describe(argument);
        runs.ShouldBe(before);
        Arguments().Count(a => describe(a) == mine).ShouldBe(1);
    }

    [Fact]
    public void Arguments_that_cant_be_a_key_are_named()
    {
        using var cache = Cache();
        var find = cache.Memoize((int page, object filter) => page);
        foreach (var bad in new object[] { new Mutable(), new Dictionary<string, int>(), new[] { new object() }, (Func<int>)(() => 1), Enumerable.Range(0, 3).Select(i => i), new MemoryStream() })
        {
            var thrown = Should.Throw<ArgumentException>(() => find(1, bad));
            thrown.ParamName.ShouldBe("filter");
            thrown.Message.ShouldContain("'filter' can't be part of a key");
        }

        object[] ring = [null!];
        ring[0] = ring;
        Should.Throw<ArgumentException>(() => find(1, ring)).Message.ShouldContain("nested");
        find(1, "fine").ShouldBe(1);
    }

    [Fact]
    public void What_isnt_a_result_yet_is_refused_at_once()
    {
        using var cache = Cache();
        Should.Throw<ArgumentException>(() => cache.Memoize((int a) => Task.FromResult(a))).Message.ShouldContain("MemoizeAsync");
        Should.Throw<ArgumentException>(() => cache.Memoize((int a) => ValueTask.FromResult(a)));
        Should.Throw<ArgumentException>(() => cache.Memoize((int a) => new[] { a }.AsQueryable()));
        Should.Throw<ArgumentNullException>(() => cache.Memoize<int, int>(null!));
        Should.Throw<ArgumentNullException>(() => ((ZooCache)null!).Memoize((int a) => a));
    }

    private static TheoryData<object?> DifferentArguments() => new()
    {
        null, "", "a", "A", "\uD800", "\uD801", 1, 1L, (short)1, (byte)1, 1u, 1.0, 1f, 1m, 1.0m, true, '1', "1", 0.0, -0.0, double.NaN,
        DayOfWeek.Monday, DateTimeKind.Utc, new DateTime(1, DateTimeKind.Utc), new DateTime(1, DateTimeKind.Local), new DateTime(1), TimeSpan.FromTicks(1),
        new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 1, 1, 13, 0, 0, TimeSpan.FromHours(1)), Guid.Empty, new Version(1, 2),
        Array.Empty<int>(), Array.Empty<string>(), new[] { 1 }, new[] { 1, 1 }, new[] { 1L }, new object?[] { 1 }, new object?[] { null }, new[] { "a", "b" }, new[] { "ab" }, new[] { "a", "", "b" },
        new int[1, 2], new int[2, 1], new List<int> { 1 }, ImmutableArray.Create(1), ImmutableList.Create(1), new byte[] { 1 }, (1, 2), (1, (2, 3)), ((1, 2), 3), Tuple.Create(1, 2),
        new Filter("a", 1), new Filter("a", null), new OtherFilter("a", 1), new Filter("a1", null), new[] { new Filter("a", 1) }, new { A = 1 }, new { B = 1 },
    };

    private static IEnumerable<object?> Arguments() => ((IEnumerable<object?[]>)Different).Select(d => d[0]);

    private sealed record Filter(string Name, int? Page);

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct OtherFilter(string Name, int? Page);

    private sealed class Mutable
    {
        public int Number { get; set; }
    }
}
