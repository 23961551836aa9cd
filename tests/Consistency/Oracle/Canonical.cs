using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>
/// An answer as text, for people: equal texts mean equal answers, in every value, type, reference and, where asked for, order.
/// Entities are listed once per instance with their references by key, so that cycles end and a difference in identity
/// resolution shows as another number of instances.
/// </summary>
internal sealed class Canonical
{
    private static readonly ConcurrentDictionary<Type, Shape> Shapes = new();

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<object> _waiting = new();

    internal static string Of(object? answer, bool ordered)
    {
        var canonical = new Canonical();
        var text = canonical.Value(answer, ordered);
        var instances = new List<string>();
        while (canonical._waiting.TryDequeue(out var entity))
        {
            instances.Add(canonical.Members(entity));
        }

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

        var group = Shapes.GetOrAdd(items.GetType(), static t => new Shape(t)).Key;
        var key = group is null ? "" : Value(group.GetValue(items), ordered: false) + "=";
        return $"{key}[{string.Join(", ", texts)}]";
    }

    private string Members(object value)
    {
        var text = new StringBuilder(value.GetType().IsValueType || value.GetType().Name.StartsWith('<') ? "" : value.GetType().Name).Append('{');
        var shape = Shapes.GetOrAdd(value.GetType(), static t => new Shape(t));
        foreach (var property in shape.Properties)
        {
            text.Append(property.Name).Append(": ").Append(Value(property.GetValue(value), ordered: false)).Append("; ");
        }

        foreach (var field in shape.Fields)
        {
            text.Append(field.Name).Append(": ").Append(Value(field.GetValue(value), ordered: false)).Append("; ");
        }

        return text.Append('}').ToString();
    }
}
