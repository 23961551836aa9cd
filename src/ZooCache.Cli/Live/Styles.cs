using Spectre.Console;

namespace ZooCache.Cli.Live;

/// <summary>How texts look in the live view. Nothing is told by colour alone.</summary>
internal static class Styles
{
    internal static readonly Style Faint = new(decoration: Decoration.Dim);
    internal static readonly Style Good = new(Color.Green);
    internal static readonly Style Bad = new(Color.Red, decoration: Decoration.Bold);
    internal static readonly Style Marked = new(decoration: Decoration.Invert);
    internal static readonly Style Titled = new(decoration: Decoration.Bold);

    internal static Text Text(string text, Style? style = null) => Printable.Text(text, style);
}
