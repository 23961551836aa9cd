using Spectre.Console;

namespace ZooCache.Cli;

/// <summary>What nodes say is shown, never obeyed: tags and names are the application's users' too, and a terminal acts on control characters.</summary>
internal static class Printable
{
    private const char Replacement = '\uFFFD';

    internal static Text Text(string? text, Style? style = null) => new(Of(text), style);

    internal static string Of(string? text) => text is null ? "" : string.Create(text.Length, text, static (shown, text) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            shown[i] = char.IsControl(text[i]) && text[i] != '\n' ? Replacement : text[i];
        }
    });
}
