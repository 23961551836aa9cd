using Microsoft.EntityFrameworkCore.Infrastructure;
using ZooCache.EFCore;
using ZooCache.EFCore.Setup;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Switches ZooCache on for a context.</summary>
public static class ZooCacheDbContextOptionsBuilderExtensions
{
    /// <summary>
    /// Caches queries of the context and invalidates by its writes, with the application's cache
    /// (<c>services.AddZooCache(…)</c>) or, without one, <see cref="ZooCache.ZooCache.Shared"/>. May be called before or
    /// after the database provider's call.
    /// </summary>
    /// <param name="optionsBuilder">The context's options.</param>
    /// <param name="configure">Which queries are cached that say nothing themselves; by default none.</param>
    /// <returns><paramref name="optionsBuilder"/>.</returns>
    public static DbContextOptionsBuilder UseZooCache(
        this DbContextOptionsBuilder optionsBuilder, Action<ZooCacheContextOptionsBuilder>? configure = null)
        => Use(optionsBuilder, cache: null, configure);

    /// <summary>Caches queries of the context in <paramref name="cache"/> and invalidates by its writes.</summary>
    /// <param name="optionsBuilder">The context's options.</param>
    /// <param name="cache">The cache; whoever made it disposes it.</param>
    /// <param name="configure">Which queries are cached that say nothing themselves; by default none.</param>
    /// <returns><paramref name="optionsBuilder"/>.</returns>
    /// <exception cref="InvalidOperationException">The options already have another cache.</exception>
    public static DbContextOptionsBuilder UseZooCache(
        this DbContextOptionsBuilder optionsBuilder, ZooCache.ZooCache cache, Action<ZooCacheContextOptionsBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return Use(optionsBuilder, cache, configure);
    }

    /// <inheritdoc cref="UseZooCache(DbContextOptionsBuilder, Action{ZooCacheContextOptionsBuilder}?)"/>
    /// <typeparam name="TContext">The context type.</typeparam>
    public static DbContextOptionsBuilder<TContext> UseZooCache<TContext>(
        this DbContextOptionsBuilder<TContext> optionsBuilder, Action<ZooCacheContextOptionsBuilder>? configure = null)
        where TContext : DbContext
        => (DbContextOptionsBuilder<TContext>)Use(optionsBuilder, cache: null, configure);

    /// <inheritdoc cref="UseZooCache(DbContextOptionsBuilder, ZooCache.ZooCache, Action{ZooCacheContextOptionsBuilder}?)"/>
    /// <typeparam name="TContext">The context type.</typeparam>
    public static DbContextOptionsBuilder<TContext> UseZooCache<TContext>(
        this DbContextOptionsBuilder<TContext> optionsBuilder, ZooCache.ZooCache cache, Action<ZooCacheContextOptionsBuilder>? configure = null)
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(cache);
        return (DbContextOptionsBuilder<TContext>)Use(optionsBuilder, cache, configure);
    }

    private static DbContextOptionsBuilder Use(
        DbContextOptionsBuilder optionsBuilder, ZooCache.ZooCache? cache, Action<ZooCacheContextOptionsBuilder>? configure)
    {
        ArgumentNullException.ThrowIfNull(optionsBuilder);
        var known = optionsBuilder.Options.FindExtension<ZooCacheOptionsExtension>();
        if (known?.Cache is { } given && cache is not null && !ReferenceEquals(given, cache))
        {
            throw new InvalidOperationException(
                $"UseZooCache() was called twice on the same options with two different caches ('{given.Prefix}' and '{cache.Prefix}'). Keep one of the calls, or pass the same instance to both.");
        }

        var settings = known?.Settings ?? new ContextSettings();
        if (configure is not null)
        {
            var builder = new ZooCacheContextOptionsBuilder(settings);
            configure(builder);
            settings = builder.Build();
        }

        ((IDbContextOptionsBuilderInfrastructure)optionsBuilder).AddOrUpdateExtension(
            new ZooCacheOptionsExtension(cache ?? known?.Cache, settings));
        return optionsBuilder;
    }
}
