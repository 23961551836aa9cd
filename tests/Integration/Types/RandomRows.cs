using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Reflection;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NpgsqlTypes;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Types;

/// <summary>Makes rows of random values, the extremes among them, for any entity of the types that the providers map. The
/// first row has no NULL.</summary>
public sealed class RandomRows(Random random, Provider provider)
{
    public T Make<T>(int id)
        where T : class, new()
    {
        var row = new T();
        var nullability = new NullabilityInfoContext();
        foreach (var property in typeof(T).GetProperties().Where(p => p.CanWrite && !p.GetMethod!.IsStatic))
        {
            var nullable = Nullable.GetUnderlyingType(property.PropertyType) is not null
                || nullability.Create(property).WriteState == NullabilityState.Nullable;
            property.SetValue(row, property.Name == "Id" ? id : nullable && id > 1 && random.Next(4) == 0 ? null : Value(property.PropertyType, property.Name));
        }

        return row;
    }

    private bool OnPostgres => provider == Provider.Postgres;

    private object? Value(Type type, string name)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Value(underlying, name);
        }

        return ByName(name) ?? Scalar(type) ?? Composite(type, name) ?? throw new NotSupportedException($"No random {type}.");
    }

    private object? ByName(string name) => name switch
    {
        "Money" when OnPostgres => Pick(0m, 0.01m, -92233720368547758.08m, 12.5m),
        "Varchar" => Pick("", "x", "äöü", "20 characters, just!"),
        "Padded" => Pick("", "a", "a  ", "twelve chars"),
        "Xml" => Pick("<a/>", "<a b=\"c\">d</a>"),
        "JsonbText" or "JsonText" => Pick("{}", "[1,  2]", "{\"b\": 1, \"a\": null}", "\"text\"", "null"),
        "JsonPath" => Pick("$.\"a\"", "$[*]"),
        "TreeText" => Pick("a", "a.b.c"),
        "NeverNull" => Pick("<null>", "x"),
        "Utc" => DateTime.SpecifyKind(Moment(), DateTimeKind.Utc),
        "DateAsDateTime" => Moment().Date,
        "TimeAsSpan" => new TimeSpan(random.NextInt64(TimeSpan.TicksPerDay)),
        "TimeWithZone" => new DateTimeOffset(1, 1, 2, random.Next(24), 3, 4, 5, TimeSpan.FromHours(random.Next(-12, 12))),
        "FixedBits" => new BitArray([random.Next(2) == 0, true, false]),
        _ => null,
    };

    private T Pick<T>(params T[] values) => values[random.Next(values.Length)];

    private DateTime Moment()
        => Pick(
            DateTime.MinValue, DateTime.MaxValue, DateTime.UnixEpoch, new DateTime(2026, 2, 28, 23, 59, 59, 999).AddTicks(9_999),
            new DateTime(random.NextInt64(DateTime.MaxValue.Ticks)));

    private string Text()
        => Pick("", " ", "a'b\"c\\d", "ß ü \ud83d\ude00", "NULL", "%_", new string('x', 3000), $"text {random.Next()}", OnPostgres ? "\t" : "a\0b");

    private object? Scalar(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetValues(type).GetValue(random.Next(Enum.GetValues(type).Length));
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => random.Next(2) == 0,
            TypeCode.Byte => Pick<byte>(0, 1, byte.MaxValue, (byte)random.Next(256)),
            TypeCode.SByte => Pick<sbyte>(0, -1, sbyte.MinValue, sbyte.MaxValue),
            TypeCode.Int16 => Pick<short>(0, -1, short.MinValue, short.MaxValue),
            TypeCode.UInt16 => Pick<ushort>(0, 1, ushort.MaxValue),
            TypeCode.Int32 => Pick(0, -1, int.MinValue, int.MaxValue, random.Next()),
            TypeCode.UInt32 => Pick<uint>(0, 1, uint.MaxValue, (uint)random.Next()),
            TypeCode.Int64 => Pick<long>(0, -1, long.MinValue, long.MaxValue, random.NextInt64()),
            TypeCode.UInt64 => Pick<ulong>(0, 1, ulong.MaxValue, (ulong)random.NextInt64()),
            TypeCode.Single => Pick(0f, -0f, float.MinValue, float.MaxValue, float.Epsilon, float.PositiveInfinity, float.NegativeInfinity, OnPostgres ? float.NaN : 1.1f),
            TypeCode.Double => Pick(0.0, -0.0, double.MinValue, double.MaxValue, double.Epsilon, double.PositiveInfinity, double.NegativeInfinity, OnPostgres ? double.NaN : 0.1),
            TypeCode.Decimal => Pick(0m, 1.0m, 1.00m, -0.0000000001m, decimal.MaxValue, decimal.MinValue, random.Next() / 8m),
            TypeCode.Char => Pick('a', ' ', 'ß', '\uffff', OnPostgres ? '\u0001' : '\0'),
            TypeCode.String => Text(),
            TypeCode.DateTime => OnPostgres ? DateTime.SpecifyKind(Moment(), DateTimeKind.Unspecified) : DateTime.SpecifyKind(Moment(), Pick(DateTimeKind.Utc, DateTimeKind.Unspecified, DateTimeKind.Unspecified)),
            _ => Plain(type),
        };
    }

    private object? Plain(Type type)
        => type == typeof(Guid) ? Pick(Guid.Empty, Guid.AllBitsSet, new Guid(Bytes(16)))
        : type == typeof(TimeSpan) ? Pick(TimeSpan.Zero, TimeSpan.FromTicks(-10), TimeSpan.FromDays(400.25), TimeSpan.FromDays(-3), OnPostgres ? TimeSpan.FromHours(25) : TimeSpan.MaxValue)
        : type == typeof(DateOnly) ? Pick(DateOnly.MinValue, DateOnly.MaxValue, DateOnly.FromDateTime(Moment()))
        : type == typeof(TimeOnly) ? Pick(TimeOnly.MinValue, TimeOnly.MaxValue, new TimeOnly(random.NextInt64(TimeSpan.TicksPerDay)))
        : type == typeof(DateTimeOffset) ? Pick(DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch, OnPostgres ? DateTimeOffset.MaxValue : new DateTimeOffset(2026, 1, 2, 3, 4, 5, 6, TimeSpan.FromMinutes(-570)))
        : type == typeof(byte[]) ? Pick<byte[]>([], [0], Bytes(300))
        : type == typeof(Money) ? new Money(random.Next() / 16m, Pick("EUR", ""))
        : type == typeof(BigInteger) ? Pick(BigInteger.Zero, BigInteger.MinusOne, BigInteger.Pow(7, random.Next(200)))
        : type == typeof(BitArray) ? new BitArray(Bytes(random.Next(4)))
        : type == typeof(JsonDocument) ? JsonDocument.Parse(Json())
        : type == typeof(JsonElement) ? JsonDocument.Parse(Json()).RootElement
        : type == typeof(IPAddress) ? Pick(IPAddress.Parse("0.0.0.0"), IPAddress.Parse("10.1.2.3"), IPAddress.Parse("::1"), new IPAddress(Bytes(16)))
        : type == typeof(IPNetwork) ? Pick(IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("0.0.0.0/0"), IPNetwork.Parse("2001:db8::/32"))
        : type == typeof(PhysicalAddress) ? new PhysicalAddress(Bytes(6))
        : type == typeof(Dictionary<string, string>) ? Pairs()
        : type == typeof(ImmutableDictionary<string, string>) ? Pairs().ToImmutableDictionary()
        : type == typeof(LTree) ? new LTree(Pick("a", "a.b", "x.y.z"))
        : OfNpgsql(type);

    private object? OfNpgsql(Type type)
        => type == typeof(NpgsqlInet) ? new NpgsqlInet(IPAddress.Parse(Pick("10.1.2.3", "192.168.0.0")), (byte)random.Next(33))
        : type == typeof(NpgsqlPoint) ? Point()
        : type == typeof(NpgsqlBox) ? new NpgsqlBox(Point(), Point())
        : type == typeof(NpgsqlLine) ? new NpgsqlLine(1, random.Next(), -0.5)
        : type == typeof(NpgsqlLSeg) ? new NpgsqlLSeg(Point(), Point())
        : type == typeof(NpgsqlCircle) ? new NpgsqlCircle(Point(), random.Next())
        : type == typeof(NpgsqlPath) ? new NpgsqlPath([Point(), Point()], random.Next(2) == 0)
        : type == typeof(NpgsqlPolygon) ? new NpgsqlPolygon([Point(), Point(), Point()])
        : type == typeof(NpgsqlCube) ? new NpgsqlCube([1, 2], [3, random.Next()])
        : type == typeof(NpgsqlTsVector) ? Vector(Pick("a:1A b", "'it''s':3,4B", "x"))
        : type == typeof(NpgsqlTsQuery) ? new NpgsqlTsQueryAnd(new NpgsqlTsQueryLexeme("a"), new NpgsqlTsQueryNot(new NpgsqlTsQueryLexeme(Pick("b", "c"))))
        : type == typeof(Basket) ? new Basket { Owner = Text(), Items = [1, random.Next()] }
        : type == typeof(NpgsqlTid) ? new NpgsqlTid((uint)random.Next(), (ushort)random.Next(9))
        : type == typeof(NpgsqlLogSequenceNumber) ? new NpgsqlLogSequenceNumber((ulong)random.NextInt64())
        : null;

