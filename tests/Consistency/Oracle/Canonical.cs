using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>
/// An answer as text: equal texts mean equal answers, in every value, type, reference and, where asked for, order.
/// Entities are listed once per instance with their references by key, so that cycles end and a difference in identity
/// resolution shows as another number of instances.
/// </summary>
internal sealed class Canonical
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = new();

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<object> _waiting = new();

    internal static string Of(object? answer, bool ordered) => Of(answer, ordered, out _);

    internal static string Of(object? answer, bool ordered, out List<object> entities)
    {
        var canonical = new Canonical();
        var text = canonical.Value(answer, ordered);
        var instances = new List<string>();
        while (canonical._waiting.TryDequeue(out var entity))
        {
            instances.Add(canonical.Members(entity));
        }

        entities = [.. canonical._seen];
        instances.Sort(StringComparer.Ordinal);
        return instances.Count == 0 ? text : text + "\n  " + string.Join("\n  ", instances);
    }

    private string Value(object? value, bool ordered) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        byte[] bytes => Convert.ToHexString(bytes),
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        IKeyed entity => Reference(entity),
        IFormattable number => $"{number.GetType().Name}:{number.ToString(null, CultureInfo.InvariantCulture)}",
        bool flag => flag ? "true" : "false",
        IEnumerable items => Items(items, ordered),
        _ => Members(value),
    };

    private string Reference(IKeyed entity)
    {
        if (_seen.Add(entity))
        {
            _waiting.Enqueue(entity);
        }

        return $"→{entity.GetType().Name}({entity.KeyText})";
    }

    private string Items(IEnumerable items, bool ordered)
    {
        var texts = items.Cast<object?>().Select(item => Value(item, ordered: false)).ToList();
        if (!ordered)
        {
            texts.Sort(StringComparer.Ordinal);
        }

        var grouping = items.GetType().GetInterfaces().FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IGrouping<,>));
        var key = grouping is null ? "" : Value(grouping.GetProperty("Key")!.GetValue(items), ordered: false) + "=";
        return $"{key}[{string.Join(", ", texts)}]";
    }

    private string Members(object value)
    {
        var text = new StringBuilder(value.GetType().IsValueType || value.GetType().Name.StartsWith('<') ? "" : value.GetType().Name).Append('{');
        foreach (var property in Properties.GetOrAdd(value.GetType(), static t => t.GetProperties(BindingFlags.Instance | BindingFlags.Public)))
        {
            text.Append(property.Name).Append(": ").Append(Value(property.GetValue(value), ordered: false)).Append("; ");
        }

        foreach (var field in value.GetType().IsValueType ? value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public) : [])
        {
            text.Append(field.Name).Append(": ").Append(Value(field.GetValue(value), ordered: false)).Append("; ");
        }

        return text.Append('}').ToString();
    }
}
