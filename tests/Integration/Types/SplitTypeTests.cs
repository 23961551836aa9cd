using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Types;

/// <summary>Columns that a split query asks for as objects.</summary>
public abstract class SplitTypeTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : SplitTypeTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : SplitTypeTests(Provider.Postgres);

    private readonly Scratch<CrateContext> _crates = new(static o => new CrateContext(o), CrateContext.Fill, provider: provider);

    public void Dispose() => _crates.Dispose();

    // Guards ResultReader.GetFieldValue: an array asked for as an object.
    [Fact]
    public void WhenALoadedRowHasAnArray_EachAnswerHasItsOwn()
    {
        Ask().ShouldBe(("a,b; 1,2; 10,11", QueryResultSource.Miss));
        Ask().ShouldBe(("a,b; 1,2; 10,11", QueryResultSource.Hit));

        (string Answer, QueryResultSource Source) Ask()
        {
            using var db = _crates.Open();
            var crate = db.Crates.AsSplitQuery().Include(c => c.Things).Cacheable().ToList().Single();
            var answer = $"{string.Join(',', crate.Tags)}; {string.Join(',', crate.Numbers)}; {string.Join(',', crate.Things.Select(t => t.Id))}";
            crate.Tags.Clear();
            crate.Numbers[0] = 7;
            return (answer, db.Last()!.Source);
        }
    }
}

public sealed class Crate
{
    public int Id { get; set; }
    public List<string> Tags { get; set; } = [];
    public int[] Numbers { get; set; } = [];
    public List<CrateThing> Things { get; } = [];
}

public sealed class CrateThing
{
    public int Id { get; set; }
    public int CrateId { get; set; }
}

public sealed class CrateContext(DbContextOptions<CrateContext> options) : DbContext(options)
{
    public DbSet<Crate> Crates => Set<Crate>();

    internal static void Fill(CrateContext db)
    {
        db.Add(new Crate { Id = 1, Tags = ["a", "b"], Numbers = [1, 2], Things = { new CrateThing { Id = 10 }, new CrateThing { Id = 11 } } });
        db.SaveChanges();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Crate>().Property(c => c.Id).ValueGeneratedNever();
        modelBuilder.Entity<CrateThing>().Property(t => t.Id).ValueGeneratedNever();
    }
}
