using System.Collections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>The headers of a request, which note what is read of them.</summary>
internal sealed class ObservedHeaders(IHeaderDictionary headers, ObservedFeatures features) : IHeaderDictionary
{
    public long? ContentLength
    {
        get => Noted(HeaderNames.ContentLength).ContentLength;
        set => Changed().ContentLength = value;
    }

    public ICollection<string> Keys => All().Keys;

    public ICollection<StringValues> Values => All().Values;

    public int Count => All().Count;

    public bool IsReadOnly => headers.IsReadOnly;

    public StringValues this[string key]
    {
        get => Noted(key)[key];
        set => Changed()[key] = value;
    }

    public bool TryGetValue(string key, out StringValues value) => Noted(key).TryGetValue(key, out value);

    public bool ContainsKey(string key) => Noted(key).ContainsKey(key);

    public bool Contains(KeyValuePair<string, StringValues> item) => Noted(item.Key).Contains(item);

    public void CopyTo(KeyValuePair<string, StringValues>[] array, int arrayIndex) => All().CopyTo(array, arrayIndex);

    public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator() => All().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => All().GetEnumerator();

    public void Add(string key, StringValues value) => Changed().Add(new KeyValuePair<string, StringValues>(key, value));

    public void Add(KeyValuePair<string, StringValues> item) => Changed().Add(item);

    public void Clear() => Changed().Clear();

    public bool Remove(string key) => Changed().Remove(key);

    public bool Remove(KeyValuePair<string, StringValues> item) => Changed().Remove(item);

    private IHeaderDictionary Noted(string name)
    {
        features.Log.Read(RequestInput.Header(name));
        return headers;
    }

    private IHeaderDictionary All()
    {
        features.Log.Refuse("reads-all-headers");
        return headers;
    }

    private IHeaderDictionary Changed()
    {
        features.Change();
        return headers;
    }
}
