using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>Has a request note what is read of it, until disposed.</summary>
/// <remarks>What earlier parts of the pipeline have read isn't noted: docs/web.md.</remarks>
internal sealed class ObservedFeatures : IDisposable
{
    private readonly IFeatureCollection features;
    private readonly List<Action> restore = [];

    internal ObservedFeatures(HttpContext context, InputLog log)
    {
        features = context.Features;

        // Read before they are observed: they are made of the headers, and of the query's text.
        var query = context.Request.Query;
        var cookies = context.Request.Cookies;
        var items = context.Items;
        var user = features.Get<IHttpAuthenticationFeature>();
        Set<IQueryFeature>(new Query(new ObservedQuery(query, log)));
        Set<IRequestCookiesFeature>(new Cookies(new ObservedCookies(cookies, log)));
        Set<IItemsFeature>(new Items(new ObservedItems(items, log)));
        Set<IHttpAuthenticationFeature>(new Authentication(user, log));
        Set<IHttpRequestFeature>(new Request(features.GetRequiredFeature<IHttpRequestFeature>(), log));
        if (features.Get<IHttpConnectionFeature>() is { } connection)
        {
            Set<IHttpConnectionFeature>(new Connection(connection, log));
        }

        if (features.Get<ISessionFeature>() is { } session)
        {
            Set<ISessionFeature>(new Session(session, log));
        }
    }

    public void Dispose() => restore.ForEach(r => r());

    private void Set<TFeature>(TFeature feature)
        where TFeature : class
    {
        var before = features.Get<TFeature>();
        features.Set(feature);
        restore.Add(() => features.Set(before));
    }

    private sealed class Query(IQueryCollection query) : IQueryFeature
    {
        IQueryCollection IQueryFeature.Query { get; set; } = query;
    }

    private sealed class Cookies(IRequestCookieCollection cookies) : IRequestCookiesFeature
    {
        IRequestCookieCollection IRequestCookiesFeature.Cookies { get; set; } = cookies;
    }

    private sealed class Items(IDictionary<object, object?> items) : IItemsFeature
    {
        IDictionary<object, object?> IItemsFeature.Items { get; set; } = items;
    }

    private sealed class Authentication(IHttpAuthenticationFeature? inner, InputLog log) : IHttpAuthenticationFeature
    {
        private ClaimsPrincipal? own = inner?.User;

        public ClaimsPrincipal? User
        {
            get
            {
                log.Read(RequestInput.User);
                return own;
            }

            set => own = value;
        }
    }

    private sealed class Session(ISessionFeature inner, InputLog log) : ISessionFeature
    {
        ISession ISessionFeature.Session
        {
            get
            {
                log.Refuse("reads-session");
                return inner.Session;
            }

            set => inner.Session = value;
        }
    }

    private sealed class Connection(IHttpConnectionFeature inner, InputLog log) : IHttpConnectionFeature
    {
        public string ConnectionId
        {
            get => Noted(inner.ConnectionId);
            set => inner.ConnectionId = value;
        }

        public IPAddress? RemoteIpAddress
        {
            get => Noted(inner.RemoteIpAddress);
            set => inner.RemoteIpAddress = value;
        }

        public IPAddress? LocalIpAddress
        {
            get => Noted(inner.LocalIpAddress);
            set => inner.LocalIpAddress = value;
        }

        public int RemotePort
        {
            get => Noted(inner.RemotePort);
            set => inner.RemotePort = value;
        }

        public int LocalPort
        {
            get => Noted(inner.LocalPort);
            set => inner.LocalPort = value;
        }

        private T Noted<T>(T value)
        {
            log.Refuse("reads-connection");
            return value;
        }
    }

    private sealed class Request(IHttpRequestFeature inner, InputLog log) : IHttpRequestFeature
    {
        private IHeaderDictionary headers = new ObservedHeaders(inner.Headers, log);

        public string Protocol
        {
            get => inner.Protocol;
            set => inner.Protocol = value;
        }

        public string Scheme
        {
            get => inner.Scheme;
            set => inner.Scheme = value;
        }

        public string Method
        {
            get => inner.Method;
            set => inner.Method = value;
        }

        public string PathBase
        {
            get => inner.PathBase;
            set => inner.PathBase = value;
        }

        public string Path
        {
            get => inner.Path;
            set => inner.Path = value;
        }

        public string QueryString
        {
            get
            {
                log.Read(RequestInput.WholeQuery);
                return inner.QueryString;
            }

            set => inner.QueryString = value;
        }

        public string RawTarget
        {
            get
            {
                log.Read(RequestInput.WholeQuery);
                return inner.RawTarget;
            }

            set => inner.RawTarget = value;
        }

        public IHeaderDictionary Headers
        {
            get => headers;
            set => headers = value;
        }

        public Stream Body
        {
            get => inner.Body;
            set => inner.Body = value;
        }
    }
}
