using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ZooCache.Integration.Tests.Precision;

public sealed class Shelf
{
    public int Id { get; set; }
    public List<Book> Books { get; } = [];
}

/// <summary>EF takes no notice of the case of its code, the store does.</summary>
public sealed class Book
{
    public int ShelfId { get; set; }
    public string Code { get; set; } = "";
    public int Kind { get; set; }
}

/// <summary>The store rounds its number.</summary>
public sealed class Big
{
    public int Id { get; set; }
    public long Number { get; set; }
}

/// <summary>Two columns whose names differ in case only.</summary>
public sealed class Accent
{
    public int Id { get; set; }
    public int A { get; set; }
    public int B { get; set; }
}

public sealed class Lamp
{
    public int Id { get; set; }
    public int Level { get; set; }
}

public sealed class Parent
{
    public int Id { get; set; }
    public List<Child> Children { get; } = [];
}

/// <summary>99 is read as 2.</summary>
public sealed class Child
{
    public int Id { get; set; }
    public int ParentId { get; set; }
    public int Kind { get; set; }
}

/// <summary>The setter of one property changes another.</summary>
public sealed class Meddled
{
    private string _name = "";

    public int Id { get; set; }

    public int Group { get; set; }

    public string Name
    {
        get => _name;
        set
        {
            _name = value;
            Group %= 10;
        }
    }
}

/// <summary>Values that EF, the store and the application take for the same or not, each in its way.</summary>
public sealed class OddContext(DbContextOptions<OddContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Shelf>().HasMany(s => s.Books).WithOne().HasForeignKey(b => b.ShelfId).OnDelete(DeleteBehavior.Cascade);
        modelBuilder.Entity<Shelf>().Property(b => b.Id).ValueGeneratedNever();
        modelBuilder.Entity<Book>(b =>
        {
            b.HasKey(x => new { x.ShelfId, x.Code });
            b.HasIndex(x => x.Kind);
            b.Property(x => x.Code).Metadata.SetValueComparer(new ValueComparer<string>(
                (x, y) => string.Equals(x, y, StringComparison.OrdinalIgnoreCase), x => x.ToUpperInvariant().GetHashCode(StringComparison.Ordinal), x => x));
        });
        modelBuilder.Entity<Big>().Property(b => b.Id).ValueGeneratedNever();
        modelBuilder.Entity<Big>().Property(b => b.Number).HasColumnType("REAL");
        modelBuilder.Entity<Big>().HasIndex(b => b.Number);
        modelBuilder.Entity<Accent>(a =>
        {
            a.Property(x => x.Id).ValueGeneratedNever();
            a.Property(x => x.A).HasColumnName("é");
            a.Property(x => x.B).HasColumnName("É");
            a.HasIndex(x => x.A);
            a.HasIndex(x => x.B);
        });
        modelBuilder.Entity<Lamp>().ToTable("Lamps").Property(b => b.Id).ValueGeneratedNever();
        modelBuilder.Entity<Lamp>().HasIndex(l => l.Level);
        modelBuilder.Entity<Meddled>().Property(b => b.Id).ValueGeneratedNever();
        modelBuilder.Entity<Meddled>().HasIndex(l => l.Group);
        modelBuilder.Entity<Meddled>().Property(b => b.Name).UsePropertyAccessMode(PropertyAccessMode.Property);
        modelBuilder.Entity<Child>().Property(b => b.Id).ValueGeneratedNever();
        modelBuilder.Entity<Parent>().Property(b => b.Id).ValueGeneratedNever();
        modelBuilder.Entity<Child>().HasOne<Parent>().WithMany(p => p.Children).HasForeignKey(c => c.ParentId);
        modelBuilder.Entity<Child>().HasIndex(c => c.Kind);
        modelBuilder.Entity<Child>().Property(c => c.ParentId).HasConversion(new ValueConverter<int, int>(v => v, v => v == 99 ? 2 : v));
    }

    public static void Fill(OddContext db)
    {
        ArgumentNullException.ThrowIfNull(db);
        db.Add(new Shelf { Id = 1 });
        db.Add(new Shelf { Id = 2 });
        db.Add(new Big { Id = 1, Number = 9007199254740992L });
        db.Add(new Accent { Id = 1, A = 1, B = 1 });
        db.Add(new Lamp { Id = 1, Level = 1 });
        db.AddRange(new Parent { Id = 1 }, new Parent { Id = 2 }, new Parent { Id = 99 });
        db.Add(new Child { Id = 1, ParentId = 99, Kind = 3 });
        db.SaveChanges();
        db.Database.ExecuteSqlRaw("INSERT INTO \"Meddled\" (\"Id\", \"Group\", \"Name\") VALUES (1, 11, 'x')");
        db.Database.ExecuteSqlRaw("INSERT INTO \"Book\" (\"ShelfId\", \"Code\", \"Kind\") VALUES (1, 'a', 1), (1, 'A', 2), (2, 'a', 1)");
    }
}

public sealed class Light
{
    public int Id { get; set; }
    public bool Level { get; set; }
}

/// <summary>A lamp's level as yes or no.</summary>
public sealed class LightContext(DbContextOptions<LightContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Light>().ToTable("Lamps").Property(b => b.Id).ValueGeneratedNever();
        modelBuilder.Entity<Light>().HasIndex(l => l.Level);
    }
}
