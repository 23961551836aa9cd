using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>The cookies of a request, which note what is read of them.</summary>
internal sealed class ObservedCookies(HttpRequest request, ObservedFeatures features) : IRequestCookiesFeature, IRequestCookieCollection
{
    // Read before they are observed: they are made of the headers.
    private readonly IRequestCookieCollection cookies = request.Cookies;
    private readonly IRequestCookiesFeature inner = request.HttpContext.Features.GetRequiredFeature<IRequestCookiesFeature>();

    public IRequestCookieCollection Cookies
    {
        get => this;
        set
        {
            features.Change();
            inner.Cookies = value;
        }
    }

    public int Count => All().Count;

    public ICollection<string> Keys => All().Keys;

    public string? this[string key] => Noted(key)[key];

    public bool ContainsKey(string key) => Noted(key).ContainsKey(key);

    public bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => Noted(key).TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => All().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => All().GetEnumerator();

    private IRequestCookieCollection Noted(string name)
    {
        features.Log.Read(RequestInput.Cookie(name));
        return cookies;
    }

    private IRequestCookieCollection All()
    {
        features.Log.Read(RequestInput.AllCookies);
        return cookies;
    }
}
