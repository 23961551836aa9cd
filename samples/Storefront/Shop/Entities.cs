namespace Storefront.Shop;

internal sealed class Category
{
    public int Id { get; set; }

    public required string Name { get; set; }
}

internal sealed class Product
{
    public int Id { get; set; }

    public int CategoryId { get; set; }

    public Category Category { get; set; } = null!;

    public required string Name { get; set; }

    public decimal Price { get; set; }

    public int Stock { get; set; }

    /// <summary>Grows by one with each write: EF's check against lost updates, and what the load recognises a state by.</summary>
    public long Version { get; set; }
}

internal sealed class Order
{
    public int Id { get; set; }

    public string? Number { get; set; }

    public int ProductId { get; set; }

    public int Quantity { get; set; }

    public decimal Total { get; set; }
}
