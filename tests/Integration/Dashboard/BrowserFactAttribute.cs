namespace ZooCache.Integration.Tests.Dashboard;

/// <summary>A test that needs a browser.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = BrowserPrograms.SkipReason;
}

internal static class BrowserPrograms
{
    internal static string? Browser { get; } = Find("chromium");

    internal static string? Driver { get; } = Find("chromedriver");

    /// <summary>Null if they are there, or if this is CI, where their absence is a failure.</summary>
    internal static string? SkipReason
        => (Browser is null || Driver is null) && !string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase)
            ? "NOT RUN: there is no chromium, or no chromedriver. Install chromium and chromium-driver (Debian), or run ./test.sh"
            : null;

    private static string? Find(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin").Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
}
