using Microsoft.Extensions.Diagnostics.HealthChecks;
using ZooCache.AspNetCore.Management;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets an application's health tell whether its cache is of use.</summary>
public static class ZooCacheHealthCheckExtensions
{
    /// <summary>
    /// Adds a check of the container's <see cref="global::ZooCache.ZooCache"/>. It fails while the cache is switched off, while it can't tell what other nodes have written (then queries
    /// go to the database), while its shared store is left alone because it fails, and for an hour after an answer was found to be stale.
    /// </summary>
    /// <param name="builder">The checks.</param>
    /// <param name="name">Its name. Default: <c>zoocache</c>.</param>
    /// <param name="failureStatus">What it reports when it fails. Default: <see cref="HealthStatus.Degraded"/>: the application answers all the same.</param>
    /// <param name="tags">Its tags.</param>
    /// <returns>The checks, for chaining.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static IHealthChecksBuilder AddZooCache(
        this IHealthChecksBuilder builder, string name = "zoocache", HealthStatus failureStatus = HealthStatus.Degraded, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name, static services => new ZooCacheHealthCheck(services.GetService<global::ZooCache.ZooCache>() ?? global::ZooCache.ZooCache.Shared), failureStatus, tags));
    }
}
