using Microsoft.Extensions.DependencyInjection;
using ZooCache;

namespace Snippets;

internal static class ZooCacheCore
{
    internal static async Task Show(IServiceCollection services, ZooCache.ZooCache cache, IDirectory directory)
    {
        services.AddZooCache(c => c.ByteBudget = 256 * 1024 * 1024);

        var name = await cache.GetOrCreateAsync("name:42", async (call, token) =>          // cache: the service ZooCache.ZooCache
        {
            call.DependsOn("customer:42");
            return await directory.NameAsync(42, token);
        });

        cache.Invalidate("customer:42");               // this tag, and everything below it
    }

    internal interface IDirectory
    {
        Task<string> NameAsync(int id, CancellationToken token);
    }
}
