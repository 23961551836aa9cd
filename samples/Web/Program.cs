using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Hybrid;
using Web;
using ZooCache.AspNetCore;
using ZooCache.EFCore;

// Everything that is cached in a web application, by one cache: queries, functions, HybridCache, responses and parts of them. Nothing of what is asked for below names
// what it depends on, but for the exchange rate, which isn't in the database.
var file = Path.Combine(Path.GetTempPath(), $"zoocache-web-{Guid.NewGuid():N}.db");
var builder = WebApplication.CreateBuilder(new WebApplicationOptions());
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Services.AddZooCache(c => c.WatchdogShare = 0.01);
builder.Services.AddHealthChecks().AddZooCache();
builder.Services.AddZooHybridCache();
builder.Services.AddDbContext<CatalogueContext>(o => o.UseSqlite($"Data Source={file}").UseZooCache());
await using var app = builder.Build();

// A list, whose products are serialised once each, until they change.
app.MapGet("/products", async (CatalogueContext db, ZooCache.ZooCache cache) =>
{
    var list = new List<JsonFragment>();
    foreach (var id in await db.Products.OrderBy(p => p.Id).Select(p => p.Id).Cacheable().ToListAsync())
    {
        list.Add(await cache.GetOrCreateJsonAsync($"product:{id}", async (_, token) => await db.Products.AsNoTracking().SingleAsync(p => p.Id == id, token)));
    }

    return list;
});

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

// A whole response, which is kept as long as the product is as it was. It varies by the language, because the endpoint reads it.
app.MapGet("/products/{id:int}", async (int id, HttpRequest request, CatalogueContext db) =>
{
    var product = await db.Products.AsNoTracking().SingleAsync(p => p.Id == id);
    return request.Headers.AcceptLanguage == "de" ? $"{product.Name} kostet {product.Price}" : $"{product.Name} costs {product.Price}";
}).Cacheable();

// A write. What it changes is gone from all of the above before it returns.
app.MapPut("/products/{id:int}", async (int id, Product changed, CatalogueContext db) =>
{
    var product = await db.Products.SingleAsync(p => p.Id == id);
    product.Price = changed.Price;
    await db.SaveChangesAsync();
});

// For operators; here, on this machine, for anybody.
app.MapZooCache("/zoocache").AllowAnonymous();
app.MapZooCacheMetrics("/metrics").AllowAnonymous();
app.MapHealthChecks("/health");

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
    Console.WriteLine($"{client.BaseAddress}products, …/products/1/price?currency=EUR, …/summary, …/zoocache/node, …/metrics, …/health");
    await app.WaitForShutdownAsync();
    return 0;
}

// Asks for everything twice, changes a price, and asks again.
var wrong = 0;
Check("price", "8.00", await Price("EUR"));
Check("price, again", "8.00", await Price("EUR"));
Check("summary", "5 products", await client.GetStringAsync(new Uri("/summary", UriKind.Relative)));
Check("first of the list", """{"id":1,"name":"Product 1","price":10.0}""", await First());
var first = await Product(tag: null);
first = await Product(tag: null);
Check("response", "Product 1 costs 10.0", await first.Content.ReadAsStringAsync());
Check("response, to who has it", "NotModified", $"{(await Product(first.Headers.ETag)).StatusCode}");
using (await client.PutAsJsonAsync(new Uri("/products/1", UriKind.Relative), new { price = 20 }))
{
    Check("price, after a change", "16.00", await Price("EUR"));
    var changed = await Product(first.Headers.ETag);
    Check("response, after a change", "OK Product 1 costs 20.0", $"{changed.StatusCode} {await changed.Content.ReadAsStringAsync()}");
    Check("first of the list, after a change", """{"id":1,"name":"Product 1","price":20.0}""", await First());
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

async Task<HttpResponseMessage> Product(EntityTagHeaderValue? tag)
{
    using var request = new HttpRequestMessage(HttpMethod.Get, "/products/1");
    request.Headers.IfNoneMatch.Add(tag ?? new EntityTagHeaderValue("\"none\""));
    return await client.SendAsync(request);
}

async Task<string> First() => (await client.GetFromJsonAsync<JsonFragment[]>(new Uri("/products", UriKind.Relative)))![0].ToString();

void Check(string what, string expected, string got)
{
    Console.WriteLine($"{what}: {got}{(expected == got ? "" : $", expected {expected}")}");
    wrong += expected == got ? 0 : 1;
}
