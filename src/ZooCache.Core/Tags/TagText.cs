using System.Text;

namespace ZooCache;

/// <summary>
/// The written form of a tag: segments joined by ':'; inside a segment ':' is written %3A and '%' is written %25.
/// No other escape exists, so each path of named segments has exactly one written form (%3a is read, never written).
/// </summary>
internal static class TagText
{
    internal const int MaximumDepth = 32;

    /// <summary>Reads a tag, or says in <paramref name="error"/> why it is none.</summary>
    internal static TagSegment[]? Read(string tag, out string? error)
    {
        error = null;
        if (tag.Length == 0)
        {
            error = "A tag has at least one segment. To invalidate everything, call ZooCache.Clear.";
            return null;
        }

        var count = tag.AsSpan().Count(':') + 1;
        if (count > MaximumDepth)
        {
            error = $"A tag has at most {MaximumDepth} segments; this one has {count}.";
            return null;
        }

        var segments = new TagSegment[count];
        var text = tag.AsSpan();
        var position = 0;
        foreach (var range in text.Split(':'))
        {
            if (!TryUnescape(text[range], out var name))
            {
                error = $"Segment {position + 1} has a '%' that begins neither %3A (':') nor %25 ('%').";
                return null;
            }

            if (name.Length is 0 or > TagSegment.MaximumLength)
            {
                error = name.Length == 0
                    ? $"Segment {position + 1} is empty. A ':' inside a segment is written %3A."
                    : $"Segment {position + 1} has {name.Length} characters; at most {TagSegment.MaximumLength} are allowed.";
                return null;
            }

            segments[position++] = new TagSegment(name);
        }

        return segments;
    }

    internal static string Write(ReadOnlySpan<TagSegment> segments)
    {
        var text = new StringBuilder();
        foreach (var segment in segments)
        {
            if (text.Length > 0)
            {
                text.Append(':');
            }

            text.Append(segment.ToString().Replace("%", "%25", StringComparison.Ordinal).Replace(":", "%3A", StringComparison.Ordinal));
        }

        return text.ToString();
    }

    private static bool TryUnescape(ReadOnlySpan<char> written, out string name)
    {
        var text = new StringBuilder(written.Length);
        for (var rest = written; ;)
        {
            var percent = rest.IndexOf('%');
            if (percent < 0)
            {
                name = text.Append(rest).ToString();
                return true;
            }

            var escape = rest[percent..];
            text.Append(rest[..percent]);
            if (escape.StartsWith("%3A", StringComparison.OrdinalIgnoreCase))
            {
                text.Append(':');
            }
            else if (escape.StartsWith("%25", StringComparison.Ordinal))
            {
                text.Append('%');
            }
            else
            {
                name = "";
                return false;
            }

            rest = escape[3..];
        }
    }
}
