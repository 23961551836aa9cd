using System.Globalization;
using Spectre.Console;

namespace ZooCache.Cli;

/// <summary>
/// What nodes say is shown, never obeyed: tags and names are the application's users' too, and a terminal acts on control characters, a line break makes a line that nobody has said, and marks of
/// direction have it read otherwise.
/// </summary>
internal static class Printable
{
    private const char Replacement = '\uFFFD';

    internal static Text Text(string? text, Style? style = null) => new(Of(text), style);

    /// <summary>One line.</summary>
    internal static string Of(string? text) => text is null ? "" : string.Create(text.Length, text, static (shown, text) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            shown[i] = char.GetUnicodeCategory(text[i]) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? Replacement : text[i];
        }
    });

    /// <summary>Several, each by itself.</summary>
    internal static string Lines(IEnumerable<string> lines) => string.Join(Environment.NewLine, lines.Select(Of));
}
