using Microsoft.EntityFrameworkCore;

namespace ZooCache.Benchmarks.Data;

internal sealed class Item
{
    public int Id { get; set; }

    public int ShelfId { get; set; }

    public string Name { get; set; } = "";

    public string? Note { get; set; }

    public double Price { get; set; }

    public DateTime ChangedAt { get; set; }
}

internal sealed class Shelf
{
    public int Id { get; set; }

    public string Name { get; set; } = "";

    public List<Item> Items { get; } = [];
}

/// <summary>What a crate holds: twenty parts.</summary>
internal sealed class Part
{
    public int Id { get; set; }

    public int CrateId { get; set; }

    public string Name { get; set; } = "";

    public int Quantity { get; set; }
}

internal sealed class Crate
{
    public int Id { get; set; }

    public string Name { get; set; } = "";

    public List<Part> Parts { get; } = [];
}

/// <summary>A row that nobody can change once it is made.</summary>
internal sealed record ItemLine(int Id, string Name, double Price);

internal sealed class BenchmarkContext(DbContextOptions<BenchmarkContext> options) : DbContext(options)
{
    public DbSet<Item> Items => Set<Item>();

    public DbSet<Shelf> Shelves => Set<Shelf>();

    public DbSet<Crate> Crates => Set<Crate>();
}
