using Microsoft.EntityFrameworkCore;
using Storefront.Shop;

namespace Storefront.Node;

/// <summary>One of the shop's servers.</summary>
internal static class NodeServer
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var postgres = arguments.Text("--postgres");
        var redis = arguments.Text("--redis");
        var url = arguments.Text("--url", "http://127.0.0.1:0"); // port 0: a free one
        var strict = arguments.Flag("--strict");
        var sabotage = arguments.Flag("--sabotage");
        arguments.RequireNoMore();

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(url);

        // This is all that the cache needs: the Redis over which the nodes tell one another what they write, and keep results for one another …
        builder.Services.AddZooCache(c =>
        {
            c.UseRedis(redis, r => r.StoresResults = true);
            NodeTimes.Apply(c.Nodes, strict);
        });

        // … and a word where the context's options are built. Which queries are cached they say themselves (Reads.cs).
        builder.Services.AddDbContext<ShopContext>(options => options.UseNpgsql(postgres).UseZooCache());

        await using var app = builder.Build();
        var shop = app.MapGroup("").AddEndpointFilter(CacheHeaders.AddAsync);
        Reads.Map(shop);
        Writes.Map(shop, new Sabotage(sabotage));
        Operations.Map(app);

        await app.StartAsync();
        Console.WriteLine($"listening on {app.Urls.Single()}");
        await app.WaitForShutdownAsync();
        return 0;
    }
}
