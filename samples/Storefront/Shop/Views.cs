using System.Linq.Expressions;

namespace Storefront.Shop;

/// <summary>What the shop shows of a product.</summary>
internal sealed record ProductView(int Id, string Name, string Category, decimal Price, int Stock, long Version)
{
    public static Expression<Func<Product, ProductView>> Of { get; } =
        p => new ProductView(p.Id, p.Name, p.Category.Name, p.Price, p.Stock, p.Version);
}

internal sealed record CategoryView(int Id, string Name)
{
    public static Expression<Func<Category, CategoryView>> Of { get; } = c => new CategoryView(c.Id, c.Name);
}

internal sealed record OrderView(int Id, string? Number, int ProductId, int Quantity, decimal Total)
{
    public static Expression<Func<Order, OrderView>> Of { get; } = o => new OrderView(o.Id, o.Number, o.ProductId, o.Quantity, o.Total);
}

internal sealed record PriceChange(decimal Price);

internal sealed record OrderRequest(int ProductId, int Quantity);

/// <summary>What a write answers with: the version that the product has now.</summary>
internal sealed record Written(int ProductId, long Version, int? OrderId);
