using System.Globalization;

namespace Storefront;

/// <summary>The command line: a mode, then <c>--name value</c>, <c>--name=value</c> or <c>--name</c>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string?> values = [];

    /// <exception cref="FormatException">Something stands where an option should.</exception>
    public Arguments(string[] arguments)
    {
        var rest = new Queue<string>(arguments);
        rest.TryDequeue(out var mode);
        Mode = mode;
        while (rest.TryDequeue(out var argument))
        {
            if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                throw new FormatException($"{argument}: no such option.");
            }

            var (name, value) = argument.Split('=', 2) is [var left, var right] ? (left, right) : (argument, null);
            values[name] = value ?? (rest.TryPeek(out var next) && !next.StartsWith("--", StringComparison.Ordinal) ? rest.Dequeue() : null);
        }
    }

    public string? Mode { get; }

    public bool Flag(string name) => values.Remove(name, out var value)
        && (value is null ? true : throw new FormatException($"{name}: takes no value, but was given '{value}'."));

    public string Text(string name, string? otherwise = null) =>
        (values.Remove(name, out var value) ? value : otherwise) ?? throw new FormatException($"{name}: needs a value.");

    public int Number(string name, int otherwise, int min, int max)
    {
        var text = Text(name, otherwise.ToString(CultureInfo.InvariantCulture));
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException($"{name}: must be a whole number from {min} to {max}, not '{text}'.");
    }

    /// <summary>To be called once everything was asked for.</summary>
    /// <exception cref="FormatException">There are options that nobody has asked for.</exception>
    public void RequireNoMore()
    {
        if (values.Keys.FirstOrDefault() is { } unknown)
        {
            throw new FormatException($"{unknown}: no such option of '{Mode}'.");
        }
    }
}
