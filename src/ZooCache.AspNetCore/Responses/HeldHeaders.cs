using System.Collections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using ZooCache.AspNetCore.Inputs;

namespace ZooCache.AspNetCore.Responses;

/// <summary>
/// The headers that an endpoint sets, held back. What earlier parts of the pipeline have set stands behind them; that an endpoint reads it speaks against keeping its response. Used by one request.
/// </summary>
internal sealed class HeldHeaders(IHeaderDictionary inner, InputLog log) : IHeaderDictionary
{
    private readonly Dictionary<string, StringValues> changes = new(StringComparer.OrdinalIgnoreCase);
    private bool isPassed;
    private bool isCleared;

    /// <summary>Whether nothing may be changed any more.</summary>
    internal bool HasStarted { get; set; }

    /// <summary>What the endpoint has made of the headers; without a value, it has taken one away.</summary>
    internal HeaderChanges Changes => new([.. changes.Select(static h => KeyValuePair.Create(h.Key, HeaderChanges.Own(h.Value)))], isCleared);

    public long? ContentLength
    {
        get => HeaderUtilities.TryParseNonNegativeInt64(this[HeaderNames.ContentLength].ToString(), out long value) ? value : null;
        set => this[HeaderNames.ContentLength] = value is null ? StringValues.Empty : HeaderUtilities.FormatNonNegativeInt64(value.Value);
    }

    public ICollection<string> Keys => All().Select(h => h.Key).ToList();

    public ICollection<StringValues> Values => All().Select(h => h.Value).ToList();

    public int Count => All().Count;

    public bool IsReadOnly => HasStarted || inner.IsReadOnly;

    public StringValues this[string key]
    {
        get => TryGetValue(key, out var value) ? value : StringValues.Empty;
        set
        {
            ThrowIfStarted();
            if (key.Equals(HeaderNames.SetCookie, StringComparison.OrdinalIgnoreCase))
            {
                log.Refuse("sets-cookie");
            }

            if (isPassed)
            {
                inner[key] = value;
            }
            else
            {
                changes[key] = value;
            }
        }
    }

    public bool TryGetValue(string key, out StringValues value)
    {
        if (isPassed)
        {
            return inner.TryGetValue(key, out value);
        }

        if (changes.TryGetValue(key, out value))
        {
            return value.Count > 0;
        }

        if (isCleared)
        {
            return false;
        }

        if (inner.TryGetValue(key, out value))
        {
            log.Refuse("reads-response");
            return true;
        }

        log.Read(RequestInput.ResponseHeader(key));
        return false;
    }

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool Contains(KeyValuePair<string, StringValues> item) => TryGetValue(item.Key, out var value) && value == item.Value;

    public void Add(string key, StringValues value)
    {
        if (ContainsKey(key))
        {
            throw new ArgumentException($"The response has a header {key} already.", nameof(key));
        }

        this[key] = value;
    }

    public void Add(KeyValuePair<string, StringValues> item) => Add(item.Key, item.Value);

    public void Clear()
    {
        ThrowIfStarted();
        changes.Clear();
        isCleared = true;
        if (isPassed)
        {
            inner.Clear();
        }
    }

    public bool Remove(string key)
    {
        var had = ContainsKey(key);
        this[key] = StringValues.Empty;
        return had;
    }

    public bool Remove(KeyValuePair<string, StringValues> item) => Contains(item) && Remove(item.Key);

    public void CopyTo(KeyValuePair<string, StringValues>[] array, int arrayIndex) => All().CopyTo(array, arrayIndex);

    public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator() => All().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>From now on the response's own headers are the ones.</summary>
    internal void Pass()
    {
        Changes.ApplyTo(inner);
        isPassed = true;
    }

    private List<KeyValuePair<string, StringValues>> All()
    {
        log.Refuse("reads-response");
        var all = new HeaderDictionary();
        foreach (var (name, value) in isCleared && !isPassed ? [] : inner.AsEnumerable())
        {
            all[name] = value;
        }

        if (!isPassed)
        {
            Changes.ApplyTo(all);
        }

        return [.. all];
    }

    private void ThrowIfStarted()
    {
        if (HasStarted)
        {
            throw new InvalidOperationException("The headers can't be changed any more: the response has started.");
        }
    }
}

/// <summary>What is made of the headers of a response. Immutable.</summary>
/// <param name="Headers">The names and their values; without one, it is taken away.</param>
/// <param name="IsCleared">Whether all are taken away first.</param>
internal sealed record HeaderChanges(KeyValuePair<string, StringValues>[] Headers, bool IsCleared)
{
    internal StringValues this[string name] => Headers.FirstOrDefault(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>The values in an array of their own, if they are in any: who gets the values gets the array.</summary>
    internal static StringValues Own(StringValues values) => values.Count > 1 ? new StringValues([.. values]) : values.Count == 1 ? new StringValues(values[0]) : values;

    internal void ApplyTo(IHeaderDictionary headers)
    {
        if (IsCleared)
        {
            headers.Clear();
        }

        foreach (var (name, value) in Headers)
        {
            headers[name] = Own(value);
        }
    }
}
