using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

public enum Rating { Low, Mid, High }

/// <summary>All of its values go to the store as other numbers.</summary>
public sealed class Rated
{
    public int Id { get; set; }
    public Rating Rating { get; set; }
    public short Small { get; set; }
    public char Letter { get; set; } = 'a';
    public int Number { get; set; }

    /// <summary>Goes to the store as -1 where it is null.</summary>
    public int? Maybe { get; set; }

    public int Count { get; set; }
}

public sealed class RatedContext(DbContextOptions<RatedContext> options) : DbContext(options)
{
    public DbSet<Rated> Rated => Set<Rated>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Rated>(rated =>
        {
            rated.Property(r => r.Id).ValueGeneratedNever();
            rated.HasIndex(r => r.Rating);
            rated.HasIndex(r => r.Small);
            rated.HasIndex(r => r.Letter);
            rated.HasIndex(r => r.Number);
            rated.HasIndex(r => r.Maybe);
            rated.Property(r => r.Rating).HasConversion(new ValueConverter<Rating, int>(v => (int)v * 10, v => (Rating)(v / 10)));
            rated.Property(r => r.Small).HasConversion(new ValueConverter<short, int>(v => v * 10, v => (short)(v / 10)));
            rated.Property(r => r.Letter).HasConversion(new ValueConverter<char, int>(v => v - 'a', v => (char)(v + 'a')));
            rated.Property(r => r.Number).HasConversion(new ValueConverter<int, int>(v => v * 10, v => v / 10));
            rated.Property(r => r.Maybe).HasConversion(new MaybeConverter());
        });
    }

    public static void Fill(RatedContext db)
    {
        ArgumentNullException.ThrowIfNull(db);
        db.AddRange(new Rated { Id = 1, Rating = Rating.Mid, Maybe = 1 }, new Rated { Id = 2, Maybe = 2 });
        db.SaveChanges();
    }

    private sealed class MaybeConverter() : ValueConverter<int?, int>(v => v ?? -1, v => v == -1 ? null : v)
    {
        public override bool ConvertsNulls => true;
    }
}

/// <summary>Conditions on converted columns, whose values are of other types than the model's.</summary>
public abstract class ConvertedValueTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : ConvertedValueTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : ConvertedValueTests(Provider.Postgres);

    private readonly Scratch<RatedContext> _rated = new(o => new RatedContext(o), RatedContext.Fill, provider: provider);

    public void Dispose()
    {
        _rated.Dispose();
        GC.SuppressFinalize(this);
    }

    // Guards StoreValue.TryHash: the value of the condition is a number, where the column's is an enum, a short or a char.
    [Theory]
    [InlineData("enum")]
    [InlineData("enum or enum")]
    [InlineData("enum as its number")]
    [InlineData("enum in a list")]
    [InlineData("short, constant")]
    [InlineData("short, parameter")]
    [InlineData("char")]
    [InlineData("int, short parameter")]
    [InlineData("int, enum parameter")]
    public void WhenAConditionComparesAnotherType_TheStoresValueCounts(string how)
    {
        var (two, small, high, either) = (2, (short)2, Rating.High, new[] { Rating.High, Rating.Mid });
        _rated.Check(
            db => (how switch
            {
                "enum" => db.Rated.Where(r => r.Rating == Rating.High),
                "enum or enum" => db.Rated.Where(r => r.Rating == Rating.High || r.Rating == Rating.Mid),
                "enum as its number" => db.Rated.Where(r => (int)r.Rating == two),
                "enum in a list" => db.Rated.Where(r => either.Contains(r.Rating)),
                "short, constant" => db.Rated.Where(r => r.Small == 2),
                "short, parameter" => db.Rated.Where(r => r.Small == two),
                "char" => db.Rated.Where(r => r.Letter == 'c'),
                "int, short parameter" => db.Rated.Where(r => r.Number == small),
                _ => db.Rated.Where(r => r.Number == (int)high),
            }).OrderBy(r => r.Id).Select(r => r.Id).ToList(),
            db => db.Add(new Rated { Id = 7, Rating = Rating.High, Small = 2, Letter = 'c', Number = 2 }));
    }

    // Guards the same in set writes: the WHERE tells what the rows' values were.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhenASetWriteComparesAnotherType_TheStoresValueCounts(bool deletes)
    {
        Rating? mid = Rating.Mid;
        _rated.Check(
            db => db.Rated.Where(r => r.Rating == mid).OrderBy(r => r.Id).Select(r => new { r.Id, r.Count }).ToList(),
            db =>
            {
                var rated = db.Rated.Where(r => r.Rating == Rating.Mid);
                _ = deletes ? rated.ExecuteDelete() : rated.ExecuteUpdate(u => u.SetProperty(r => r.Count, 5));
            });
    }

    // Guards StoreValue.TryHash: ConvertsNulls.
    [Theory]
    [InlineData(-1)]
    [InlineData(null)]
    [InlineData(1)]
    public void WhenAConverterConvertsNull_TheStoresValueCounts(int? asked)
        => _rated.Check(
            db => asked == 1
                ? db.Rated.Where(r => r.Maybe == asked).OrderBy(r => r.Id).Select(r => r.Count).ToList()
                : db.Rated.Where(r => r.Maybe == asked || r.Maybe == -1).OrderBy(r => r.Id).Select(r => r.Count).ToList(),
            db =>
            {
                if (asked == 1)
                {
                    db.Rated.Single(r => r.Id == 1).Maybe = null;
                }
                else
                {
                    db.Add(new Rated { Id = 7, Maybe = null });
                }
            });
}
