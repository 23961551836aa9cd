using System.Collections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>The query of a request, which notes what is read of it.</summary>
internal sealed class ObservedQuery(HttpRequest request, ObservedFeatures features) : IQueryFeature, IQueryCollection
{
    // Read before it is observed: it is made of the query's text.
    private readonly IQueryCollection query = request.Query;
    private readonly IQueryFeature inner = request.HttpContext.Features.GetRequiredFeature<IQueryFeature>();

    public IQueryCollection Query
    {
        get => this;
        set
        {
            features.Change();
            inner.Query = value;
        }
    }

    public int Count => Names().Count;

    public ICollection<string> Keys => Names().Keys;

    public StringValues this[string key] => Noted(key)[key];

    public bool ContainsKey(string key) => Noted(key).ContainsKey(key);

    public bool TryGetValue(string key, out StringValues value) => Noted(key).TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator() => All().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => All().GetEnumerator();

    private IQueryCollection Noted(string name)
    {
        features.Log.Read(RequestInput.Query(name));
        return query;
    }

    private IQueryCollection Names()
    {
        features.Log.Read(RequestInput.QueryNames);
        return query;
    }

    private IQueryCollection All()
    {
        features.Log.Read(RequestInput.WholeQuery);
        return query;
    }
}
