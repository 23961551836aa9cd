using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>A request, which notes what is read of it beyond what each key says.</summary>
internal sealed class ObservedRequest(IHttpRequestFeature inner, ObservedFeatures features) : IHttpRequestFeature
{
    private readonly ObservedHeaders headers = new(inner.Headers, features);

    public string Protocol
    {
        get
        {
            features.Log.Read(RequestInput.Protocol);
            return inner.Protocol;
        }

        set => Changed().Protocol = value;
    }

    public string Scheme
    {
        get => inner.Scheme;
        set => Changed().Scheme = value;
    }

    public string Method
    {
        get => inner.Method;
        set => Changed().Method = value;
    }

    public string PathBase
    {
        get => inner.PathBase;
        set => Changed().PathBase = value;
    }

    public string Path
    {
        get => inner.Path;
        set => Changed().Path = value;
    }

    public string QueryString
    {
        get
        {
            features.Log.Read(RequestInput.WholeQuery);
            return inner.QueryString;
        }

        set => Changed().QueryString = value;
    }

    public string RawTarget
    {
        get
        {
            features.Log.Read(RequestInput.RawTarget);
            return inner.RawTarget;
        }

        set => Changed().RawTarget = value;
    }

    public IHeaderDictionary Headers
    {
        get => headers;
        set => Changed().Headers = value;
    }

    /// <summary>The server's is empty; somebody may have put another in its place.</summary>
    public Stream Body
    {
        get
        {
            features.Log.Refuse("reads-body");
            return inner.Body;
        }

        set => Changed().Body = value;
    }

    private IHttpRequestFeature Changed()
    {
        features.Change();
        return inner;
    }
}

/// <summary>When the request's caller goes away.</summary>
internal sealed class ObservedLifetime(HttpContext context, ObservedFeatures features) : IHttpRequestLifetimeFeature
{
    private readonly IHttpRequestLifetimeFeature? inner = context.Features.Get<IHttpRequestLifetimeFeature>();

    public CancellationToken RequestAborted
    {
        get => inner?.RequestAborted ?? CancellationToken.None;
        set
        {
            features.Change();
            if (inner is not null)
            {
                inner.RequestAborted = value;
            }
        }
    }

    public void Abort()
    {
        features.Log.Refuse("aborted");
        inner?.Abort();
    }
}
