using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Hybrid;
using Web;

// Everything that is cached in a web application, by one cache: queries, functions, HybridCache, responses. Nothing of what is asked for below names
// what it depends on, but for the exchange rate, which isn't in the database.
var file = Path.Combine(Path.GetTempPath(), $"zoocache-web-{Guid.NewGuid():N}.db");
var builder = WebApplication.CreateBuilder(new WebApplicationOptions());
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Services.AddZooCache();
builder.Services.AddZooHybridCache();
builder.Services.AddDbContext<CatalogueContext>(o => o.UseSqlite($"Data Source={file}").UseZooCache());
await using var app = builder.Build();

// A response: until one of the products changes that it lists, with an ETag, and 304 for whoever has it.
app.MapGet("/products", (CatalogueContext db) => db.Products.AsNoTracking().OrderBy(p => p.Id).ToListAsync()).Cacheable();

// A function, which depends on the product that it reads, and on a tag.
app.MapGet("/products/{id:int}/price", async (int id, string currency, CatalogueContext db, ZooCache.ZooCache cache) =>
    await cache.GetOrCreateAsync($"price:{id}:{currency}", async (call, token) =>
    {
        call.DependsOn("rates");
        var price = await db.Products.Where(p => p.Id == id).Select(p => p.Price).SingleAsync(token);
        return Math.Round(price * Rates.Of(currency), 2);
    }));

// Microsoft's HybridCache, on the same cache.
app.MapGet("/summary", async (HybridCache hybrid, CatalogueContext db) =>
    await hybrid.GetOrCreateAsync("summary", async token => $"{await db.Products.CountAsync(token)} products"));

// A write. What it changes is gone from all of the above before it returns.
app.MapPut("/products/{id:int}", async (int id, Product changed, CatalogueContext db) =>
{
    var product = await db.Products.SingleAsync(p => p.Id == id);
    product.Price = changed.Price;
    await db.SaveChangesAsync();
});

// For operators; here, on this machine, for anybody.
app.MapZooCacheManagement("/zoocache").AllowAnonymous();

await using (var scope = app.Services.CreateAsyncScope())
{
    var db = scope.ServiceProvider.GetRequiredService<CatalogueContext>();
    await db.Database.EnsureCreatedAsync();
    db.Products.AddRange(Enumerable.Range(1, 5).Select(i => new Product { Name = $"Product {i}", Price = 10 * i }));
    await db.SaveChangesAsync();
}

await app.StartAsync();
using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
if (args is ["--serve"])
{
    Console.WriteLine($"{client.BaseAddress}products, …/products/1/price?currency=EUR, …/summary, …/zoocache/statistics");
    await app.WaitForShutdownAsync();
    return 0;
}

// Asks for everything twice, changes a price, and asks again.
var wrong = 0;
Check("price", "8.00", await Price("EUR"));
Check("price, again", "8.00", await Price("EUR"));
Check("summary", "5 products", await client.GetStringAsync(new Uri("/summary", UriKind.Relative)));
using var first = await client.GetAsync(new Uri("/products", UriKind.Relative));
Check("list, unchanged", nameof(HttpStatusCode.NotModified), await Known(first));
using (await client.PutAsJsonAsync(new Uri("/products/1", UriKind.Relative), new { price = 20 }))
{
    Check("price, after a change", "16.00", await Price("EUR"));
    Check("list, after a change", nameof(HttpStatusCode.OK), await Known(first));
}

Rates.Euro = 0.5m;
Check("price at yesterday's rate", "16.00", await Price("EUR"));
using (await client.PostAsJsonAsync(new Uri("/zoocache/invalidate", UriKind.Relative), new { tag = "rates" }))
{
    Check("price at today's rate", "10.00", await Price("EUR"));
}

var statistics = app.Services.GetRequiredService<ZooCache.ZooCache>().GetStatistics();
Console.WriteLine($"hits {statistics.Hits}, misses {statistics.Misses}, wrong {wrong}");
await app.StopAsync();
File.Delete(file);
return wrong == 0 ? 0 : 1;

Task<string> Price(string currency) => client.GetStringAsync(new Uri($"/products/1/price?currency={currency}", UriKind.Relative));

async Task<string> Known(HttpResponseMessage response)
{
    using var request = new HttpRequestMessage(HttpMethod.Get, "/products");
    request.Headers.IfNoneMatch.Add(response.Headers.ETag!);
    using var answer = await client.SendAsync(request);
    return answer.StatusCode.ToString();
}

void Check(string what, string expected, string got)
{
    Console.WriteLine($"{what}: {got}{(expected == got ? "" : $", expected {expected}")}");
    wrong += expected == got ? 0 : 1;
}
