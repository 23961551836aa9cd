using System.Collections;
using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NpgsqlTypes;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Types;

public enum Mood { Sad, Content, Happy }

/// <summary>Every CLR type that Npgsql's provider maps, on each store type that needs a way of its own.</summary>
public sealed class PostgresRow
{
    public int Id { get; set; }

    public bool RequiredBool { get; set; }
    public int RequiredInt { get; set; }
    public ulong RequiredULong { get; set; }
    public double RequiredDouble { get; set; }
    public decimal RequiredDecimal { get; set; }
    public string RequiredText { get; set; } = "";
    public Guid RequiredGuid { get; set; }
    public DateOnly RequiredDate { get; set; }
    public TimeSpan RequiredInterval { get; set; }
    public Mood RequiredMood { get; set; }
    public NpgsqlRange<int> RequiredRange { get; set; }
    public byte[] RequiredBytes { get; set; } = [];
    public int[] RequiredInts { get; set; } = [];

    public bool? Bool { get; set; }
    public byte? Byte { get; set; }
    public sbyte? SByte { get; set; }
    public short? Short { get; set; }
    public ushort? UShort { get; set; }
    public int? Int { get; set; }
    public uint? UInt { get; set; }
    public long? Long { get; set; }
    public ulong? ULong { get; set; }
    public float? Float { get; set; }
    public double? Double { get; set; }
    public decimal? Decimal { get; set; }
    public decimal? Money { get; set; }
    public BigInteger? BigInteger { get; set; }
    public char? Char { get; set; }
    public string? Text { get; set; }
    public string? Varchar { get; set; }
    public string? Padded { get; set; }
    public string? CaseInsensitive { get; set; }
    public string? Xml { get; set; }
    public string? JsonbText { get; set; }
    public string? JsonText { get; set; }
    public string? JsonPath { get; set; }
    public Guid? Guid { get; set; }
    public DateTime? Utc { get; set; }
    public DateTime? Timestamp { get; set; }
    public DateTime? DateAsDateTime { get; set; }
    public DateTimeOffset? Offset { get; set; }
    public DateTimeOffset? TimeWithZone { get; set; }
    public DateOnly? Date { get; set; }
    public TimeOnly? Time { get; set; }
    public TimeSpan? TimeAsSpan { get; set; }
    public TimeSpan? Interval { get; set; }
    public byte[]? Bytes { get; set; }
    public Mood? Mood { get; set; }
    public Colour? ColourNumber { get; set; }
    public Colour? ColourText { get; set; }
    public Huge? Huge { get; set; }
    public uint? Xid { get; set; }
    public ulong? Xid8 { get; set; }
    public uint? Oid { get; set; }
    public JsonDocument? Document { get; set; }
    public JsonElement? Element { get; set; }
    public IPAddress? Inet { get; set; }
    public NpgsqlInet? InetWithMask { get; set; }
    public IPNetwork? Cidr { get; set; }
    public PhysicalAddress? Mac { get; set; }
    public PhysicalAddress? Mac8 { get; set; }
    public NpgsqlPoint? Point { get; set; }
    public NpgsqlBox? Box { get; set; }
    public NpgsqlLine? Line { get; set; }
    public NpgsqlLSeg? Segment { get; set; }
    public NpgsqlCircle? Circle { get; set; }
    public NpgsqlPath? Path { get; set; }
    public NpgsqlPolygon? Polygon { get; set; }
    public NpgsqlCube? Cube { get; set; }
    public BitArray? Bits { get; set; }
    public BitArray? FixedBits { get; set; }
    public Dictionary<string, string>? Hstore { get; set; }
    public ImmutableDictionary<string, string>? ImmutableHstore { get; set; }
    public NpgsqlTsVector? Vector { get; set; }
    public LTree? Tree { get; set; }
    public string? TreeText { get; set; }
    public NpgsqlTid? Tid { get; set; }
    public NpgsqlLogSequenceNumber? Lsn { get; set; }
    public NpgsqlRange<int>? IntRange { get; set; }
    public NpgsqlRange<long>? LongRange { get; set; }
    public NpgsqlRange<decimal>? DecimalRange { get; set; }
    public NpgsqlRange<DateTime>? UtcRange { get; set; }
    public NpgsqlRange<DateTime>? TimestampRange { get; set; }
    public NpgsqlRange<DateOnly>? DateRange { get; set; }
    public NpgsqlRange<int>[]? IntMultirange { get; set; }
    public List<NpgsqlRange<DateOnly>>? DateMultirange { get; set; }

