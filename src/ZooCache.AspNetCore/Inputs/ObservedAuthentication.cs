using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>
/// Tells who asks, and speaks, by the context or by the flow of control, against keeping the response of an endpoint that wants to know. A result that the scheme's handler has remembered since an earlier part of the pipeline has asked is
/// made of what the endpoint isn't seen to read. Thread-safe if what it asks is.
/// </summary>
internal sealed class ObservedAuthentication(IAuthenticationService inner) : IAuthenticationService
{
    private static readonly AsyncLocal<InputLog?> InFlow = new();

    public Task<AuthenticateResult> AuthenticateAsync(HttpContext context, string? scheme) => inner.AuthenticateAsync(Noted(context), scheme);

    public Task ChallengeAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) => inner.ChallengeAsync(Noted(context), scheme, properties);

    public Task ForbidAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) => inner.ForbidAsync(Noted(context), scheme, properties);

    public Task SignInAsync(HttpContext context, string? scheme, ClaimsPrincipal principal, AuthenticationProperties? properties) => inner.SignInAsync(Noted(context), scheme, principal, properties);

    public Task SignOutAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) => inner.SignOutAsync(Noted(context), scheme, properties);

    /// <summary>From now on, in this flow of control, whoever asks does so for an endpoint's run.</summary>
    internal static void Watch(InputLog log) => InFlow.Value = log;

    /// <summary>Has the application's authentication tell of who asks it, whoever was given it.</summary>
    internal static void Observe(IServiceCollection services)
    {
        Observe<IAuthenticationService>(services, static inner => new ObservedAuthentication(inner));
        Observe<IAuthenticationHandlerProvider>(services, static inner => new HandlerProvider(inner));
    }

    /// <exception cref="InvalidOperationException">The application authenticates, and nobody would see it.</exception>
    internal static async ValueTask RequireAsync(IServiceProvider services)
    {
        var (service, handlers) = (services.GetService<IAuthenticationService>(), services.GetService<IAuthenticationHandlerProvider>());
        if (service is null or ObservedAuthentication && handlers is null or HandlerProvider)
        {
            return;
        }

        // Authorization registers the framework's, which know nobody where there is no scheme.
        var schemes = services.GetService<IAuthenticationSchemeProvider>();
        if (!(service is ObservedAuthentication || IsOfFramework(service)) || !(handlers is HandlerProvider || IsOfFramework(handlers))
            || !IsOfFramework(schemes) || (schemes is not null && (await schemes.GetAllSchemesAsync().ConfigureAwait(false)).Any()))
        {
            throw new InvalidOperationException(
                $"An endpoint is Cacheable() in an application that authenticates. Call services.{nameof(ZooCacheResponsesExtensions.AddZooCacheResponses)}() after everything that registers authentication,"
                + " such as AddAuthentication(): without it a response that was made for one user could be served to another.");
        }
    }

    private static bool IsOfFramework(object? service) => service is null || service.GetType().Assembly == typeof(AuthenticationService).Assembly;

    private static HttpContext Noted(HttpContext context)
    {
        // An endpoint may ask by another context of its own making.
        (context?.Features as ObservedFeatures)?.Log.Refuse("authenticates");
        InFlow.Value?.Refuse("authenticates");
        return context!;
    }

    private static void Observe<TService>(IServiceCollection services, Func<TService, TService> observe)
        where TService : class
    {
        for (var i = 0; i < services.Count; i++)
        {
            if (services[i] is { IsKeyedService: false } service && service.ServiceType == typeof(TService) && service.ImplementationFactory?.Target is not Observed<TService>)
            {
                var observed = new Observed<TService>(observe);

                // The one that stands last is the one that counts, also for whoever decorates it in turn.
                services.Insert(i++, observed.KeyedOf(service));
                services[i] = ServiceDescriptor.Describe(typeof(TService), observed.Make, service.Lifetime);
            }
        }
    }

    /// <summary>The handlers of the schemes, which remember what they have found.</summary>
    private sealed class HandlerProvider(IAuthenticationHandlerProvider inner) : IAuthenticationHandlerProvider
    {
        public Task<IAuthenticationHandler?> GetHandlerAsync(HttpContext context, string authenticationScheme) => inner.GetHandlerAsync(Noted(context), authenticationScheme);
    }

    /// <summary>A service that is in the place of another, which the container goes on to make and to dispose of.</summary>
    private sealed class Observed<TService>(Func<TService, TService> observe)
        where TService : class
    {
        internal object Make(IServiceProvider services) => observe(services.GetRequiredKeyedService<TService>(this));

        internal ServiceDescriptor KeyedOf(ServiceDescriptor service)
            => service.ImplementationInstance is { } instance ? new ServiceDescriptor(service.ServiceType, this, instance)
                : service.ImplementationFactory is { } make ? new ServiceDescriptor(service.ServiceType, this, (services, _) => make(services), service.Lifetime)
                : new ServiceDescriptor(service.ServiceType, this, service.ImplementationType!, service.Lifetime);
    }
}
