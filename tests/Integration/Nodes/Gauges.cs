using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests;

/// <summary>A row of one of a few groups.</summary>
public sealed class Gauge
{
    public int Id { get; set; }
    public int Group { get; set; }
    public int Value { get; set; }
}

public sealed class GaugeContext(DbContextOptions<GaugeContext> options) : DbContext(options)
{
    internal const int Rows = 4;

    public DbSet<Gauge> Gauges => Set<Gauge>();

    /// <summary>A database in which row 1 is in group 1, row 2 in group 0, and so on by turns; readers go on beside a writer.</summary>
    internal static TestDatabase Create() => TestDatabase.Create(Provider.Sqlite, template: null, Fill);

    internal static DbContextOptionsBuilder<GaugeContext> On(TestDatabase database)
    {
        var builder = new DbContextOptionsBuilder<GaugeContext>();
        database.Use(builder);
        return builder;
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Gauge>().HasIndex(g => g.Group);
    }

    private static void Fill(TestDatabase database)
    {
        database.Execute("PRAGMA journal_mode=WAL");
        using var db = new GaugeContext(On(database).Options);
        db.Database.EnsureCreated();
        db.AddRange(Enumerable.Range(1, Rows).Select(i => new Gauge { Id = i, Group = i % 2 }));
        db.SaveChanges();
    }
}
