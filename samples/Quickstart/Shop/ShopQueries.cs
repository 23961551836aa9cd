using Microsoft.EntityFrameworkCore;

namespace Quickstart.Shop;

/// <summary>
/// What the shop asks its database. The only trace of the cache is <c>.Cacheable()</c>: what each answer depends on,
/// and so when it must be forgotten, is read off the query itself.
/// </summary>
internal static class ShopQueries
{
    public const int PageSize = 10;

    // By key.
    public static Task<Product?> FindProductAsync(this ShopContext shop, int id) =>
        shop.Products.AsNoTracking().Where(p => p.Id == id).Cacheable().SingleOrDefaultAsync();

    public static Task<Customer?> FindCustomerAsync(this ShopContext shop, int id) =>
        shop.Customers.AsNoTracking().Where(c => c.Id == id).Cacheable().SingleOrDefaultAsync();

    public static Task<Order?> FindOrderAsync(this ShopContext shop, int id) =>
        shop.Orders.AsNoTracking().Where(o => o.Id == id).Cacheable().SingleOrDefaultAsync();

    // By a unique column.
    public static Task<Customer?> FindCustomerByEmailAsync(this ShopContext shop, string email) =>
        shop.Customers.AsNoTracking().Where(c => c.Email == email).Cacheable().SingleOrDefaultAsync();

    // With what belongs to it.
    public static Task<Customer?> FindCustomerWithOrdersAsync(this ShopContext shop, int id) =>
        shop.Customers.AsNoTracking()
            .Include(c => c.Addresses)
            .Include(c => c.Orders)
            .AsSingleQuery()
            .Where(c => c.Id == id)
            .Cacheable()
            .SingleOrDefaultAsync();

    public static Task<Order?> FindOrderWithLinesAsync(this ShopContext shop, int id) =>
        shop.Orders.AsNoTracking().Include(o => o.Lines).Where(o => o.Id == id).Cacheable().SingleOrDefaultAsync();

    // Lists by foreign key.
    public static Task<List<Order>> OrdersOfCustomerAsync(this ShopContext shop, int customerId) =>
        shop.Orders.AsNoTracking().Where(o => o.CustomerId == customerId).OrderBy(o => o.Id).Cacheable().ToListAsync();

    public static Task<List<Address>> AddressesOfCustomerAsync(this ShopContext shop, int customerId) =>
        shop.Addresses.AsNoTracking().Where(a => a.CustomerId == customerId).OrderBy(a => a.Id).Cacheable().ToListAsync();

    public static Task<List<OrderLine>> LinesOfProductAsync(this ShopContext shop, int productId) =>
        shop.OrderLines.AsNoTracking().Where(l => l.ProductId == productId).OrderBy(l => l.Id).Cacheable().ToListAsync();

    public static Task<List<Product>> ProductsOfCategoryAsync(this ShopContext shop, int categoryId) =>
        shop.Products.AsNoTracking().Where(p => p.CategoryId == categoryId).OrderBy(p => p.Id).Cacheable().ToListAsync();

    // Aggregates.
    public static Task<int> CountOrdersAsync(this ShopContext shop, int customerId) =>
        shop.Orders.Where(o => o.CustomerId == customerId).Cacheable().CountAsync();

    public static Task<long> SumSpentAsync(this ShopContext shop, int customerId) =>
        shop.Orders.Where(o => o.CustomerId == customerId).Cacheable().SumAsync(o => o.TotalInCents);

    public static Task<int> SumUnitsSoldAsync(this ShopContext shop, int productId) =>
        shop.OrderLines.Where(l => l.ProductId == productId).Cacheable().SumAsync(l => l.Quantity);

    public static Task<int?> MaxPriceAsync(this ShopContext shop, int categoryId) =>
        shop.Products.Where(p => p.CategoryId == categoryId).Cacheable().MaxAsync(p => (int?)p.PriceInCents);

    // Search and paging.
    public static Task<List<Product>> SearchProductsAsync(this ShopContext shop, int categoryId, string word) =>
        shop.Products.AsNoTracking()
            .Where(p => p.CategoryId == categoryId && p.Name.Contains(word))
            .OrderBy(p => p.Name).ThenBy(p => p.Id)
            .Take(PageSize)
            .Cacheable()
            .ToListAsync();

    public static Task<List<Product>> PageOfProductsAsync(this ShopContext shop, int categoryId, int page) =>
        shop.Products.AsNoTracking()
            .Where(p => p.CategoryId == categoryId)
            .OrderBy(p => p.PriceInCents).ThenBy(p => p.Id)
            .Skip(page * PageSize).Take(PageSize)
            .Cacheable()
            .ToListAsync();

    /// <summary>No condition pins this to a few rows, so any change of any customer makes its answers be asked again.</summary>
    public static Task<List<Customer>> SearchCustomersAsync(this ShopContext shop, string start) =>
        shop.Customers.AsNoTracking()
            .Where(c => c.Name.StartsWith(start))
            .OrderBy(c => c.Name).ThenBy(c => c.Id)
            .Take(PageSize)
            .Cacheable()
            .ToListAsync();
}
