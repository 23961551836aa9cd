using Microsoft.EntityFrameworkCore.Infrastructure;
using ZooCache.EFCore;
using ZooCache.EFCore.Setup;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Access to the cache of a context.</summary>
public static class ZooCacheDbContextExtensions
{
    /// <summary>The cache as this context sees it: invalidation by entity type, key and tag, and how its queries fare.</summary>
    /// <param name="context">The context.</param>
    /// <returns>A view; as little safe for concurrent use as the context.</returns>
    /// <exception cref="InvalidOperationException">The context isn't configured with <c>UseZooCache()</c>.</exception>
    public static DbContextCache Cache(this DbContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ((IInfrastructure<IServiceProvider>)context).Instance.GetService(typeof(ContextCache)) is ContextCache cache
            ? new DbContextCache(context, cache)
            : throw new InvalidOperationException(
                $"{context.GetType().Name} has no cache. Call UseZooCache() on its options, in AddDbContext(…) or OnConfiguring(…).");
    }
}
