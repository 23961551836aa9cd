using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Snippets;

internal static class Stores
{
    internal static void OnRedis(WebApplicationBuilder builder)
    {
        builder.Services.AddZooCache(c => c.UseRedis("localhost:6379", r => r.StoresResults = true));
    }

    internal static void InAFile(WebApplicationBuilder builder)
    {
        builder.Services.AddZooCache(c => c.UseLmdb("/var/cache/shop"));
    }
}
