using Microsoft.EntityFrameworkCore;

namespace Web;

/// <summary>A product of the catalogue.</summary>
internal sealed class Product
{
    public int Id { get; set; }

    public string Name { get; set; } = "";

    public decimal Price { get; set; }
}

/// <summary>The catalogue.</summary>
internal sealed class CatalogueContext(DbContextOptions<CatalogueContext> options) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();
}

/// <summary>What isn't in the database.</summary>
internal static class Rates
{
    public static decimal Euro { get; set; } = 0.8m;

    public static decimal Of(string currency) => currency == "EUR" ? Euro : 1m;
}
