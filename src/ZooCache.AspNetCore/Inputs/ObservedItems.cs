using System.Collections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>What earlier parts of the pipeline have left for later ones. What it was made of isn't known.</summary>
internal sealed class ObservedItems(HttpContext context, ObservedFeatures features) : IItemsFeature, IDictionary<object, object?>
{
    private readonly IDictionary<object, object?> items = context.Items;
    private readonly HashSet<object> before = [.. context.Items.Keys];
    private readonly HashSet<object> written = [];
    private readonly Lock gate = new();

    public IDictionary<object, object?> Items
    {
        get => this;
        set
        {
            features.Change();
            context.Items = value;
        }
    }

    public ICollection<object> Keys => All().Keys;

    public ICollection<object?> Values => All().Values;

    public int Count => All().Count;

    public bool IsReadOnly => items.IsReadOnly;

    public object? this[object key]
    {
        get => Noted(key)[key];
        set => Writing(key)[key] = value;
    }

    public bool ContainsKey(object key) => Noted(key).ContainsKey(key);

    public bool TryGetValue(object key, out object? value) => Noted(key).TryGetValue(key, out value);

    public bool Contains(KeyValuePair<object, object?> item) => Noted(item.Key).Contains(item);

    public void CopyTo(KeyValuePair<object, object?>[] array, int arrayIndex) => All().CopyTo(array, arrayIndex);

    public IEnumerator<KeyValuePair<object, object?>> GetEnumerator() => All().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => All().GetEnumerator();

    // It fails where there is one already.
    public void Add(object key, object? value)
    {
        Noted(key).Add(key, value);
        Writing(key);
    }

    public void Add(KeyValuePair<object, object?> item) => Add(item.Key, item.Value);

    public void Clear() => All().Clear();

    public bool Remove(object key) => Noted(key).Remove(key);

    public bool Remove(KeyValuePair<object, object?> item) => Noted(item.Key).Remove(item);

    /// <summary>Whether something is left for whoever comes after the endpoint, who wouldn't find it if that doesn't run.</summary>
    internal bool LeavesAnything
    {
        get
        {
            lock (gate)
            {
                return written.Any(key => before.Contains(key) || items.ContainsKey(key));
            }
        }
    }

    private IDictionary<object, object?> Writing(object key)
    {
        // MVC keeps one for each request.
        if (!key.Equals(typeof(Microsoft.AspNetCore.Mvc.IUrlHelper)) || before.Contains(key))
        {
            lock (gate)
            {
                written.Add(key);
            }
        }

        return items;
    }

    private IDictionary<object, object?> Noted(object key)
    {
        lock (gate)
        {
            if (written.Contains(key))
            {
                return items;
            }
        }

        // Others than these may be made for one request, and aren't to be remembered.
        if (before.Contains(key) || items.ContainsKey(key) || key is not (string or Type or Enum))
        {
            features.Log.Refuse("reads-items");
        }
        else
        {
            features.Log.Read(RequestInput.Item(key));
        }

        return items;
    }

    private IDictionary<object, object?> All()
    {
        features.Log.Refuse("reads-items");
        return items;
    }
}
