using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;

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

/// <summary>The services of a request. Those that tell who asks, tell of it by themselves: <see cref="ObservedAuthentication"/>.</summary>
internal sealed class ObservedServices(HttpContext context, ObservedFeatures features) : IServiceProvidersFeature
{
    private readonly IServiceProvidersFeature inner = context.Features.GetRequiredFeature<IServiceProvidersFeature>();

    public IServiceProvider RequestServices
    {
        get => inner.RequestServices;
        set
        {
            features.Change();
            inner.RequestServices = value;
        }
    }
}
