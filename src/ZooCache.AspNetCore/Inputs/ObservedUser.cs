using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Extensions.DependencyInjection;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>Who asks.</summary>
internal sealed class ObservedUser : IHttpAuthenticationFeature
{
    private readonly IHttpAuthenticationFeature inner;
    private readonly ObservedFeatures features;

    internal ObservedUser(HttpContext context, ObservedFeatures features)
    {
        this.features = features;

        // Asked for, it is there.
        _ = context.User;
        inner = context.Features.GetRequiredFeature<IHttpAuthenticationFeature>();
    }

    public ClaimsPrincipal? User
    {
        get
        {
            features.Log.Read(RequestInput.User);
            return inner.User;
        }

        set
        {
            features.Change();
            inner.User = value;
        }
    }
}

/// <summary>The services of a request. Those that tell who asks, and more than the claims say, speak against keeping the response.</summary>
internal sealed class ObservedServices(HttpContext context, ObservedFeatures features) : IServiceProvidersFeature, IKeyedServiceProvider, ISupportRequiredService
{
    private readonly IServiceProvider inner = context.RequestServices;
    private readonly IServiceProvidersFeature feature = context.Features.GetRequiredFeature<IServiceProvidersFeature>();

    public IServiceProvider RequestServices
    {
        get => this;
        set
        {
            features.Change();
            feature.RequestServices = value;
        }
    }

    public object? GetService(Type serviceType) => serviceType == typeof(IServiceProvider) ? this : Noted(serviceType).GetService(serviceType);

    public object GetRequiredService(Type serviceType) => serviceType == typeof(IServiceProvider) ? this : Noted(serviceType).GetRequiredService(serviceType);

    public object? GetKeyedService(Type serviceType, object? serviceKey)
        => inner is IKeyedServiceProvider keyed
            ? keyed.GetKeyedService(serviceType, serviceKey)
            : throw new InvalidOperationException("The application's service provider knows no keyed services.");

    public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => inner.GetRequiredKeyedService(serviceType, serviceKey);

    private IServiceProvider Noted(Type type)
    {
        if (type == typeof(IAuthenticationService) || type == typeof(IAuthenticationHandlerProvider))
        {
            features.Log.Refuse("authenticates");
        }

        return inner;
    }
}
