using System.Collections.Immutable;
using System.Globalization;
using ZooCache.Values;

namespace ZooCache.Core.Tests.Functions;

/// <summary>Values that are written for other processes are read as they were, or not at all.</summary>
public sealed class StoredFormTests
{
    public static TheoryData<object> Values => new()
    {
        true, (byte)200, (sbyte)-100, short.MinValue, ushort.MaxValue, 'x', '\uD800', int.MinValue, -1, 0, int.MaxValue, uint.MaxValue, long.MinValue, long.MaxValue, ulong.MaxValue,
        (Half)1.5, float.NaN, -0f, double.NegativeInfinity, 1e300, 1.10m, decimal.MinValue, decimal.MaxValue, new decimal(1, 0, 0, true, 28), Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
        TimeSpan.MinValue, DateOnly.MaxValue, TimeOnly.MaxValue, new DateTime(1, DateTimeKind.Local), DateTime.MaxValue, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromMinutes(-90)),
        Int128.MinValue, UInt128.MaxValue, "", "text", "\uD800 half", "ÄÖ€😀", DayOfWeek.Friday, (DayOfWeek)77, Big.Most,
        new byte[] { 1, 2, 3 }, Array.Empty<int>(), new[] { 1, -1 }, new string?[] { null, "a" }, new List<int?> { 1, null }, new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "a", "B" },
        new HashSet<int> { 3, 1, 2 }, new Dictionary<string, List<int>> { ["b"] = [1], ["a"] = [] }, new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 },
        ImmutableArray.Create(1, 2), ImmutableList.Create("a"), KeyValuePair.Create("a", 1), (1, "a", 2.5m), Tuple.Create(1, "a"),
        (1, 2, 3, 4, 5, 6, 7, 8, 9), new Point(1, 2), new Customer("Ann", 3) { Orders = [new(1.5m), new(2m)], Tags = ["x"], Parent = new Customer("Bob", 4) }, new Customer(null!, 0),
        new { Name = "anonymous", Count = 3 }, new Derived { Own = 1, Inherited = "i" }, new Node { Next = new Node { Next = new Node() } },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_is_read_as_it_was(object value)
    {
        var read = RoundTrip(value.GetType(), value);

        read.ShouldNotBeNull().GetType().ShouldBe(value.GetType());
        Written(value.GetType(), read).ShouldBe(Written(value.GetType(), value));
        if (value is ValueType or string)
        {
            read.ShouldBe(value);
        }

        if (value is DateTime time)
        {
            ((DateTime)read).Kind.ShouldBe(time.Kind);
        }

        if (value is decimal number)
        {
            decimal.GetBits((decimal)read).ShouldBe(decimal.GetBits(number), "1.10 is not 1.1");
        }
    }

    [Fact]
    public void What_collections_are_found_by_is_read_too()
    {
        var set = (HashSet<string>)RoundTrip(typeof(HashSet<string>), new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "a" })!;
        set.Contains("A").ShouldBeTrue();
        var pairs = (Dictionary<string, int>)RoundTrip(typeof(Dictionary<string, int>), new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1 })!;
        pairs["A"].ShouldBe(1);
        var customer = (Customer)RoundTrip(typeof(Customer), new Customer("Ann", 3) { Tags = new[] { "x" } })!;
        customer.Secret.ShouldBe(3);
        customer.Tags.ShouldBeOfType<string[]>();
        ((ImmutableArray<int>)RoundTrip(typeof(ImmutableArray<int>), default(ImmutableArray<int>))!).IsDefault.ShouldBeTrue();
        var list = (IList<int>)RoundTrip(typeof(IReadOnlyList<int>), (IReadOnlyList<int>)[1, 2])!;
        list.ShouldBe([1, 2]);
        list.IsReadOnly.ShouldBeTrue();
    }

    [Theory]
    [InlineData(typeof(object))]
    [InlineData(typeof(Stream))]
    [InlineData(typeof(Action))]
    [InlineData(typeof(Uri))]
    [InlineData(typeof(IEnumerable<object>))]
    [InlineData(typeof(Dictionary<string, object>))]
    [InlineData(typeof(Lazy<int>))]
    [InlineData(typeof(nint))]
    [InlineData(typeof(int[,]))]
    [InlineData(typeof(WithObject))]
    [InlineData(typeof(Growing<int>))]
    [InlineData(typeof(Exception))]
    [InlineData(typeof(IComparable))]
    [InlineData(typeof(Task<int>))]
    public void What_isnt_known_by_its_type_has_no_form(Type type) => StoredForm.Of(type).ShouldBeNull();

    [Fact]
    public void What_cant_be_written_exactly_isnt_written()
    {
        var order = new Order(1);
        Refused<Customer>(new Customer("Ann", 1) { Orders = [order, order] });
        Refused<Derived>(new MoreDerived());
        Refused<IReadOnlyList<int>>(ImmutableList.Create(1));
        Refused<List<int>>(new OwnList());
        Refused<HashSet<string>>(new HashSet<string>(StringComparer.InvariantCultureIgnoreCase) { "a" });
        Refused<Dictionary<int, int>>(new Dictionary<int, int>(new OwnComparer()));
        var ring = new Node();
        ring.Next = ring;
        Refused<Node>(ring);
        var deep = new Node();
        for (var i = 0; i < 200; i++)
        {
            deep = new Node { Next = deep };
        }

        Refused<Node>(deep);
    }

    [Fact]
    public void A_form_is_named_by_all_that_it_reads_by()
    {
        byte[][] names =
        [
            Name<int>(), Name<uint>(), Name<int?>(), Name<int[]>(), Name<List<int>>(), Name<IReadOnlyList<int>>(), Name<Customer>(), Name<Order>(), Name<DayOfWeek>(), Name<Big>(), Name<string>(),
            Name<Node>(), Name<Derived>(), Name<MoreDerived>(), Name<(int A, int B)>(), Name<(int A, long B)>(), Name<Dictionary<int, string>>(), Name<Dictionary<string, int>>(), Name<JsonLike>(),
        ];
        names.Select(Convert.ToHexString).ShouldBeUnique();
        Name<Customer>().ShouldBe(Name<Customer>());
    }

    [Fact]
    public void Bytes_that_are_anything_are_read_or_refused()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ZOOCACHE_SEED") ?? "1", CultureInfo.InvariantCulture);
        var random = new Random(seed);
        var content = ExactContent<Customer>.Instance!;
        var good = content.Encode(new CopiedValue(new Customer("Ann", 3) { Orders = [new(1.5m), new(2m)], Tags = ["x", "y"], Parent = new Customer("Bob", 4), When = DateTimeOffset.MaxValue }))!;
        content.Decode(good).ShouldNotBeNull();
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var bad = good.ToArray();
            for (var changes = random.Next(4); changes >= 0; changes--)
            {
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            }

            refused += content.Decode(random.Next(4) == 0 ? bad[..random.Next(bad.Length)] : bad) is null ? 1 : 0;
        }

        refused.ShouldBeInRange(5_000, 19_999, $"seed {seed}");
        content.Decode([.. good, 0]).ShouldBeNull("there is more than was written");
        content.Decode([1, .. Enumerable.Repeat((byte)0xFF, 9)]).ShouldBeNull();
    }

    private static byte[] Name<T>() => ExactContent<T>.Instance!.Name.ToArray();

    private static void Refused<T>(T value) => ExactContent<T>.Instance!.Encode(new CopiedValue(value!)).ShouldBeNull();

    private static byte[] Written(Type type, object? value)
    {
        var writer = new ValueWriter();
        StoredForm.Of(type).ShouldNotBeNull(type.ToString()).Write(value, writer);
        return writer.To.ToArray();
    }

    private static object? RoundTrip(Type type, object? value)
    {
        var reader = new MessageReader(Written(type, value));
        var read = StoredForm.Of(type)!.Read(ref reader);
        reader.IsDone.ShouldBeTrue();
        return read;
    }

    private enum Big : ulong
    {
        None,
        Most = ulong.MaxValue,
    }

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Point(int X, int Y);

    private sealed record Order(decimal Total);

    private sealed class Customer(string name, int secret)
    {
        private readonly int secret = secret;

        public string Name { get; } = name;

        public List<Order>? Orders { get; init; }

        public IReadOnlyList<string>? Tags { get; init; }

        public Customer? Parent { get; init; }

        public DateTimeOffset? When { get; init; }

        internal int Secret => secret;
    }

    private class Base
    {
        public string? Inherited { get; set; }
    }

    private class Derived : Base
    {
        public int Own { get; set; }
    }

    private sealed class MoreDerived : Derived;

    private sealed class Node
    {
        public Node? Next { get; set; }
    }

    private sealed class WithObject
    {
        public object? Anything { get; set; }
    }

    private sealed class Growing<T>
    {
        public Growing<List<T>>? Next { get; set; }
    }

    [System.ComponentModel.ImmutableObject(true)]
    private sealed class JsonLike
    {
        public byte[] Bytes { get; set; } = [];
    }

    private sealed class OwnList : List<int>;

    private sealed class OwnComparer : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => x == y;

        public int GetHashCode(int obj) => obj;
    }
}
