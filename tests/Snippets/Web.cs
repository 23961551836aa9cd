using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.AspNetCore;                              // for the attribute, and the options

namespace Snippets;

internal static class Web
{
    internal static void Responses(IEndpointRouteBuilder app)
    {
        app.MapGet("/products/{id:int}", async (int id, ShopContext db) => await db.Products.AsNoTracking().SingleAsync(p => p.Id == id))
           .Cacheable();

        app.MapGet("/prices", async (ShopContext db) => await db.Products.Select(p => p.Price).ToListAsync())
           .Cacheable(o => { o.ForEachUser = true; o.VaryByHeader("X-Shop").DependsOn("rates"); });
    }

    internal static void Authentication(WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication().AddCookie();
        builder.Services.AddZooCacheResponses();
    }

    internal static void Session(WebApplication app)
    {
        app.UseZooCacheSession();          // before whatever reads or writes
    }

    internal static async Task<object> Fragments(ZooCache.ZooCache cache, ShopContext db, int id)
    {
        var product = await cache.GetOrCreateJsonAsync($"product:{id}", async (_, token) => await db.Products.AsNoTracking().SingleAsync(p => p.Id == id, token));
        return new { Product = product, Asked = DateTime.UtcNow };     // System.Text.Json writes it as it is
    }

    internal static void Management(WebApplication app)
    {
        app.MapZooCache("/zoocache").RequireAuthorization("operators");
    }
}

[CacheableResponse(AbsoluteExpirationSeconds = 60, VaryByHeader = ["X-Shop"], Tags = ["rates"])]     // actions, controllers, Razor pages
public class CatalogueController(ShopContext db) : ControllerBase
{
    [HttpGet("/catalogue")]
    public async Task<List<Product>> All() => await db.Products.AsNoTracking().ToListAsync();
}
