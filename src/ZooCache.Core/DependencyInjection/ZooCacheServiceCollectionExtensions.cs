using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using ZooCache;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers ZooCache.</summary>
public static class ZooCacheServiceCollectionExtensions
{
    /// <summary>
    /// Registers one <see cref="global::ZooCache.ZooCache"/> for the container, which disposes it. Called more than once, the
    /// settings add up in order.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the settings, which are checked when the cache is made.</param>
    /// <returns>The services, for chaining.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IServiceCollection AddZooCache(this IServiceCollection services, Action<ZooCacheOptions>? configure = null)
        => services.AddZooCache(configure is null ? static (_, _) => { } : (options, _) => configure(options));

    /// <summary>As the other, with the container's services at hand: <c>AddZooCache((c, services) =>
    /// c.UseRedis(services.GetRequiredService&lt;IConnectionMultiplexer>()))</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the settings, which are checked when the cache is made.</param>
    /// <returns>The services, for chaining.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IServiceCollection AddZooCache(this IServiceCollection services, Action<ZooCacheOptions, IServiceProvider> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddSingleton(new Configuration(configure));

        services.TryAddSingleton(static provider =>
        {
            var options = new ZooCacheOptions { LoggerFactory = provider.GetService<ILoggerFactory>() };
            foreach (var configuration in provider.GetServices<Configuration>())
            {
                configuration.Apply(options, provider);
            }

            return new global::ZooCache.ZooCache(options);
        });
        return services;
    }

    /// <summary>
    /// Registers Microsoft's <see cref="HybridCache"/> on the container's <see cref="global::ZooCache.ZooCache"/>, in place of another one, if there is one. Serializers
    /// (<see cref="IHybridCacheSerializer{T}"/>, <see cref="IHybridCacheSerializerFactory"/>) are those of the container; what has none is copied as it is. Called more than once,
    /// the settings add up in order.
    /// </summary>
    /// <remarks>Tags are hierarchical: removing <c>user</c> removes what has the tag <c>user:42</c>.</remarks>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the settings, which are checked when the cache is made.</param>
    /// <returns>The services, for chaining.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IServiceCollection AddZooHybridCache(this IServiceCollection services, Action<ZooHybridCacheOptions>? configure = null)
    {
        services.AddZooCache();
        services.AddSingleton(new HybridConfiguration(configure ?? (static _ => { })));
        return services.Replace(ServiceDescriptor.Singleton<HybridCache>(static provider =>
        {
            var options = new ZooHybridCacheOptions();
            foreach (var configuration in provider.GetServices<HybridConfiguration>())
            {
                configuration.Apply(options);
            }

            return new ZooHybridCache(provider.GetRequiredService<global::ZooCache.ZooCache>(), provider, options);
        }));
    }

    private sealed record HybridConfiguration(Action<ZooHybridCacheOptions> Apply);

    private sealed record Configuration(Action<ZooCacheOptions, IServiceProvider> Apply);
}
