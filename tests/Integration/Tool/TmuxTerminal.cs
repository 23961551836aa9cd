using System.Diagnostics;

namespace ZooCache.Integration.Tests.Tool;

/// <summary>A real terminal (tmux) of 140 columns and 40 lines, in which the tool runs. It is asked what it shows until it shows what is waited for.</summary>
internal sealed class TmuxTerminal : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _server = $"zoocache-{Guid.NewGuid():N}";

    internal TmuxTerminal(params IEnumerable<string> arguments)
    {
        var (host, tool) = ToolProcess.Files();
        var command = string.Join(' ', ((string[])[host, tool, .. arguments]).Select(a => $"'{a.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

        // The terminal stays when the tool has ended.
        Tmux("new-session", "-d", "-x", "140", "-y", "40", $"TERM=screen-256color {command}; echo \"ended with $?\"; exec sleep 600");
    }

    internal void Press(params string[] keys) => Tmux(["send-keys", .. keys]);

    internal void Resize(int columns, int lines) => Tmux("resize-window", "-x", $"{columns}", "-y", $"{lines}");

    internal void Type(string text) => Tmux("send-keys", "-l", text);

    internal string Screen() => Tmux("capture-pane", "-p");

    /// <summary>Waits until the terminal shows all of some texts.</summary>
    /// <returns>What it shows then.</returns>
    internal async Task<string> ShowsAsync(params string[] texts) => await ShowsAsync(screen => texts.All(t => screen.Contains(t, StringComparison.Ordinal)), string.Join(" and ", texts));

    internal async Task<string> ShowsAsync(Predicate<string> isThere, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var screen = Screen();
            if (isThere(screen))
            {
                return screen;
            }

            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(Patience, $"The terminal doesn't show {what}, but{Environment.NewLine}{screen}");
            await Task.Delay(30);
        }
    }

    public void Dispose() => Tmux("kill-server");

    private string Tmux(params string[] arguments)
    {
        // Without a file of somebody's settings, and in UTF-8 wherever this runs.
        var info = new ProcessStartInfo("tmux") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-u", "-f", "/dev/null", "-L", _server, .. arguments])
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment.Remove("TMUX");
        using var process = Process.Start(info)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, errors.Result);
        return text;
    }
}