#pragma warning disable CS0618 // There is no other way to make one on the client.
    private static NpgsqlTsVector Vector(string text) => NpgsqlTsVector.Parse(text);
#pragma warning restore CS0618

    private object? Composite(Type type, string name)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(NpgsqlRange<>))
        {
            return Range(type, name);
        }

        var item = type.IsArray ? type.GetElementType()! : type.IsGenericType ? type.GetGenericArguments()[0] : null;
        if (item is null)
        {
            return null;
        }

        var items = Array.CreateInstance(item, name.EndsWith("range", StringComparison.Ordinal) ? 1 : random.Next(4));
        for (var i = 0; i < items.Length; i++)
        {
            var value = name is "NullableInts" or "Decimals" or "Words" && random.Next(3) == 0 ? null : Value(item, name);
            items.SetValue(value is DateTime time && name == "Utcs" ? DateTime.SpecifyKind(time, DateTimeKind.Utc) : value, i);
        }

        return type.IsArray ? items : Activator.CreateInstance(typeof(List<>).MakeGenericType(item), items);
    }

    private object Range(Type type, string name)
    {
        var bound = type.GetGenericArguments()[0];
        var low = random.Next(100);
        object At(int number) => bound == typeof(DateTime)
            ? DateTime.SpecifyKind(DateTime.UnixEpoch.AddMinutes(number), name == "UtcRange" ? DateTimeKind.Utc : DateTimeKind.Unspecified)
            : bound == typeof(DateOnly) ? new DateOnly(2026, 1, 1).AddDays(number) : Convert.ChangeType(number, bound, CultureInfo.InvariantCulture);
        return random.Next(5) switch
        {
            0 when !name.EndsWith("multirange", StringComparison.OrdinalIgnoreCase) => type.GetField("Empty")!.GetValue(null)!,
            1 => Activator.CreateInstance(type, At(low), true, false, At(0), false, true)!,
            2 => Activator.CreateInstance(type, At(0), false, true, At(low), false, false)!,
            _ => Activator.CreateInstance(type, At(low), random.Next(2) == 0, At(low + 1 + random.Next(9)), random.Next(2) == 0)!,
        };
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private NpgsqlPoint Point() => new(Pick(0, -0.0, 1.5, 1e300), random.Next());

    private string Json() => Pick("{\"a\": [1, 2.50, {\"b\": null}], \"c\": \"ü\"}", "[]", "{}", "true", "1e3");

    private Dictionary<string, string> Pairs() => new() { ["a"] = Text(), [Pick("b", "c d")] = "", ["nothing"] = null! };
}
