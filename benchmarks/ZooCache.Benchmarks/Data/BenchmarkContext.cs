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

internal sealed class BenchmarkContext(DbContextOptions<BenchmarkContext> options) : DbContext(options)
{
    public DbSet<Item> Items => Set<Item>();

    public DbSet<Shelf> Shelves => Set<Shelf>();
}
