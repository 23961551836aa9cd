using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;

namespace ZooCache.Integration.Tests.Support;

/// <summary>
/// Where EF keeps the models and compiled queries of the tests. Its own place for them is bounded, and full with those of
/// all tests together: a model that finds no room is made anew for the next context, whose queries are then others to
/// ZooCache, and miss. EF doesn't tell service providers apart there, so each has a place of its own.
/// </summary>
internal static class Compiled
{
    private static readonly Dictionary<(Provider, bool), MemoryCache> Caches =
        new[] { Provider.Sqlite, Provider.Postgres }
            .SelectMany(p => new[] { (p, true), (p, false) })
            .ToDictionary(k => k, _ => new MemoryCache(new MemoryCacheOptions()));

    internal static void KeepCompiled(this DbContextOptionsBuilder builder, Provider provider, bool withZooCache)
        => builder.UseMemoryCache(Caches[(provider, withZooCache)]);
}
