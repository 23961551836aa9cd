using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Storefront.Shop;
using ZooCache;

namespace Storefront.Node;

/// <summary>What the shop shows: EF's own queries, each with a word to the cache.</summary>
internal static class Reads
{
    private const int PageSize = 20;

    public static void Map(IEndpointRouteBuilder shop)
    {
        shop.MapGet("/products/{id:int}", ProductAsync);
        shop.MapGet("/products", SearchAsync);
        shop.MapGet("/categories", CategoriesAsync);
        shop.MapGet("/categories/{id:int}/products", CategoryAsync);
        shop.MapGet("/orders/{id:int}", OrderAsync);
    }

    private static async Task<Results<Ok<ProductView>, NotFound>> ProductAsync(
        int id, [FromHeader(Name = CacheHeaders.Token)] ConsistencyToken? token, ShopContext db) =>
        await db.Products.Where(p => p.Id == id).Select(ProductView.Of)
            .Cacheable(c => c.AsOf(token)).SingleOrDefaultAsync() is { } product
                ? TypedResults.Ok(product)
                : TypedResults.NotFound();

    private static async Task<Ok<List<ProductView>>> SearchAsync(
        string search, [FromHeader(Name = CacheHeaders.Token)] ConsistencyToken? token, ShopContext db) =>
        TypedResults.Ok(await db.Products.Where(p => p.Name.StartsWith(search)).OrderBy(p => p.Id).Take(PageSize).Select(ProductView.Of)
            .Cacheable(c => c.AsOf(token)).ToListAsync());

    private static async Task<Ok<List<CategoryView>>> CategoriesAsync(ShopContext db) =>
        TypedResults.Ok(await db.Categories.OrderBy(c => c.Name).Select(CategoryView.Of).Cacheable().ToListAsync());

    private static async Task<Ok<List<ProductView>>> CategoryAsync(
        int id, [FromHeader(Name = CacheHeaders.Token)] ConsistencyToken? token, ShopContext db) =>
        TypedResults.Ok(await db.Products.Where(p => p.CategoryId == id).OrderBy(p => p.Id).Take(PageSize).Select(ProductView.Of)
            .Cacheable(c => c.AsOf(token)).ToListAsync());

    private static async Task<Results<Ok<OrderView>, NotFound>> OrderAsync(
        int id, [FromHeader(Name = CacheHeaders.Token)] ConsistencyToken? token, ShopContext db) =>
        await db.Orders.Where(o => o.Id == id).Select(OrderView.Of)
            .Cacheable(c => c.AsOf(token)).SingleOrDefaultAsync() is { } order
                ? TypedResults.Ok(order)
                : TypedResults.NotFound();
}
