using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Values that the store makes, and that don't come back as it has them.</summary>
public abstract class GeneratedValueTests(Provider provider)
{
    public sealed class OnSqlite() : GeneratedValueTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : GeneratedValueTests(Provider.Postgres);

    // Guards RowImages.Of: what was read back isn't hashed where a converter may have changed it.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void WhenAConverterTakesAwayFromWhatTheStoreMakes_ItsAnswersEnd(int rows)
    {
        using var tickets = new Scratch<TicketContext>(static o => new TicketContext(o), static _ => { }, provider: provider);
        Ask().ShouldBe((0, 0));
        using (var db = tickets.Open())
        {
            db.AddRange(Enumerable.Range(0, rows).Select(static _ => new Ticket()));
            db.SaveChanges();
        }

        Ask().ShouldBe((rows, rows));

        (int ByRank, int ByCode) Ask()
        {
            using var db = tickets.Open();
            return (TicketContext.Seventeen(db), db.Tickets.Where(t => t.Code == "A-7").Cacheable().ToList().Count);
        }
    }

    // Guards the same: other nodes aren't told of a value that the row hasn't.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void WhenAConverterTakesAwayFromWhatTheStoreMakes_ItsAnswersEndElsewhere(int rows)
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual, database: TestDatabase.Create(provider, template: null, TicketContext.Make));
        Ask().ShouldBe(0);
        using (var db = nodes[0].On<TicketContext>())
        {
            db.AddRange(Enumerable.Range(0, rows).Select(static _ => new Ticket()));
            db.SaveChanges();
        }

        Ask().ShouldBe(rows);

        int Ask()
        {
            using var db = nodes[1].On<TicketContext>();
            return TicketContext.Seventeen(db);
        }
    }

    // Guards RowImages.Of, and the catch in StoreValue.TryConvert behind it: EF never converts what it has read back to the store.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void WhenAConverterRefusesWhatTheStoreMakes_ItIsSaved(int rows)
    {
        using var refusals = new Scratch<RefusalContext>(static o => new RefusalContext(o), static _ => { }, provider: provider);
        using var db = refusals.Open();
        db.Refusals.Where(r => r.Code == "x").Cacheable().ToList().ShouldBeEmpty();
        db.AddRange(Enumerable.Range(0, rows).Select(static _ => new Refusal()));
        db.SaveChanges().ShouldBe(rows);
        db.Refusals.AsNoTracking().Cacheable().ToList().Select(r => r.Code).ShouldBe(Enumerable.Repeat("A", rows));
        refusals.Cache.GetStatistics().Marks.ShouldBe(0);
    }
}

public sealed class Ticket
{
    public int Id { get; set; }
    public int Rank { get; set; }
    public string? Code { get; set; }
}

public sealed class TicketContext(DbContextOptions<TicketContext> options) : DbContext(options)
{
    public DbSet<Ticket> Tickets => Set<Ticket>();

    internal static int Seventeen(TicketContext db) => db.Tickets.Where(t => t.Rank == 17).Cacheable().ToList().Count;

    internal static void Make(TestDatabase database)
    {
        var builder = new DbContextOptionsBuilder<TicketContext>();
        database.Use(builder);
        using var db = new TicketContext(builder.Options);
        db.Database.EnsureCreated();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Ticket>(ticket =>
        {
            ticket.HasIndex(t => t.Rank);
            ticket.HasIndex(t => t.Code);
            ticket.Property(t => t.Rank).HasDefaultValueSql("17").ValueGeneratedOnAdd().HasConversion(new ValueConverter<int, int>(v => v, v => v % 10));
            ticket.Property(t => t.Code).HasDefaultValueSql("'A-7'").ValueGeneratedOnAdd().HasConversion(new ValueConverter<string?, string>(v => v!, v => v.Replace("-", "")));
        });
    }
}

public sealed class Refusal
{
    public int Id { get; set; }
    public string? Code { get; set; }
}

public sealed class RefusalContext(DbContextOptions<RefusalContext> options) : DbContext(options)
{
    public DbSet<Refusal> Refusals => Set<Refusal>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Refusal>(refusal =>
        {
            refusal.HasIndex(r => r.Code);
            refusal.Property(r => r.Code).HasDefaultValueSql("'A'").ValueGeneratedOnAdd().HasConversion(new ValueConverter<string?, string>(v => Checked(v!), v => v));
        });
    }

    private static string Checked(string value) => value == "A" ? throw new FormatException("The store alone makes these.") : value;
}
