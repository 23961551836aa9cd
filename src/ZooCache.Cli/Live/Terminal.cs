using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ZooCache.Cli.Live;

/// <summary>The whole of the terminal, which is as it was before once this is disposed.</summary>
internal sealed class Terminal : IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l";
    private const string Leave = "\e[?25h\e[?1049l";
    private const string Home = "\e[H";
    private const string ToEndOfLine = "\e[K";
    private const string ToEnd = "\e[J";

    private readonly TextWriter output = Console.Out;

    internal Terminal() => output.Write(Enter);

    internal static (int Width, int Height) Size => (Math.Max(20, Console.WindowWidth), Math.Max(8, Console.WindowHeight));

    /// <summary>Writes over what is there, so that nothing flickers.</summary>
    internal void Draw(IRenderable content)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Capabilities.ColorSystem = AnsiConsole.Profile.Capabilities.ColorSystem;
        console.Profile.Capabilities.Unicode = true;
        (console.Profile.Width, console.Profile.Height) = Size;
        console.Write(content);
        var lines = text.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Take(Size.Height);
        output.Write(Home + string.Join($"{ToEndOfLine}\r\n", lines) + ToEndOfLine + ToEnd);
        output.Flush();
    }

    public void Dispose()
    {
        output.Write(Leave);
        output.Flush();
    }
}
