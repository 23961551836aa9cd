using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.ComponentModel;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ZooCache.Values;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

/// <summary>Nobody's changes to a value reach anybody else, and what nobody can change is shared.</summary>
public sealed class ValueTests
{
    public static TheoryData<object> Shared => new()
    {
        1, 1.5m, 'x', true, "text", DayOfWeek.Friday, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), Guid.Empty, TimeSpan.Zero, new DateOnly(2026, 1, 1), new Version(1, 2),
        new Uri("http://x/"), typeof(int), System.Numerics.BigInteger.One, (1, "two", 3m), Tuple.Create(1, "two"), KeyValuePair.Create("a", 1),
        ImmutableArray.Create(1, 2), ImmutableList.Create("a"), ImmutableDictionary<string, int>.Empty.Add("a", 1), new[] { "a" }.ToFrozenSet(),
        new Point(1, 2), new Money(5, "EUR"), new { Id = 1, Name = "x" }, new Line(new Money(1, "EUR"), ["a"]), new Tree("root", new Tree("leaf", null)), new OpenRecord(1), new OtherRecord(1, "x"), new Vouched { Number = 1 },
        new int?[] { 1 }.ToImmutableArray(),
    };

    public static TheoryData<object> Copied => new()
    {
        new[] { 1, 2 }, new[] { new[] { "a" }, ["b"] }, new int[2, 3], new object[] { 1, "a", new List<int> { 1 } }, Array.CreateInstance(typeof(int), [2], [5]),
        new List<int> { 1 }, new List<Mutable> { new() { Name = "a" } }, new Dictionary<string, List<int>> { ["a"] = [1] }, new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 },
        new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "A" }, new SortedDictionary<int, Mutable> { [1] = new() }, new SortedList<string, int> { ["b"] = 1 }, new SortedSet<int> { 3, 1 },
        new Queue<int>([1, 2, 3]), new Stack<int>([1, 2, 3]), new LinkedList<string>(["a", "b"]), new Collection<int> { 1 }, new ReadOnlyCollection<Mutable>([new()]),
        new ReadOnlyDictionary<string, int>(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 }), new ConcurrentDictionary<int, int> { [1] = 2 },
        ImmutableArray.Create(new Mutable()), ImmutableList.Create<int[]>([[1]]), ImmutableDictionary<string, int[]>.Empty.Add("a", [1]),
        new Mutable { Name = "a", Tags = ["x"], Inner = new Mutable() }, new Derived { Name = "d", Extra = 5 }, new WithStructure { Part = new Structure { Items = [1, 2] } },
        (1, new List<int> { 1 }), new KeyValuePair<string, int[]>("a", [1]), new ArraySegment<int>([1, 2, 3], 1, 1), new Basket { "apple" }, new ReadOnlyMemory<byte>([1, 2]),
        JsonNode.Parse("""{"a":[1,2]}""")!, JsonDocument.Parse("""{"a":1}""").RootElement, new StringBuilder("x"), IPAddress.Parse("fe80::1%3"), new BitArray([true, false]),
        new RecordOfList([1, 2]), new object(), new System.Net.NetworkInformation.PhysicalAddress([1, 2, 3, 4, 5, 6]),
    };

    public static TheoryData<object, string> Refused => new()
    {
        { new Func<int>(() => 1), "is code" },
        { Enumerable.Range(0, 3).Select(i => i + 1), "hasn't run yet" },
        { Iterate(), "hasn't run yet" },
        { new List<int>().AsQueryable(), "hasn't run yet" },
        { new MemoryStream(), "is to be disposed" },
        { new List<object> { Task.FromResult(1) }, "is to be disposed" },
        { new List<object> { new MemoryStream() }, "is to be disposed" },
        { new Mutable { Anything = new Lazy<int>(1) }, "isn't known to be copyable" },
        { new WithFinalizer(), "is to be disposed" },
        { Deep(1000), "nested deeper" },
        { new WithPointer(), "has pointers" },
    };

    [Theory]
    [MemberData(nameof(Shared))]
    public void What_nobody_can_change_is_shared(object value)
    {
        using var cache = Cache();
        cache.GetOrCreate("key", _ => value).ShouldBeSameAs(value);
        cache.Get<object>("key").Value.ShouldBeSameAs(value);
        cache.GetStatistics().Bytes.ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(Copied))]
    public void What_can_be_changed_is_copied_for_each(object value)
    {
        using var cache = Cache();
        cache.GetOrCreate("key", _ => value).ShouldBeSameAs(value);
        cache.GetStatistics().LastValueProblem.ShouldBeNull();
        var first = cache.GetOrCreate<object>("key", _ => throw new InvalidOperationException());
        var second = cache.Get<object>("key").Value!;

        first.GetType().ShouldBe(value.GetType());
        if (!value.GetType().IsValueType)
        {
            first.ShouldNotBeSameAs(value);
            second.ShouldNotBeSameAs(first);
        }

        Describe(first).ShouldBe(Describe(value));
        Describe(second).ShouldBe(Describe(value));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_cant_be_copied_isnt_kept_and_that_is_said(object value, string why)
    {
        using var cache = Cache();
        cache.GetOrCreate("key", _ => value).ShouldBeSameAs(value);
        cache.Get<object>("key").MissReason.ShouldBe("not-found");
        cache.GetStatistics().FillsRejectedByReason["not-copyable"].ShouldBe(1);
        cache.GetStatistics().LastValueProblem!.ShouldContain(why);
        cache.GetStatistics().LastValueProblem!.ShouldContain("SharesValue");

        cache.GetOrCreate("shared", _ => value, new CacheEntryOptions { SharesValue = true });
        cache.Get<object>("shared").Value.ShouldBeSameAs(value);
    }

    [Fact]
    public void Changes_to_what_was_made_or_got_or_set_are_ones_own()
    {
        using var cache = Cache();
        var made = cache.GetOrCreate("key", _ => new Mutable { Name = "a", Tags = ["x"], Inner = new Mutable { Name = "in" } });
        Change(made);
        var got = cache.Get<Mutable>("key").Value!;
        (got.Name, got.Tags.Single(), got.Inner!.Name).ShouldBe(("a", "x", "in"));
        Change(got);
        var again = cache.GetOrCreate("key", _ => new Mutable());
        (again.Name, again.Tags.Single(), again.Inner!.Name, again.Secret).ShouldBe(("a", "x", "in", made.Secret));

        var set = new List<int> { 1 };
        cache.Set("set", set);
        set.Add(2);
        cache.Get<List<int>>("set").Value.ShouldBe([1]);

        static void Change(Mutable of)
        {
            of.Name = "changed";
            of.Tags[0] = "changed";
            of.Inner!.Name = "changed";
        }
    }

    [Fact]
    public void References_within_a_value_are_kept()
    {
        using var cache = Cache();
        var ring = new Mutable { Name = "one", Inner = new Mutable { Name = "two" } };
        ring.Inner.Inner = ring;
        var twice = new List<Mutable> { ring, ring, ring.Inner };
        cache.Set("key", twice);

        var got = cache.Get<List<Mutable>>("key").Value!;

        got[0].ShouldNotBeSameAs(ring);
        got[1].ShouldBeSameAs(got[0]);
        got[2].ShouldBeSameAs(got[0].Inner);
        got[2].Inner.ShouldBeSameAs(got[0]);

        object[] self = [null!];
        self[0] = self;
        cache.Set("self", self);
        var copy = cache.Get<object[]>("self").Value!;
        copy.ShouldNotBeSameAs(self);
        copy[0].ShouldBeSameAs(copy);
    }

    [Fact]
    public void Comparers_and_places_are_kept()
    {
        using var cache = Cache();
        cache.Set("pairs", new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 });
        cache.Get<Dictionary<string, int>>("pairs").Value!["a"].ShouldBe(1);
        cache.Set("read-only", new ReadOnlyDictionary<string, int>(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 }));
        cache.Get<ReadOnlyDictionary<string, int>>("read-only").Value!["a"].ShouldBe(1);
        cache.Set("array", Array.CreateInstance(typeof(string), [1], [5]));
        cache.Get<Array>("array").Value!.GetLowerBound(0).ShouldBe(5);
        cache.Set("stack", new Stack<int>([1, 2, 3]));
        cache.Get<Stack<int>>("stack").Value!.Pop().ShouldBe(3);
        cache.Set<IReadOnlyList<int>>("expression", [1, 2, 3]);
        cache.Get<IReadOnlyList<int>>("expression").Value.ShouldBe([1, 2, 3]);
        IEnumerable<Mutable> expression = [new() { Name = "a" }, new() { Name = "b" }];
        cache.Set("objects", expression);
        cache.Get<IEnumerable<Mutable>>("objects").Value!.Select(m => m.Name).ShouldBe(["a", "b"]);
    }

    [Fact]
    public void Larger_values_weigh_more()
    {
        Weight(new string('x', 1000)).ShouldBeInRange(2000, 2100);
        Weight(new byte[1000]).ShouldBeInRange(1000, 1100);
        Weight(new int[1000]).ShouldBeInRange(4000, 4100);
        Weight(new List<string> { new('x', 500), new('y', 500) }).ShouldBeInRange(2000, 2300);
        Weight(new Mutable { Name = new string('x', 1000) }).ShouldBeInRange(2000, 2300);
        Weight(new Line(new Money(1, new string('x', 1000)), ImmutableArray<string>.Empty)).ShouldBeInRange(2000, 2400);
        Weight(Enumerable.Range(0, 1000).ToDictionary(i => i, i => $"{i}")).ShouldBeInRange(40_000, 80_000);
        Weight(default(ImmutableArray<string>)).ShouldBeInRange(0, 100);

        static long Weight(object value) => HeldValue.Hold(value, isShared: false).Bytes;
    }

    /// <summary>All that a value says, its type, and those of its parts.</summary>
    private static string Describe(object? value) => value switch
    {
        null => "null",
        string or JsonElement or JsonNode or StringBuilder or IPAddress => $"{value.GetType().Name} {value}",
        ReadOnlyMemory<byte> memory => Convert.ToHexString(memory.Span),
        IEnumerable items => $"{value.GetType()} [{string.Join(", ", items.Cast<object?>().Select(Describe))}]{(value is Basket basket ? basket.Weight : "")}",
        _ when value.GetType().IsPrimitive => $"{value}",
        _ => $"{value.GetType()} {{{string.Join(", ", FieldShape.FieldsOf(value.GetType()).Select(f => $"{f.Name} = {Describe(f.GetValue(value))}"))}}}",
    };

    private static IEnumerable<int> Iterate()
    {
        yield return 1;
    }

    private static Mutable Deep(int depth)
    {
        var top = new Mutable();
        for (var i = 0; i < depth; i++)
        {
            top = new Mutable { Inner = top };
        }

        return top;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Point(int X, int Y);

    private sealed record Money(decimal Amount, string Currency);

    private sealed record Line(Money Price, ImmutableArray<string> Tags);

    private sealed record Tree(string Name, Tree? Child);

    private record OpenRecord(int Number);

    private sealed record OtherRecord(int Number, string Name) : OpenRecord(Number);

    private sealed record RecordOfList(List<int> Numbers);

    private class Mutable
    {
        internal string Secret = Guid.NewGuid().ToString();

        public string Name { get; set; } = "";

        public string[] Tags { get; set; } = [];

        public Mutable? Inner { get; set; }

        public object? Anything { get; set; }
    }

    private sealed class Derived : Mutable
    {
        public int Extra { get; set; }
    }

    private sealed class WithStructure
    {
        public Structure Part { get; set; }
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Structure
    {
        public List<int> Items { get; set; }
    }

    [ImmutableObject(true)]
    private sealed class Vouched
    {
        public int Number { get; set; }
    }

    private sealed class Basket : List<string>
    {
        public int Weight { get; set; } = 3;
    }

    private sealed class WithFinalizer
    {
#pragma warning disable MA0055 // What has one isn't copied, which is tried here.
        ~WithFinalizer() => GC.KeepAlive(this);
#pragma warning restore MA0055
    }

    private sealed class WithPointer
    {
        public IntPtr Handle { get; set; } = 5;
    }
}
