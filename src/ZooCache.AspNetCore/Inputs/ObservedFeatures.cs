using System.Collections;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.AspNetCore.Localization;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>
/// The features of a request, which note what is read of them. The context is the same one before, within and after, whoever has kept it; only what it consists of is another.
/// </summary>
/// <remarks>
/// What isn't known to say nothing of who asks speaks against keeping the response, as soon as it is read; that it isn't there becomes part of the key. What earlier parts of the pipeline have
/// read, and have left elsewhere than here, isn't seen.
/// </remarks>
internal sealed class ObservedFeatures : IFeatureCollection
{
    /// <summary>They say nothing of the request, or what the key says anyway: which endpoint it is, and the values of its route.</summary>
    private static readonly HashSet<Type> Neutral =
    [
        typeof(IEndpointFeature), typeof(IRouteValuesFeature), typeof(IHttpBodyControlFeature), typeof(IHttpMaxRequestBodySizeFeature), typeof(IHttpRequestBodyDetectionFeature),
    ];

    /// <summary>What the context makes for itself where there is none.</summary>
    private static readonly HashSet<Type> MadeByContext =
    [
        typeof(IFormFeature), typeof(IRequestBodyPipeFeature), typeof(IResponseCookiesFeature), typeof(IRouteValuesFeature), typeof(IHttpConnectionFeature), typeof(ITlsConnectionFeature),
        typeof(IHttpRequestIdentifierFeature),
    ];

    private readonly IFeatureCollection inner;
    private readonly InputLog log;
    private readonly Dictionary<Type, object> own = [];
    private readonly Dictionary<Type, object> observed = [];
    private volatile int changes;

    private ObservedFeatures(HttpContext context, InputLog log)
    {
        inner = context.Features;
        this.log = log;
        observed[typeof(IHttpRequestFeature)] = new ObservedRequest(inner.GetRequiredFeature<IHttpRequestFeature>(), this);
        observed[typeof(IQueryFeature)] = new ObservedQuery(context.Request, this);
        observed[typeof(IRequestCookiesFeature)] = new ObservedCookies(context.Request, this);
        observed[typeof(IItemsFeature)] = new ObservedItems(context, this);
        observed[typeof(IHttpAuthenticationFeature)] = new ObservedUser(context, this);
        observed[typeof(IHttpRequestLifetimeFeature)] = new ObservedLifetime(context, this);
        observed[typeof(IServiceProvidersFeature)] = new ObservedServices(context, this);
    }

    internal InputLog Log => log;

    public bool IsReadOnly => inner.IsReadOnly;

    // Once nothing is to be kept, they are others.
    public int Revision => inner.Revision + changes + (log.IsHopeless ? 1 : 0);

    public object? this[Type key]
    {
        get => Find(key);
        set => Put(key, value);
    }

    /// <summary>Has the context consist of these features.</summary>
    internal static ObservedFeatures Begin(DefaultHttpContext context, InputLog log)
    {
        var features = new ObservedFeatures(context, log);
        context.Initialize(features);
        features.changes++;
        return features;
    }

    /// <summary>The context is as it was.</summary>
    internal void End(DefaultHttpContext context)
    {
        context.Initialize(inner);

        // The context goes on with the features that it has met until their collection is another one by its number. It is never without any, for whoever looks on.
        var revision = inner.Revision;
        inner.Set(inner.Get<IHttpResponseFeature>());
        if (inner.Revision == revision)
        {
            context.Uninitialize();
            context.Initialize(inner);
        }
    }

    /// <summary>Whether something is left for whoever comes after the endpoint, who wouldn't find it if that doesn't run.</summary>
    internal bool LeavesAnything => ((ObservedItems)observed[typeof(IItemsFeature)]).LeavesAnything;

    /// <summary>The response is made by something else than the server.</summary>
    internal void Answer<TFeature>(TFeature feature)
        where TFeature : class
    {
        observed[typeof(TFeature)] = feature;
        changes++;
    }

    /// <summary>The endpoint changes its request: from now on it sees it as it is.</summary>
    internal void Change()
    {
        log.Refuse("changes-request");
        changes++;
    }

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator()
    {
        log.Refuse("reads-all-features");
        return inner.GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static bool IsAnswer(Type type) => type == typeof(IHttpResponseFeature) || type == typeof(IHttpResponseBodyFeature);

    private object? Find(Type type)
    {
        if (own.TryGetValue(type, out var mine))
        {
            return mine;
        }

        if ((!log.IsHopeless || IsAnswer(type)) && observed.TryGetValue(type, out var feature))
        {
            return feature;
        }

        if (type == typeof(IResponseCookiesFeature) && inner[type] is ResponseCookiesFeature or null)
        {
            // One that was made before would write past what the response is kept by.
            return own[type] = new ResponseCookiesFeature(this);
        }

        var found = inner[type];
        if (type == typeof(IResponseCookiesFeature))
        {
            log.Refuse("cookies-of-others");
        }
        else if (!Neutral.Contains(type) && !(type == typeof(IRequestCultureFeature) && found is IRequestCultureFeature culture && IsCurrent(culture)))
        {
            // Where there is no identifier, the context makes one up.
            if (found is null && type != typeof(IHttpRequestIdentifierFeature))
            {
                log.Read(RequestInput.Feature(type));
            }
            else
            {
                log.Refuse(type == typeof(ISessionFeature) ? "reads-session" : type == typeof(IHttpConnectionFeature) ? "reads-connection" : "reads-feature");
            }
        }

        return found;
    }

    private void Put(Type type, object? instance)
    {
        if (IsAnswer(type) || MadeByContext.Contains(type))
        {
            // The context makes it for itself, out of these features, where there is none.
            if (instance is null)
            {
                own.Remove(type);
            }
            else
            {
                own[type] = instance;
            }
        }
        else
        {
            log.Refuse("sets-feature");
            own.Remove(type);
            inner[type] = instance;
        }

        changes++;
    }

    /// <summary>The key says which culture it is.</summary>
    private static bool IsCurrent(IRequestCultureFeature feature)
        => feature.RequestCulture.Culture == CultureInfo.CurrentCulture && feature.RequestCulture.UICulture == CultureInfo.CurrentUICulture && feature.Provider is null;
}
