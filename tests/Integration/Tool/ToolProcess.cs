using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ZooCache.Integration.Tests.Tool;

/// <summary>The tool as it was built, as a process of its own.</summary>
internal static class ToolProcess
{
    /// <summary>The program that runs it, and its file.</summary>
    internal static (string Host, string Tool) Files([CallerFilePath] string file = "")
    {
        var configuration = typeof(ToolProcess).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        return (Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet",
            Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "src", "ZooCache.Cli", "bin", configuration, "net10.0", "zoocache.dll")));
    }

    internal static async Task<(int Code, string Text, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var (text, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, (await text).Trim(), (await errors).Trim());
    }

    internal static Process Start(params string[] arguments)
    {
        var (host, tool) = Files();
        var start = new ProcessStartInfo(host) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(tool);
        Array.ForEach(arguments, start.ArgumentList.Add);
        start.Environment.Remove("ZOOCACHE_NODES");
        return Process.Start(start)!;
    }
}
