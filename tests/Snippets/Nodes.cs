using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using ZooCache;

namespace Snippets;

internal static class Nodes
{
    internal static void OnRedis(WebApplicationBuilder builder, string connectionString)
    {
        builder.Services.AddZooCache(c => c.UseRedis("localhost:6379"));
        builder.Services.AddDbContext<ShopContext>(o => o.UseNpgsql(connectionString).UseZooCache());
    }

    internal static void OverAConnectionThatIsThere(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IConnectionMultiplexer>(ConnectionMultiplexer.Connect("redis:6380,ssl=true,user=shop,password=…,abortConnect=false"));
        builder.Services.AddZooCache((c, services) => c.UseRedis(services.GetRequiredService<IConnectionMultiplexer>()));
    }

    internal static async Task Strict(WebApplicationBuilder builder, ShopContext db)
    {
        builder.Services.AddZooCache(c =>
        {
            c.UseRedis("localhost:6379");
            c.Nodes.Consistency = CacheConsistency.Strict;
        });

        // This one need not be the newest:
        var names = await db.Categories.Select(c => c.Name).Cacheable(c => c.Consistency = CacheConsistency.Eventual).ToListAsync();
    }

    internal static async Task Tokens(ShopContext db, HttpRequest request, HttpResponse response, int id)
    {
        await db.SaveChangesAsync();
        response.Headers["X-Seen"] = db.Cache().Token?.ToString();

        // elsewhere
        ConsistencyToken.TryParse(request.Headers["X-Seen"], out var seen);
        var order = await db.Orders.Where(o => o.Id == id).Cacheable(c => c.AsOf(seen)).SingleAsync();
    }

    internal static async Task Sessions(ZooCache.ZooCache cache, string? text, Func<string, Task> Handle, string message)
    {
        using var session = cache.BeginSession(text);   // what the user brought along; null at first
        await Handle(message);                          // its reads show his writes, and its writes are noted
        text = session.ToString();                      // goes with the user; session.HasWritten tells whether it has changed
    }
}
