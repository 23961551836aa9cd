using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>Columns that are named as functions that nobody may cache.</summary>
public sealed class Misnomer
{
    public int Id { get; set; }
    public int Random { get; set; }
    public DateTime Now { get; set; }
    public string Text { get; set; } = "";
}

public sealed class MisnomerContext(DbContextOptions<MisnomerContext> options) : DbContext(options)
{
    public DbSet<Misnomer> All => Set<Misnomer>();

    public static int Roll(int sides) => throw new NotSupportedException($"A function of the database, for {sides}.");

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Misnomer>(m =>
        {
            m.Property(x => x.Random).HasColumnName("random");
            m.Property(x => x.Now).HasColumnName("now");
            m.Property(x => x.Text).HasColumnName("current_timestamp");
        });
        modelBuilder.HasDbFunction(() => Roll(0)).HasName("abs").HasSchema(null);
    }
}

/// <summary>What is different each time is asked each time; what only looks like it is cached.</summary>
public abstract class DeterminismTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : DeterminismTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : DeterminismTests(Provider.Postgres);

    private readonly Scratch<MisnomerContext> _scratch = new(o => new MisnomerContext(o), Fill, provider: provider);

    public void Dispose() => _scratch.Dispose();

    // Guards DeterministicSql: the list of functions that are known.
    [Fact]
    public void WhenTheDatabaseTellsTheTimeOrADie_ItIsAskedEachTime()
    {
        NeverCached(db => db.All.Select(m => DateTime.UtcNow));
        NeverCached(db => db.All.Where(m => m.Now < DateTime.UtcNow));
        NeverCached(db => db.All.Where(m => m.Now < DateTime.UtcNow.AddDays(m.Id)));
        NeverCached(db => db.All.OrderBy(m => EF.Functions.Random()));
        NeverCached(db => db.All.Where(m => m.Id > 0 && EF.Functions.Random() >= 0));
        NeverCached(db => db.All.Where(m => db.All.Any(n => EF.Functions.Random() >= 0)));
        if (provider == Provider.Sqlite)
        {
            NeverCached(db => db.All.Where(m => m.Now < DateTime.Now));
            NeverCached(db => db.All.Where(m => m.Now > DateTime.Today.AddYears(-100)));
        }
        else
        {
            NeverCached(db => db.All.Where(m => m.Text != Guid.NewGuid().ToString()));
        }
    }

    [Fact]
    public void WhenAFunctionIsTheApplications_ItIsNotKnownToBeDeterministic()
        => NeverCached(db => db.All.Where(m => MisnomerContext.Roll(m.Id) > 0));

    [Fact]
    public void WhenAColumnOrATextOnlyLooksLikeIt_TheQueryIsCached()
    {
        Cached(db => db.All.Where(m => m.Random == 7));
        Cached(db => db.All.OrderBy(m => m.Random).Select(m => m.Now));
        Cached(db => db.All.Where(m => m.Text == "now"));
        Cached(db => db.All.Where(m => m.Text.Contains("random()")));
        Cached(db => db.All.Where(m => m.Text.StartsWith("current_timestamp")));
        Cached(db => db.All.Select(m => m.Text + "now()"));
    }

    [Fact]
    public void WhenTheApplicationTellsTheTime_EachMomentIsAnAnswerOfItsOwn()
    {
        using var db = _scratch.Open(z => z.CacheAll());
        for (var day = 1; day <= 3; day++)
        {
            var before = new DateTime(2026, 1, day, 12, 0, 0, DateTimeKind.Utc);
            db.All.Count(m => m.Now < before).ShouldBe(day);
            db.Last()!.Source.ShouldBe(QueryResultSource.Miss);
        }
    }

    private static void Fill(MisnomerContext db)
    {
        for (var day = 1; day <= 3; day++)
        {
            db.Add(new Misnomer { Random = 7, Now = new DateTime(2026, 1, day, 0, 0, 0, DateTimeKind.Utc), Text = day == 1 ? "now" : "random()" });
        }
    }

    private void NeverCached<T>(Func<MisnomerContext, IQueryable<T>> query)
    {
        for (var i = 0; i < 2; i++)
        {
            using var db = _scratch.Open(z => z.CacheAll());
            query(db).ToList().Count.ShouldBe(3);
            db.Last()!.Source.ShouldBe(QueryResultSource.Bypass, query(db).ToQueryString());
            db.Last()!.Reason.ShouldMatch("^unknown-(function|expression)");
        }
    }

    private void Cached<T>(Func<MisnomerContext, IQueryable<T>> query)
    {
        foreach (var expected in new[] { Outcomes.NotFound, Outcomes.Hit })
        {
            using var db = _scratch.Open(z => z.CacheAll());
            query(db).ToList();
            db.Last().ShouldBe(expected, query(db).ToQueryString());
        }
    }
}