    public int[]? Ints { get; set; }
    public int?[]? NullableInts { get; set; }
    public List<int>? IntList { get; set; }
    public IList<int>? IntIList { get; set; }
    public List<string?>? Words { get; set; }
    public string[]? WordArray { get; set; }
    public byte[][]? ByteArrays { get; set; }
    public Guid[]? Guids { get; set; }
    public DateTime[]? Utcs { get; set; }
    public decimal?[]? Decimals { get; set; }
    public double[]? Doubles { get; set; }
    public ulong[]? ULongs { get; set; }
    public List<DateOnly>? Dates { get; set; }
    public Mood[]? Moods { get; set; }
    public List<Colour>? Colours { get; set; }
    public IPAddress[]? Addresses { get; set; }
    public BitArray[]? BitArrays { get; set; }
    public NpgsqlPoint[]? Points { get; set; }
    public Money? Price { get; set; }
}

/// <summary>What can't be copied with certainty.</summary>
public sealed class UnservedRow
{
    public int Id { get; set; }
    public NpgsqlTsQuery? Query { get; set; }
    public Basket? Basket { get; set; }
}

/// <summary>Mapped to <c>jsonb</c> by the provider's own serialiser.</summary>
public sealed class Basket
{
    public string? Owner { get; set; }
    public int[] Items { get; set; } = [];
}

public sealed class Unrelated
{
    public int Id { get; set; }
}

public sealed class PostgresTypesContext(DbContextOptions<PostgresTypesContext> options) : DbContext(options)
{
    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder)
        => optionsBuilder.UseNpgsql(o => o.MapEnum<Mood>("mood").ConfigureDataSource(s => s.EnableDynamicJson()));

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        foreach (var extension in new[] { "citext", "hstore", "ltree", "cube" })
        {
            modelBuilder.HasPostgresExtension(extension);
        }

        modelBuilder.Entity<Unrelated>();
        modelBuilder.Entity<UnservedRow>().Property(x => x.Basket).HasColumnType("jsonb");
        modelBuilder.Entity<PostgresRow>(e =>
        {
            e.Property(x => x.Id).ValueGeneratedNever();
            e.Property(x => x.Money).HasColumnType("money");
            e.Property(x => x.Varchar).HasColumnType("character varying(20)");
            e.Property(x => x.Padded).HasColumnType("character(12)");
            e.Property(x => x.CaseInsensitive).HasColumnType("citext");
            e.Property(x => x.Xml).HasColumnType("xml");
            e.Property(x => x.JsonbText).HasColumnType("jsonb");
            e.Property(x => x.JsonText).HasColumnType("json");
            e.Property(x => x.JsonPath).HasColumnType("jsonpath");
            e.Property(x => x.Timestamp).HasColumnType("timestamp without time zone");
            e.Property(x => x.DateAsDateTime).HasColumnType("date");
            e.Property(x => x.TimeWithZone).HasColumnType("time with time zone");
            e.Property(x => x.TimeAsSpan).HasColumnType("time");
            e.Property(x => x.ColourText).HasConversion<string>();
            e.Property(x => x.Xid).HasColumnType("xid");
            e.Property(x => x.Xid8).HasColumnType("xid8");
            e.Property(x => x.Oid).HasColumnType("oid");
            e.Property(x => x.Element).HasColumnType("json");
            e.Property(x => x.Mac8).HasColumnType("macaddr8");
            e.Property(x => x.FixedBits).HasColumnType("bit(3)");
            e.Property(x => x.TreeText).HasColumnType("ltree");
            e.Property(x => x.TimestampRange).HasColumnType("tsrange");
            e.Property(x => x.Price).HasConversion(EverythingContext.MoneyText());
        });
    }
}
