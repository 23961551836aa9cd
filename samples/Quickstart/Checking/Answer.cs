using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text;
using Quickstart.Shop;

namespace Quickstart.Checking;

/// <summary>
/// An answer written out in one way: all columns of all its rows, with what was included. Two answers are the same if
/// their texts are. The version of each row is kept beside it.
/// </summary>
internal sealed class Answer
{
    private static readonly ConcurrentDictionary<Type, Shape> Shapes = new();

    private readonly Dictionary<(Type Table, int Id), int> versions = [];

    private Answer(object? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        Text = text.ToString();
    }

    public string Text { get; }

    public static Answer Of(object? value) => new(value);

    public bool SameAs(Answer other) => string.Equals(Text, other.Text, StringComparison.Ordinal);

    /// <summary>Whether one of its rows is older than the same row of the other. A row's version only ever grows.</summary>
    public bool HasOlderRowThan(Answer other) =>
        versions.Any(row => other.versions.TryGetValue(row.Key, out var version) && row.Value < version);

    private void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string s:
                text.Append(CultureInfo.InvariantCulture, $"\"{s.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
                break;
            case DateTime d:
                text.Append(d.ToString("O", CultureInfo.InvariantCulture));
                break;
            case IEnumerable rows:
                text.Append('[');
                foreach (var row in rows)
                {
                    Append(text.Append('\n'), row);
                }

                text.Append(']');
                break;
            case IVersioned row:
                AppendRow(text, row);
                break;
            case ValueType v:
                text.Append(CultureInfo.InvariantCulture, $"{v.GetType().Name} {v}");
                break;
            default:
                throw new NotSupportedException($"{value.GetType()} cannot be compared yet: make it {nameof(IVersioned)}.");
        }
    }

    private void AppendRow(StringBuilder text, IVersioned row)
    {
        versions[(row.GetType(), row.Id)] = row.Version;
        var shape = Shapes.GetOrAdd(row.GetType(), Shape.Of);
        text.Append(row.GetType().Name).Append('{');
        foreach (var column in shape.Columns)
        {
            Append(text.Append(column.Name).Append('='), column.GetValue(row));
            text.Append(' ');
        }

        foreach (var included in shape.Collections)
        {
            // The queries ask for no order within what they include.
            var rows = (IEnumerable)included.GetValue(row)!;
            Append(text.Append(included.Name).Append('='), rows.Cast<IVersioned>().OrderBy(r => r.Id));
        }

        text.Append('}');
    }

    /// <summary>References to other rows lead back to where the answer came from: they are not followed.</summary>
    private sealed record Shape(PropertyInfo[] Columns, PropertyInfo[] Collections)
    {
        public static Shape Of(Type type)
        {
            var properties = type.GetProperties();
            return new Shape(
                [.. properties.Where(p => p.PropertyType == typeof(string) || p.PropertyType.IsValueType)],
                [.. properties.Where(p => p.PropertyType != typeof(string) && p.PropertyType.IsAssignableTo(typeof(IEnumerable)))]);
        }
    }
}
