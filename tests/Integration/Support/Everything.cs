using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ZooCache.Integration.Tests.Support;

public enum Colour { None, Red = 7, Blue = -3 }

public enum Huge : ulong { Zero, Top = ulong.MaxValue }

public readonly record struct Money(decimal Amount, string Currency);

/// <summary>Every CLR type that EF maps on SQLite, required and nullable, plain and converted.</summary>
public sealed class Everything
{
    public int Id { get; set; }
    public bool Bool { get; set; }
    public byte Byte { get; set; }
    public sbyte SByte { get; set; }
    public short Short { get; set; }
    public ushort UShort { get; set; }
    public int Int { get; set; }
    public uint UInt { get; set; }
    public long Long { get; set; }
    public ulong ULong { get; set; }
    public float Float { get; set; }
    public double Double { get; set; }
    public decimal Decimal { get; set; }
    public char Char { get; set; }
    public string String { get; set; } = "";
    public Guid Guid { get; set; }
    public DateTime DateTime { get; set; }
    public DateTimeOffset DateTimeOffset { get; set; }
    public DateOnly DateOnly { get; set; }
    public TimeOnly TimeOnly { get; set; }
    public TimeSpan TimeSpan { get; set; }
    public byte[] Bytes { get; set; } = [];
    public Colour Enum { get; set; }
    public Colour EnumText { get; set; }
    public Huge EnumULong { get; set; }
    public Money Money { get; set; }
    public string NeverNull { get; set; } = "";
    public DateTime Utc { get; set; }
    public int[] Numbers { get; set; } = [];
    public List<string?> Words { get; set; } = [];

    public bool? BoolN { get; set; }
    public byte? ByteN { get; set; }
    public sbyte? SByteN { get; set; }
    public short? ShortN { get; set; }
    public ushort? UShortN { get; set; }
    public int? IntN { get; set; }
    public uint? UIntN { get; set; }
    public long? LongN { get; set; }
    public ulong? ULongN { get; set; }
    public float? FloatN { get; set; }
    public double? DoubleN { get; set; }
    public decimal? DecimalN { get; set; }
    public char? CharN { get; set; }
    public string? StringN { get; set; }
    public Guid? GuidN { get; set; }
    public DateTime? DateTimeN { get; set; }
    public DateTimeOffset? DateTimeOffsetN { get; set; }
    public DateOnly? DateOnlyN { get; set; }
    public TimeOnly? TimeOnlyN { get; set; }
    public TimeSpan? TimeSpanN { get; set; }
    public byte[]? BytesN { get; set; }
    public Colour? EnumN { get; set; }
    public Colour? EnumTextN { get; set; }
    public Huge? EnumULongN { get; set; }
    public Money? MoneyN { get; set; }
    public List<int?>? NumbersN { get; set; }

    /// <summary>The extremes, the nulls, and something between.</summary>
    public static IEnumerable<Everything> Samples()
    {
        yield return new Everything { Char = '\0', NeverNull = "<null>" };
        yield return new Everything
        {
            Bool = true, Byte = byte.MaxValue, SByte = sbyte.MinValue, Short = short.MinValue, UShort = ushort.MaxValue, Int = int.MinValue,
            UInt = uint.MaxValue, Long = long.MinValue, ULong = ulong.MaxValue, Float = float.MaxValue, Double = double.MinValue,
            Decimal = decimal.MaxValue, Char = char.MaxValue, String = "a'b\"c\0d\ud83d\ude00", Guid = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
            DateTime = DateTime.MaxValue, DateTimeOffset = new DateTimeOffset(2026, 3, 1, 23, 59, 59, 999, TimeSpan.FromMinutes(-14 * 60)),
            DateOnly = DateOnly.MaxValue, TimeOnly = TimeOnly.MaxValue, TimeSpan = TimeSpan.MinValue, Bytes = [0, 255, 1],
            Enum = Colour.Blue, EnumText = Colour.Red, EnumULong = Huge.Top, Money = new Money(1.00m, "EUR"), NeverNull = "x",
            Utc = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), Numbers = [1, int.MinValue], Words = ["", null, "é"],
            BoolN = false, ByteN = 0, SByteN = -1, ShortN = short.MaxValue, UShortN = 0, IntN = int.MaxValue, UIntN = 0, LongN = long.MaxValue,
            ULongN = (ulong)long.MaxValue + 1, FloatN = float.Epsilon, DoubleN = double.PositiveInfinity, DecimalN = 1.10m, CharN = ' ', StringN = "",
            GuidN = Guid.Empty, DateTimeN = DateTime.MinValue, DateTimeOffsetN = DateTimeOffset.MinValue, DateOnlyN = DateOnly.MinValue,
            TimeOnlyN = TimeOnly.MinValue, TimeSpanN = TimeSpan.MaxValue, BytesN = [], EnumN = Colour.Red, EnumTextN = Colour.Blue,
            EnumULongN = Huge.Top, MoneyN = new Money(-0.5m, ""), NumbersN = [null, 3],
        };
        yield return new Everything
        {
            Float = -0.0f, Double = -0.0, Decimal = 1.0m, DateTime = new DateTime(2026, 5, 6, 7, 8, 9, DateTimeKind.Local), NeverNull = "<null>",
            FloatN = float.NegativeInfinity, DoubleN = -0.0, DecimalN = -1.000m, StringN = new string('ü', 5000), BytesN = new byte[3000],
            DateTimeN = new DateTime(2026, 5, 6, 7, 8, 9, DateTimeKind.Unspecified).AddTicks(1),
        };
    }
}

/// <summary>Stores the text <c>&lt;null&gt;</c> as NULL and back.</summary>
public sealed class NullConverter() : ValueConverter<string, string?>(
    v => v == "<null>" ? null : v, v => v ?? "<null>")
{
    public override bool ConvertsNulls => true;
}

public sealed class EverythingContext(DbContextOptions<EverythingContext> options) : DbContext(options)
{
    public DbSet<Everything> All => Set<Everything>();

    public static Scratch<EverythingContext> Create()
        => new(o => new EverythingContext(o), db => db.AddRange(Everything.Samples()));

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Types.Unrelated>();
        modelBuilder.Entity<Everything>(e =>
        {
            e.Property(x => x.EnumText).HasConversion<string>();
            e.Property(x => x.EnumTextN).HasConversion<string>();
            e.Property(x => x.Money).HasConversion(MoneyText());
            e.Property(x => x.MoneyN).HasConversion(MoneyText());
            e.Property(x => x.NeverNull).HasConversion(new NullConverter()).IsRequired(false);
            e.Property(x => x.Utc).HasConversion(v => v.Ticks, v => new DateTime(v, DateTimeKind.Utc));
        });
    }

    internal static ValueConverter<Money, string> MoneyText() => new(m => Write(m), t => Read(t));

    private static string Write(Money money) => money.Amount.ToString(CultureInfo.InvariantCulture) + " " + money.Currency;

    private static Money Read(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return new Money(decimal.Parse(text.AsSpan(0, space), CultureInfo.InvariantCulture), text[(space + 1)..]);
    }
}
