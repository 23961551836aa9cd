using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Hybrid;
using ZooCache.EFCore;

// What a user's application does with the packages: it asks twice for a query, a value of HybridCache and a response, writes, and asks again.
// Its database is in the directory that it is given, and it prints one line; what isn't as expected is an exception.
if (args is not [var backend, var directory, ..])
{
    throw new ArgumentException("usage: Consumer memory|lmdb|redis <directory> [<configuration of Redis>]");
}

var builder = WebApplication.CreateBuilder(new WebApplicationOptions());
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Services.AddZooCache(c => _ = backend switch
{
    "memory" => c,
    "lmdb" => c.UseLmdb(Path.Combine(directory, "shared")),
    "redis" => c.UseRedis(args[2]),
    _ => throw new ArgumentException($"{backend}: no such backend."),
});
builder.Services.AddZooHybridCache();
builder.Services.AddDbContext<ShopContext>(o => o.UseSqlite($"Data Source={Path.Combine(directory, "shop.db")}").UseZooCache());
await using var app = builder.Build();

var responsesMade = 0;
var valuesMade = 0;
app.MapGet("/products/{id:int}", async (int id, ShopContext db) =>
{
    responsesMade++;
    return await db.Products.AsNoTracking().SingleAsync(p => p.Id == id);
}).Cacheable();
app.MapPut("/products/{id:int}", async (int id, Product changed, ShopContext db) =>
{
    (await db.Products.SingleAsync(p => p.Id == id)).Price = changed.Price;
    await db.SaveChangesAsync();
});

await using (var scope = app.Services.CreateAsyncScope())
{
    var db = scope.ServiceProvider.GetRequiredService<ShopContext>();
    await db.Database.EnsureCreatedAsync();
    db.Products.Add(new Product { Id = 1, Name = "Tea", Price = 10 });
    await db.SaveChangesAsync();
}

await app.StartAsync();
using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

// A node that has only begun to connect asks the database: its word on that is the first that is waited for.
while ((await QueryAsync()).Outcome is { Source: QueryResultSource.Bypass, Reason: "log-unconfirmed" })
{
    await Task.Delay(20);
}

app.Services.GetRequiredService<ZooCache.ZooCache>().Clear();
await AskAsync(price: 10, QueryResultSource.Miss, responses: 1, values: 1);
await AskAsync(price: 10, QueryResultSource.Hit, responses: 1, values: 1);
using (var answer = await client.PutAsJsonAsync("/products/1", new { price = 12 }))
{
    answer.EnsureSuccessStatusCode();
}

await AskAsync(price: 12, QueryResultSource.Miss, responses: 2, values: 2);
await AskAsync(price: 12, QueryResultSource.Hit, responses: 2, values: 2);
await app.StopAsync();
Console.WriteLine($"{backend}: missed, hit, invalidated, hit");

async Task AskAsync(decimal price, QueryResultSource source, int responses, int values)
{
    var query = await QueryAsync();
    Expect("query", (price, source), (query.Price, query.Outcome.Source));
    Expect("value", (price, values), (await ValueAsync(), valuesMade));
    var product = await client.GetFromJsonAsync<Product>("/products/1");
    Expect("response", (price, responses), (product!.Price, responsesMade));
}

async Task<(decimal Price, QueryOutcome Outcome)> QueryAsync()
{
    await using var scope = app.Services.CreateAsyncScope();
    var db = scope.ServiceProvider.GetRequiredService<ShopContext>();
    var price = await db.Products.Where(p => p.Id == 1).Select(p => p.Price).Cacheable().SingleAsync();
    return (price, db.Cache().LastQuery!);
}

async Task<decimal> ValueAsync()
{
    await using var scope = app.Services.CreateAsyncScope();
    var db = scope.ServiceProvider.GetRequiredService<ShopContext>();
    return await scope.ServiceProvider.GetRequiredService<HybridCache>().GetOrCreateAsync("price", async token =>
    {
        valuesMade++;
        return await db.Products.Where(p => p.Id == 1).Select(p => p.Price).SingleAsync(token);
    });
}

static void Expect<T>(string what, T expected, T got)
{
    if (!Equals(expected, got))
    {
        throw new InvalidOperationException($"{what}: expected {expected}, got {got}");
    }
}

internal sealed class Product
{
    public int Id { get; set; }

    public string Name { get; set; } = "";

    public decimal Price { get; set; }
}

internal sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();
}
