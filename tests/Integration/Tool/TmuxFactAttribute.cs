namespace ZooCache.Integration.Tests.Tool;

/// <summary>A test that needs a terminal: skipped without tmux, but with <c>CI=true</c>, where it fails.</summary>
internal sealed class TmuxFactAttribute : FactAttribute
{
    public TmuxFactAttribute()
    {
        var isThere = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(d => File.Exists(Path.Combine(d, "tmux")));
        if (!isThere && !string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Skip = "NO TMUX: install tmux, or run ./test.sh";
        }
    }
}
