using Microsoft.EntityFrameworkCore;

namespace ZooCache.Integration.Tests.Precision;

public sealed class Park
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
    public List<Cage> Cages { get; } = [];
    public List<Hall> Halls { get; } = [];
    public List<Yard> Yards { get; } = [];
}

/// <summary>Cut off when its park goes.</summary>
public sealed class Cage
{
    public int Id { get; set; }
    public int? ParkId { get; set; }
    public Park? Park { get; set; }
    public string Name { get; set; } = "";
}

/// <summary>Goes with its park.</summary>
public sealed class Hall
{
    public int Id { get; set; }
    public int ParkId { get; set; }
    public Park? Park { get; set; }
    public string Name { get; set; } = "";
    public List<Beast> Beasts { get; } = [];
}

/// <summary>Goes with its hall.</summary>
public sealed class Beast
{
    public int Id { get; set; }
    public int HallId { get; set; }
    public Hall? Hall { get; set; }
    public int Kind { get; set; }
}

/// <summary>Goes with its park, and has a concurrency token.</summary>
public sealed class Yard
{
    public int Id { get; set; }
    public int ParkId { get; set; }
    public Park? Park { get; set; }
    public int Version { get; set; }
    public List<Bird> Birds { get; } = [];
}

/// <summary>Goes with its yard.</summary>
public sealed class Bird
{
    public int Id { get; set; }
    public int YardId { get; set; }
    public Yard? Yard { get; set; }
    public int Kind { get; set; }
}

public sealed class ParkContext(DbContextOptions<ParkContext> options) : DbContext(options)
{
    public DbSet<Park> Parks => Set<Park>();

    public DbSet<Cage> Cages => Set<Cage>();

    public DbSet<Hall> Halls => Set<Hall>();

    public DbSet<Beast> Beasts => Set<Beast>();

    public DbSet<Bird> Birds => Set<Bird>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Cage>().HasOne(c => c.Park).WithMany(p => p.Cages).OnDelete(DeleteBehavior.SetNull);
        modelBuilder.Entity<Hall>().HasOne(h => h.Park).WithMany(p => p.Halls).OnDelete(DeleteBehavior.Cascade);
        modelBuilder.Entity<Yard>().HasOne(y => y.Park).WithMany(p => p.Yards).OnDelete(DeleteBehavior.Cascade);
        modelBuilder.Entity<Yard>().Property(y => y.Version).IsConcurrencyToken();
        modelBuilder.Entity<Bird>().HasIndex(b => b.Kind);
        modelBuilder.Entity<Beast>().HasIndex(b => b.Kind);
        foreach (var type in modelBuilder.Model.GetEntityTypes())
        {
            modelBuilder.Entity(type.ClrType).Property("Id").ValueGeneratedNever();
        }
    }

    /// <summary>Parks 1 to 3, each with two cages, a hall with a beast of kind 1 and one of kind 2, and a yard with a bird.</summary>
    public static void Fill(ParkContext db)
    {
        ArgumentNullException.ThrowIfNull(db);
        for (var i = 1; i <= 3; i++)
        {
            db.Add(new Park
            {
                Id = i,
                Cages = { new Cage { Id = i * 10 }, new Cage { Id = (i * 10) + 1 } },
                Yards = { new Yard { Id = i * 10, Birds = { new Bird { Id = i * 10, Kind = 1 } } } },
                Halls = { new Hall { Id = i * 10, Beasts = { new Beast { Id = i * 10, Kind = 1 }, new Beast { Id = (i * 10) + 1, Kind = 2 } } } },
            });
        }

        db.SaveChanges();
    }
}
