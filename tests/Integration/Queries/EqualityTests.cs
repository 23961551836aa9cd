using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

public sealed class ByText
{
    public string Id { get; set; } = "";
    public int Value { get; set; }
}

public sealed class ByAmount
{
    public decimal Id { get; set; }
    public int Value { get; set; }
}

public sealed class ByNumber
{
    public double Id { get; set; }
    public int Value { get; set; }
}

public sealed class ByMoment
{
    public DateTime Id { get; set; }
    public int Value { get; set; }
}

public enum Grade { Low, High }

public sealed class ByGrade
{
    public Grade Id { get; set; }
    public int Value { get; set; }
}

/// <summary>Keys whose equality is the store's own business: case, padding, scale, rounding, converters.</summary>
public sealed class KeysContext(DbContextOptions<KeysContext> options) : DbContext(options)
{
    public DbSet<ByText> Texts => Set<ByText>();

    public DbSet<ByAmount> Amounts => Set<ByAmount>();

    public DbSet<ByNumber> Numbers => Set<ByNumber>();

    public DbSet<ByMoment> Moments => Set<ByMoment>();

    public DbSet<ByGrade> Grades => Set<ByGrade>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        if (Database.IsSqlite())
        {
            modelBuilder.Entity<ByText>().Property(t => t.Id).UseCollation("NOCASE");
        }
        else
        {
            // Padded with spaces, which don't count when two are compared.
            modelBuilder.Entity<ByText>().Property(t => t.Id).HasColumnType("character(10)");
            modelBuilder.Entity<ByMoment>().Property(t => t.Id).HasColumnType("timestamp(0) without time zone");
        }

        modelBuilder.Entity<ByAmount>().Property(t => t.Id).ValueGeneratedNever();
        modelBuilder.Entity<ByNumber>().Property(t => t.Id).ValueGeneratedNever();

        // Two texts for one value: what is read back need not be what was asked for.
        modelBuilder.Entity<ByGrade>().Property(t => t.Id).ValueGeneratedNever()
            .HasConversion(new ValueConverter<Grade, string>(g => g == Grade.Low ? "l" : "h", t => t.StartsWith('l') ? Grade.Low : Grade.High));
    }
}

/// <summary>Two values that the store takes for one must not be two for the cache.</summary>
public abstract class EqualityTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : EqualityTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : EqualityTests(Provider.Postgres);

    private readonly Scratch<KeysContext> _scratch = new(o => new KeysContext(o), Fill, provider: provider);

    private string OtherText => provider == Provider.Sqlite ? "KEY" : "key  ";

    public void Dispose() => _scratch.Dispose();

    // Guards StoreValue.IsExact: only types whose equality in every store is that of their bits may anchor.
    [Fact]
    public void WhenTheStoreTakesTwoTextsForOne_AWriteThroughOneIsSeenThroughTheOther()
        => Check(
            (db, key) => db.Texts.AsNoTracking().Where(t => t.Id == key).Select(t => (int?)t.Value).SingleOrDefault(),
            ["key", OtherText],
            db => db.Texts.Where(t => t.Id == OtherText).ExecuteUpdate(s => s.SetProperty(t => t.Value, t => t.Value + 1)),
            db => Save(db, new ByText { Id = OtherText }));

    [Fact]
    public void WhenTwoDecimalsDifferInScaleOnly_TheyAreOneKey()
        => Check(
            (db, key) => db.Amounts.AsNoTracking().Where(t => t.Id == key).Select(t => (int?)t.Value).SingleOrDefault(),
            [1.5m, 1.50m, 1.500m],
            db => Save(db, new ByAmount { Id = 1.50m }),
            db => Save(db, new ByAmount { Id = 1.5m }));

    [Fact]
    public void WhenZeroHasTwoSigns_ItIsOneKey()
        => Check(
            (db, key) => db.Numbers.AsNoTracking().Where(t => t.Id == key).Select(t => (int?)t.Value).SingleOrDefault(),
            [0.0, -0.0],
            db => Save(db, new ByNumber { Id = 0.0 }),
            db => Save(db, new ByNumber { Id = -0.0 }));

    [Fact]
    public void WhenAKeyIsConverted_ItsStoreValueCounts()
        => Check(
            (db, key) => db.Grades.AsNoTracking().Where(t => t.Id == key).Select(t => (int?)t.Value).SingleOrDefault(),
            [Grade.Low, (Grade)17],
            db => Save(db, new ByGrade { Id = Grade.Low }),
            db => Save(db, new ByGrade { Id = Grade.High }));

    [Fact]
    public void WhenADateIsAKey_ItIsComparedByTheStore()
        => Check(
            (db, key) => db.Moments.AsNoTracking().Where(t => t.Id == key).Select(t => (int?)t.Value).SingleOrDefault(),
            [new DateTime(2026, 1, 1), DateTime.SpecifyKind(new DateTime(2026, 1, 1), DateTimeKind.Unspecified)],
            db => Save(db, new ByMoment { Id = new DateTime(2026, 1, 1) }));

    private static void Fill(KeysContext db)
    {
        db.Add(new ByText { Id = "key", Value = 1 });
        db.Add(new ByAmount { Id = 1.5m, Value = 1 });
        db.Add(new ByNumber { Id = 0.0, Value = 1 });
        db.Add(new ByMoment { Id = new DateTime(2026, 1, 1), Value = 1 });
        db.Add(new ByGrade { Id = Grade.Low, Value = 1 });
        db.Add(new ByGrade { Id = Grade.High, Value = 1 });
    }

    /// <summary>Counts a row up whose key is written one way.</summary>
    private static int Save(KeysContext db, object stub)
    {
        var entry = db.Attach(stub);
        entry.Property("Value").CurrentValue = (int)db.Entry(stub).GetDatabaseValues()!["Value"]! + 1;
        return db.SaveChanges();
    }

    private void Check<TKey>(Func<KeysContext, TKey, int?> ask, TKey[] keys, params Func<KeysContext, int>[] writes)
    {
        foreach (var write in writes)
        {
            foreach (var expected in new[] { QueryResultSource.Miss, QueryResultSource.Hit })
            {
                foreach (var key in keys)
                {
                    using var db = _scratch.Open(z => z.CacheAll());
                    ask(db, key).ShouldBe(Uncached(key));
                    if (expected == QueryResultSource.Hit)
                    {
                        db.Last()!.Source.ShouldBe(expected);
                    }
                }
            }

            using (var db = _scratch.Open())
            {
                write(db).ShouldBe(1);
            }

            foreach (var key in keys)
            {
                using var db = _scratch.Open(z => z.CacheAll());
                ask(db, key).ShouldBe(Uncached(key));
            }
        }

        int? Uncached(TKey key)
        {
            using var db = _scratch.Uncached();
            return ask(db, key);
        }
    }
}
