namespace Quickstart.Shop;

/// <summary>A row whose <see cref="Version"/> grows with every write, as optimistic concurrency wants it.</summary>
internal interface IVersioned
{
    int Id { get; }

    int Version { get; set; }
}

internal sealed class Category
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public List<Product> Products { get; } = [];
}

internal sealed class Product : IVersioned
{
    public int Id { get; set; }

    public int CategoryId { get; set; }

    public required string Name { get; set; }

    public int PriceInCents { get; set; }

    public int Stock { get; set; }

    public double WeightInKg { get; set; }

    public bool Discontinued { get; set; }

    public int Version { get; set; } = 1;

    public Category? Category { get; set; }
}

internal sealed class Customer : IVersioned
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public required string Email { get; set; }

    public string? Phone { get; set; }

    public int Points { get; set; }

    public DateTime MemberSince { get; set; }

    public int Version { get; set; } = 1;

    public List<Address> Addresses { get; } = [];

    public List<Order> Orders { get; } = [];
}

internal sealed class Address : IVersioned
{
    public int Id { get; set; }

    public int CustomerId { get; set; }

    public required string Street { get; set; }

    public required string City { get; set; }

    public string? Note { get; set; }

    public int Version { get; set; } = 1;

    public Customer? Customer { get; set; }
}

internal enum OrderStatus
{
    Placed,
    Paid,
    Shipped,
}

internal sealed class Order : IVersioned
{
    public int Id { get; set; }

    public int CustomerId { get; set; }

    public OrderStatus Status { get; set; }

    public DateTime PlacedAt { get; set; }

    public DateTime? ShippedAt { get; set; }

    public long TotalInCents { get; set; }

    public int Version { get; set; } = 1;

    public Customer? Customer { get; set; }

    public List<OrderLine> Lines { get; } = [];
}

internal sealed class OrderLine : IVersioned
{
    public int Id { get; set; }

    public int OrderId { get; set; }

    public int ProductId { get; set; }

    public int Quantity { get; set; }

    public int PriceInCents { get; set; }

    public int Version { get; set; } = 1;

    public Order? Order { get; set; }

    public Product? Product { get; set; }
}
