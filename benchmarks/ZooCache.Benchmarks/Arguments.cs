using System.Globalization;

namespace ZooCache.Benchmarks;

/// <summary>
/// The options of a command: <c>--name value</c>, <c>--name=value</c>, or a flag. Each is taken once by who knows it; what
/// is left over at <see cref="End"/> is an error. Errors are <see cref="FormatException"/>s that name the option.
/// </summary>
internal sealed class Arguments(IEnumerable<string> arguments)
{
    private readonly List<string> left = [.. arguments.SelectMany(a => a.StartsWith("--", StringComparison.Ordinal) ? a.Split('=', 2) : [a])];

    public bool Flag(string name) => Take(name) >= 0;

    public string? Text(string name)
    {
        var index = Take(name);
        if (index < 0)
        {
            return null;
        }

        if (index == left.Count || left[index].StartsWith("--", StringComparison.Ordinal))
        {
            throw new FormatException($"{name}: needs a value.");
        }

        var value = left[index];
        left.RemoveAt(index);
        return value;
    }

    public int? Number(string name, int least, int most)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{name}: must be a whole number from {least} to {most}, not '{text}'.");
    }

    public void End()
    {
        if (left.Count > 0)
        {
            throw new FormatException($"{left[0]}: no such option here, or one too many; --help lists them.");
        }
    }

    /// <summary>Removes the name; returns where its value would stand, or -1.</summary>
    private int Take(string name)
    {
        var index = left.IndexOf(name);
        if (index >= 0)
        {
            left.RemoveAt(index);
        }

        return index;
    }
}
