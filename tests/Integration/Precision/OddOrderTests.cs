using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Integers that the store doesn't order as integers.</summary>
public sealed class OddOrderTests : IDisposable
{
    private readonly Scratch<ScaleContext> _scale = new(o => new ScaleContext(o), ScaleContext.Fill);

    public void Dispose() => _scale.Dispose();

    // Guards StoreValue.IsOrdered: 9 is behind 30, and 20 before it.
    [Fact]
    public void WhenTheStoreKeepsIntegersAsTexts_TheirOrderIsTheTexts()
    {
        Ask().ShouldBe("3:30");
        using (var db = _scale.Open())
        {
            db.Weights.Find(1)!.Grams = 20;
            db.SaveChanges();
        }

        Ask().ShouldBe("1:20");
    }

    private string Ask()
    {
        using var db = _scale.Open();
        return string.Join(' ', db.Weights.OrderBy(w => w.Grams).Skip(1).Take(1).Cacheable().ToList().Select(w => $"{w.Id}:{w.Grams}"));
    }

    public sealed class Weight
    {
        public int Id { get; set; }
        public int Grams { get; set; }
    }

    public sealed class ScaleContext(DbContextOptions<ScaleContext> options) : DbContext(options)
    {
        public DbSet<Weight> Weights => Set<Weight>();

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            ArgumentNullException.ThrowIfNull(modelBuilder);
            modelBuilder.Entity<Weight>().Property(w => w.Grams).HasColumnType("TEXT");
        }

        public static void Fill(ScaleContext db)
        {
            ArgumentNullException.ThrowIfNull(db);
            db.AddRange(new Weight { Id = 1, Grams = 9 }, new Weight { Id = 2, Grams = 10 }, new Weight { Id = 3, Grams = 30 });
            db.SaveChanges();
        }
    }
}
