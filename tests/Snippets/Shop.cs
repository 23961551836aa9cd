using Microsoft.EntityFrameworkCore;

namespace Snippets;

/// <summary>The shop that the pages speak of.</summary>
public sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();

    public DbSet<Category> Categories => Set<Category>();

    public DbSet<Order> Orders => Set<Order>();

    public DbSet<Audit> Audits => Set<Audit>();

    public string Tenant { get; set; } = "";
}

public sealed class Product
{
    public int Id { get; set; }

    public string Name { get; set; } = "";

    public decimal Price { get; set; }

    public int Views { get; set; }

    public int CategoryId { get; set; }
}

public sealed class Category
{
    public int Id { get; set; }

    public string Name { get; set; } = "";
}

public sealed class Order
{
    public int Id { get; set; }

    public int CustomerId { get; set; }

    public Status Status { get; set; }

    public decimal Total { get; set; }

    public List<OrderLine> Lines { get; } = [];
}

public sealed class OrderLine
{
    public int Id { get; set; }

    public int OrderId { get; set; }
}

public sealed class Audit
{
    public int Id { get; set; }
}

public sealed class Sales
{
    public int ProductId { get; set; }

    public decimal Total { get; set; }
}

public enum Status
{
    Open,
    Sent,
}

public interface IExchange
{
    Task<decimal> RateAsync(CancellationToken token);
}

public interface ITenant
{
    string Id { get; }
}
