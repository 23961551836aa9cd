using Microsoft.EntityFrameworkCore;

namespace ZooCache.Integration.Tests.Support;

public sealed class Customer
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
    public string? City { get; set; }
    public List<Order> Orders { get; } = [];
}

public sealed class Order
{
    public int Id { get; set; }
    public int CustomerId { get; set; }
    public Customer? Customer { get; set; }
    public decimal Total { get; set; }
    public DateTime PlacedAt { get; set; } = DateTime.UnixEpoch;
    public List<Line> Lines { get; } = [];
}

public sealed class Line
{
    public int Id { get; set; }
    public int OrderId { get; set; }
    public Order? Order { get; set; }
    public string Product { get; set; } = "";
    public int Quantity { get; set; }
}

public sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<Order> Orders => Set<Order>();

    public DbSet<Line> Lines => Set<Line>();
}
