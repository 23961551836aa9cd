using Microsoft.EntityFrameworkCore;
using Storefront.Shop;
using ZooCache.EFCore;

namespace Storefront.Node;

/// <summary>What those ask who run the shop.</summary>
internal static class Operations
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/stats", (ZooCache.ZooCache cache) => NodeStatistics.Of(cache.GetStatistics()));
        app.MapGet("/health", HealthAsync);
    }

    /// <summary>Healthy is a node whose cache answers: its log has confirmed that nothing is missing.</summary>
    private static async Task<IResult> HealthAsync(ShopContext db)
    {
        await db.Categories.Where(c => c.Id == 1).Cacheable().AnyAsync();
        var outcome = db.Cache().LastQuery!;
        return outcome.Source == QueryResultSource.Hit ? Results.Ok() : Results.Text(outcome.ToString(), statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
