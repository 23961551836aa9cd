using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ZooCache.Integration.Tests.Precision;

public interface IGrouped
{
    int Id { get; }

    int Group { get; set; }
}

/// <summary>What it is given isn't what it keeps.</summary>
public class BySetter : IGrouped
{
    private int _group;

    public int Id { get; set; }

    public int Group { get => _group; set => _group = value % 10; }
}

public class ByConstructor(int id, int group) : IGrouped
{
    public int Id { get; private set; } = id;

    public int Group { get; set; } = group % 10;
}

/// <summary>What it shows isn't what it keeps.</summary>
public class ByGetter : IGrouped
{
    private int _group;

    public int Id { get; set; }

    public int Group { get => _group % 10; set => _group = value; }
}

/// <summary>A converter reads several store values as one.</summary>
public class ByConverter : IGrouped
{
    public int Id { get; set; }

    public int Group { get; set; }
}

/// <summary>The store gives a group to rows that have none.</summary>
public class ByDefault
{
    public int Id { get; set; }

    public int? Group { get; set; }
}

/// <summary>The store computes the group.</summary>
public class ByComputation
{
    public int Id { get; set; }

    public int Number { get; set; }

    public int Group { get; private set; }
}

/// <summary>Its token doesn't tell of every change.</summary>
public class ByToken
{
    public int Id { get; set; }

    public int Group { get; set; }

    public int Version { get; set; }
}

public class Folder
{
    public int Id { get; set; }

    public string Name { get; set; } = "";

    public virtual ICollection<Sheet> Sheets { get; } = [];
}

/// <summary>Its foreign key is a shadow, its navigation loads itself.</summary>
public class Sheet
{
    public int Id { get; set; }

    public string Text { get; set; } = "";

    public virtual Folder? Folder { get; set; }
}

/// <summary>Entities that don't hold what the store has.</summary>
public sealed class StrangeContext(DbContextOptions<StrangeContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<BySetter>(e => (e.HasIndex(r => r.Group), e.Property(r => r.Group).UsePropertyAccessMode(PropertyAccessMode.Property)).ToString());
        modelBuilder.Entity<ByConstructor>().HasIndex(r => r.Group);
        modelBuilder.Entity<ByGetter>().HasIndex(r => r.Group);
        modelBuilder.Entity<ByConverter>().HasIndex(r => r.Group);
        modelBuilder.Entity<ByConverter>().Property(r => r.Group).HasConversion(new ValueConverter<int, int>(g => g, g => g % 10));
        modelBuilder.Entity<ByDefault>().HasIndex(r => r.Group);
        modelBuilder.Entity<ByDefault>().Property(r => r.Group).HasDefaultValue(7);
        modelBuilder.Entity<ByComputation>().HasIndex(r => r.Group);
        modelBuilder.Entity<ByComputation>().Property(r => r.Group).HasComputedColumnSql("\"Number\" / 10", stored: true);
        modelBuilder.Entity<ByToken>().HasIndex(r => r.Group);
        modelBuilder.Entity<ByToken>().Property(r => r.Version).IsConcurrencyToken();
        modelBuilder.Entity<Folder>().HasMany(f => f.Sheets).WithOne(s => s.Folder);
        foreach (var type in modelBuilder.Model.GetEntityTypes())
        {
            modelBuilder.Entity(type.ClrType).Property("Id").ValueGeneratedNever();
        }
    }

    public static void Fill(StrangeContext db)
    {
        ArgumentNullException.ThrowIfNull(db);
        foreach (var table in new[] { nameof(BySetter), nameof(ByConstructor), nameof(ByGetter), nameof(ByConverter) })
        {
            db.Database.ExecuteSqlRaw($"INSERT INTO \"{table}\" (\"Id\", \"Group\") VALUES (1, 11), (2, 2), (3, 3)");
        }

        for (var i = 1; i <= 3; i++)
        {
            db.Add(new ByDefault { Id = i, Group = i });
            db.Add(new ByComputation { Id = i, Number = i * 10 });
            db.Add(new ByToken { Id = i, Group = i });
            db.Add(new Folder { Id = i, Sheets = { new Sheet { Id = i } } });
        }

        db.SaveChanges();
    }
}
