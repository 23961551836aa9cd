using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Storefront.Shop;

namespace Storefront.Node;

/// <summary>What is bought and what it costs: plain EF, which is all that the cache needs to hear of it.</summary>
internal static class Writes
{
    public static void Map(IEndpointRouteBuilder shop, Sabotage sabotage)
    {
        shop.MapPut("/products/{id:int}/price", (int id, PriceChange change, ShopContext db) => ChangePriceAsync(id, change, db, sabotage));
        shop.MapPost("/orders", OrderAsync);
    }

    private static async Task<Results<Ok<Written>, NotFound, Conflict>> ChangePriceAsync(int id, PriceChange change, ShopContext db, Sabotage sabotage)
    {
        if (await db.Products.SingleOrDefaultAsync(p => p.Id == id) is not { } product)
        {
            return TypedResults.NotFound();
        }

        using var silence = sabotage.Next(db);
        product.Price = change.Price;
        product.Version++;
        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateConcurrencyException)
        {
            return TypedResults.Conflict();
        }

        return TypedResults.Ok(new Written(id, product.Version, OrderId: null));
    }

    private static async Task<Results<Ok<Written>, NotFound, Conflict>> OrderAsync(OrderRequest request, ShopContext db)
    {
        if (await db.Products.SingleOrDefaultAsync(p => p.Id == request.ProductId) is not { } product)
        {
            return TypedResults.NotFound();
        }

        if (request.Quantity <= 0 || product.Stock < request.Quantity)
        {
            return TypedResults.Conflict();
        }

        await using var transaction = await db.Database.BeginTransactionAsync();
        var order = new Order { ProductId = product.Id, Quantity = request.Quantity, Total = request.Quantity * product.Price };
        db.Orders.Add(order);
        product.Stock -= request.Quantity;
        product.Version++;
        try
        {
            await db.SaveChangesAsync();

            // The number is made of the id, which the database has given only now.
            order.Number = string.Create(CultureInfo.InvariantCulture, $"S-{order.Id:D6}");
            await db.SaveChangesAsync();
            await transaction.CommitAsync();
        }
        catch (DbUpdateConcurrencyException)
        {
            return TypedResults.Conflict();
        }

        return TypedResults.Ok(new Written(product.Id, product.Version, order.Id));
    }
}
