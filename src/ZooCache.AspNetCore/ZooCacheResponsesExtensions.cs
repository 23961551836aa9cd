using Microsoft.AspNetCore.Authentication;
using ZooCache.AspNetCore.Inputs;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What endpoints whose responses are kept need of the application's services.</summary>
public static class ZooCacheResponsesExtensions
{
    /// <summary>
    /// Has the application's authentication (<see cref="IAuthenticationService"/>, <see cref="IAuthenticationHandlerProvider"/>) tell of who asks it, so that no endpoint is
    /// <c>Cacheable()</c> that asks who the user is by another way than its <c>HttpContext</c>. An application that authenticates and has such endpoints needs it, after everything that
    /// registers authentication; others don't.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <returns>The services, for chaining.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IServiceCollection AddZooCacheResponses(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        ObservedAuthentication.Observe(services);
        return services;
    }
}
