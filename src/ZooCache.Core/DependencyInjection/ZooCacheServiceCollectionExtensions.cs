using Microsoft.Extensions.DependencyInjection.Extensions;
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
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
        {
            services.AddSingleton(new Configuration(configure));
        }

        services.TryAddSingleton(static provider =>
        {
            var options = new ZooCacheOptions();
            foreach (var configuration in provider.GetServices<Configuration>())
            {
                configuration.Apply(options);
            }

            return new global::ZooCache.ZooCache(options);
        });
        return services;
    }

    private sealed record Configuration(Action<ZooCacheOptions> Apply);
}
