using System.Collections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>The headers of a request, which note what is read of them.</summary>
internal sealed class ObservedHeaders(IHeaderDictionary headers, InputLog log) : IHeaderDictionary
{
    public long? ContentLength
    {
        get
        {
            log.Read(RequestInput.Header("Content-Length"));
            return headers.ContentLength;
        }

        set => headers.ContentLength = value;
    }

    public ICollection<string> Keys => All().Keys;

    public ICollection<StringValues> Values => All().Values;

    public int Count => All().Count;

    public bool IsReadOnly => headers.IsReadOnly;

    public StringValues this[string key]
    {
        get
        {
            log.Read(RequestInput.Header(key));
            return headers[key];
        }

        set => headers[key] = value;
    }

    public bool TryGetValue(string key, out StringValues value)
    {
        log.Read(RequestInput.Header(key));
        return headers.TryGetValue(key, out value);
    }

    public bool ContainsKey(string key)
    {
        log.Read(RequestInput.Header(key));
        return headers.ContainsKey(key);
    }

    public bool Contains(KeyValuePair<string, StringValues> item)
    {
        log.Read(RequestInput.Header(item.Key));
        return headers.Contains(item);
    }

    public void CopyTo(KeyValuePair<string, StringValues>[] array, int arrayIndex) => All().CopyTo(array, arrayIndex);

    public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator() => All().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => All().GetEnumerator();

    public void Add(string key, StringValues value) => headers.Append(key, value);

    public void Add(KeyValuePair<string, StringValues> item) => headers.Add(item);

    public void Clear() => headers.Clear();

    public bool Remove(string key) => headers.Remove(key);

    public bool Remove(KeyValuePair<string, StringValues> item) => headers.Remove(item);

    private IHeaderDictionary All()
    {
        log.Refuse("reads-all-headers");
        return headers;
    }
}

/// <summary>The cookies of a request, which note what is read of them.</summary>
internal sealed class ObservedCookies(IRequestCookieCollection cookies, InputLog log) : IRequestCookieCollection
{
    public int Count => All().Count;

    public ICollection<string> Keys => All().Keys;

    public string? this[string key]
    {
        get
        {
            log.Read(new RequestInput(InputKind.Cookie, key));
            return cookies[key];
        }
    }

    public bool ContainsKey(string key)
    {
        log.Read(new RequestInput(InputKind.Cookie, key));
        return cookies.ContainsKey(key);
    }

    public bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
    {
        log.Read(new RequestInput(InputKind.Cookie, key));
        return cookies.TryGetValue(key, out value);
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => All().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => All().GetEnumerator();

    private IRequestCookieCollection All()
    {
        log.Read(RequestInput.Header("Cookie"));
        return cookies;
    }
}

/// <summary>The query of a request, which notes what is read of it.</summary>
internal sealed class ObservedQuery(IQueryCollection query, InputLog log) : IQueryCollection
{
    public int Count => Names().Count;

    public ICollection<string> Keys => Names().Keys;

    public StringValues this[string key]
    {
        get
        {
            log.Read(QueryValue(key));
            return query[key];
        }
    }

    /// <summary>Names in a query differ by case in nothing.</summary>
    internal static RequestInput QueryValue(string key) => new(InputKind.Query, key.ToUpperInvariant());

    public bool ContainsKey(string key)
    {
        log.Read(QueryValue(key));
        return query.ContainsKey(key);
    }

    public bool TryGetValue(string key, out StringValues value)
    {
        log.Read(QueryValue(key));
        return query.TryGetValue(key, out value);
    }

    public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator() => All().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => All().GetEnumerator();

    private IQueryCollection Names()
    {
        log.Read(RequestInput.QueryNames);
        return query;
    }

    private IQueryCollection All()
    {
        log.Read(RequestInput.WholeQuery);
        return query;
    }
}

/// <summary>What earlier parts of the pipeline have left for later ones. What it was made of isn't known.</summary>
internal sealed class ObservedItems(IDictionary<object, object?> items, InputLog log) : IDictionary<object, object?>
{
    private readonly HashSet<object> before = [.. items.Keys];

    public ICollection<object> Keys => All().Keys;

    public ICollection<object?> Values => All().Values;

    public int Count => All().Count;

    public bool IsReadOnly => items.IsReadOnly;

    public object? this[object key]
    {
        get
        {
            Note(key);
            return items[key];
        }

        set => items[key] = value;
    }

    public bool ContainsKey(object key)
    {
        Note(key);
        return items.ContainsKey(key);
    }

    public bool TryGetValue(object key, out object? value)
    {
        Note(key);
        return items.TryGetValue(key, out value);
    }

    public bool Contains(KeyValuePair<object, object?> item)
    {
        Note(item.Key);
        return items.Contains(item);
    }

    public void CopyTo(KeyValuePair<object, object?>[] array, int arrayIndex) => All().CopyTo(array, arrayIndex);

    public IEnumerator<KeyValuePair<object, object?>> GetEnumerator() => All().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => All().GetEnumerator();

    public void Add(object key, object? value) => items.Add(key, value);

    public void Add(KeyValuePair<object, object?> item) => items.Add(item);

    public void Clear() => items.Clear();

    public bool Remove(object key) => items.Remove(key);

    public bool Remove(KeyValuePair<object, object?> item) => items.Remove(item);

    private void Note(object key)
    {
        if (before.Contains(key))
        {
            log.Refuse("reads-items");
        }
    }

    private IDictionary<object, object?> All()
    {
        if (before.Count > 0)
        {
            log.Refuse("reads-items");
        }

        return items;
    }
}
