using Microsoft.EntityFrameworkCore;

namespace ZooCache.Integration.Tests.Precision;

public sealed class Client
{
    public int Id { get; set; }
    public List<Note> Notes { get; } = [];
}

public sealed class Note
{
    public int Id { get; set; }
    public int ClientId { get; set; }
    public int Kind { get; set; }
}

public sealed class Hint
{
    public int Id { get; set; }
    public int ClientId { get; set; }
    public int Kind { get; set; }
}

/// <summary>Two tables of one name in two schemas; SQLite has no schemas, and tells apart what differs in case beyond ASCII.</summary>
public sealed class TwinContext(DbContextOptions<TwinContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        var sqlite = Database.IsSqlite();
        modelBuilder.Entity<Client>().HasMany(c => c.Notes).WithOne().HasForeignKey(n => n.ClientId);
        modelBuilder.Entity<Hint>().HasOne<Client>().WithMany().HasForeignKey(n => n.ClientId);
        modelBuilder.Entity<Note>().ToTable(sqlite ? "Né" : "Notes", sqlite ? null : "sales").HasIndex(n => n.Kind);
        modelBuilder.Entity<Hint>().ToTable(sqlite ? "NÉ" : "Notes", sqlite ? null : "support").HasIndex(n => n.Kind).HasDatabaseName("IX_Hint_Kind");
        if (sqlite)
        {
            modelBuilder.Entity<Note>().HasIndex(n => n.ClientId).HasDatabaseName("IX_Note_Client");
            modelBuilder.Entity<Hint>().HasIndex(n => n.ClientId).HasDatabaseName("IX_Hint_Client");
        }

        foreach (var type in modelBuilder.Model.GetEntityTypes())
        {
            modelBuilder.Entity(type.ClrType).Property("Id").ValueGeneratedNever();
        }
    }

    public static void Fill(TwinContext db)
    {
        ArgumentNullException.ThrowIfNull(db);
        db.AddRange(new Client { Id = 1 }, new Client { Id = 2 });
        db.AddRange(new Note { Id = 1, ClientId = 1, Kind = 1 }, new Note { Id = 2, ClientId = 2, Kind = 1 });
        db.AddRange(new Hint { Id = 11, ClientId = 1, Kind = 2 }, new Hint { Id = 12, ClientId = 2, Kind = 2 });
        db.SaveChanges();
    }
}

public sealed class CaseContext(DbContextOptions<CaseContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
        => modelBuilder.Entity<Accent>(a =>
        {
            a.Property(x => x.Id).ValueGeneratedNever();
            a.Property(x => x.A).HasColumnName("code");
            a.Property(x => x.B).HasColumnName("Code");
            a.HasIndex(x => x.A).HasDatabaseName("one");
            a.HasIndex(x => x.B).HasDatabaseName("two");
        });

    public static void Fill(CaseContext db)
    {
        ArgumentNullException.ThrowIfNull(db);
        db.Add(new Accent { Id = 1, A = 1, B = 1 });
        db.SaveChanges();
    }
}
