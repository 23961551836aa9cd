using Microsoft.EntityFrameworkCore;

namespace ZooCache.Consistency.Tests.World;

public sealed class SlimCustomer : IKeyed
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
    string IKeyed.KeyText => $"{Id}";
}

public sealed class SlimOrder : IKeyed
{
    public int Id { get; set; }
    public int CustomerId { get; set; }
    public int Status { get; set; }
    string IKeyed.KeyText => $"{Id}";
}

public sealed class SlimLine : IKeyed
{
    public int OrderId { get; set; }
    public int No { get; set; }
    public int Quantity { get; set; }
    string IKeyed.KeyText => $"{OrderId}/{No}";
}

public sealed class SlimCategory : IKeyed
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Another key than the whole model's.</summary>
public sealed class SlimCard : IKeyed
{
    public long Number { get; set; }
    public int CustomerId { get; set; }
    public string Holder { get; set; } = "";
    string IKeyed.KeyText => $"{Number}";
}

/// <summary>Without a key, on a table that has one.</summary>
public sealed class SlimNote
{
    public int OrderId { get; set; }
    public string? Text { get; set; }
}

/// <summary>One half of a split entity.</summary>
public sealed class SlimPay : IKeyed
{
    public int Id { get; set; }
    public int Salary { get; set; }
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Of an item's foreign keys it knows one, as a longer integer, and of indexes that of the mode; its numbers are text and its text numbers.</summary>
public sealed class SlimItem : IKeyed
{
    public int Id { get; set; }
    public long HubId { get; set; }
    public int Slot { get; set; }
    public int Grade { get; set; }
    public string Mode { get; set; } = "";
    public int Big { get; set; }
    public string Nick { get; set; } = "";
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Knows of no foreign key that points to it.</summary>
public sealed class SlimHub : IKeyed
{
    public long Id { get; set; }
    public string Name { get; set; } = "";
    public int Kind { get; set; }
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>A bounded context over the same tables: fewer columns, no relationships, one other key, other CLR types.</summary>
public sealed class NarrowContext(DbContextOptions<NarrowContext> options) : DbContext(options)
{
    public DbSet<SlimCustomer> Customers => Set<SlimCustomer>();

    public DbSet<SlimOrder> Orders => Set<SlimOrder>();

    public DbSet<SlimLine> Lines => Set<SlimLine>();

    public DbSet<SlimCategory> Categories => Set<SlimCategory>();

    public DbSet<SlimCard> Cards => Set<SlimCard>();

    public DbSet<SlimNote> Notes => Set<SlimNote>();

    public DbSet<SlimPay> Pay => Set<SlimPay>();

    public DbSet<SlimItem> Items => Set<SlimItem>();

    public DbSet<SlimHub> Hubs => Set<SlimHub>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<SlimCustomer>().ToTable("Customers");
        modelBuilder.Entity<SlimOrder>().ToTable("Orders");
        modelBuilder.Entity<SlimLine>().ToTable("Lines").HasKey(l => new { l.No, l.OrderId });
        modelBuilder.Entity<SlimCategory>().ToTable("Categories");
        modelBuilder.Entity<SlimCard>().ToTable("Cards").HasKey(c => c.Number);
        modelBuilder.Entity<SlimNote>().HasNoKey().ToTable("Notes");
        modelBuilder.Entity<SlimPay>().ToTable("WorkerPay").Property(p => p.Id).ValueGeneratedNever();
        modelBuilder.Entity<SlimCard>().Property(c => c.Number).ValueGeneratedNever();
        modelBuilder.Entity<SlimItem>().ToTable("Items").Property(i => i.Id).ValueGeneratedNever();
        modelBuilder.Entity<SlimItem>().HasIndex(i => i.Mode);
        modelBuilder.Entity<SlimHub>().ToTable("Hubs").Property(h => h.Id).ValueGeneratedNever();
        if (Database.IsSqlite())
        {
            // The column's affinity makes numbers of them again.
            modelBuilder.Entity<SlimItem>().Property(i => i.Slot).HasConversion<string>();
        }
    }
}
