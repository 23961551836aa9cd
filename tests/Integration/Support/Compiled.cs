using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using ZooCache.EFCore.Setup;

namespace ZooCache.Integration.Tests.Support;

/// <summary>
/// Where EF keeps the models and compiled queries of all tests. Its own memory cache holds about a thousand, and while it is
/// full a model isn't kept at all: each context makes its own, with queries of its own, and tests that expect hits fail, now
/// this, now that. One for each provider, with ZooCache and without: EF's keys tell neither apart.
/// </summary>
internal static class Compiled
{
    private static readonly ConcurrentDictionary<(Provider, bool), MemoryCache> Caches = [];

    internal static DbContextOptionsBuilder<TContext> Keep<TContext>(this DbContextOptionsBuilder<TContext> builder, Provider provider)
        where TContext : DbContext
        => builder.UseMemoryCache(Caches.GetOrAdd(
            (provider, builder.Options.FindExtension<ZooCacheOptionsExtension>() is not null), static _ => new MemoryCache(new MemoryCacheOptions())));
}
