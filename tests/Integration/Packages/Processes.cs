using System.Diagnostics;

namespace ZooCache.Integration.Tests.Packages;

/// <summary>Runs programs to their end.</summary>
internal static class Processes
{
    /// <summary>Runs a program, which is to end well within five minutes.</summary>
    /// <param name="info">The program.</param>
    /// <returns>What it has printed.</returns>
    internal static async Task<string> RunAsync(ProcessStartInfo info)
    {
        (info.UseShellExecute, info.RedirectStandardOutput, info.RedirectStandardError) = (false, true, true);
        using var process = Process.Start(info)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException($"{info.FileName} {string.Join(' ', info.ArgumentList)} ended with {process.ExitCode}:\n{await output}\n{await errors}");
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{info.FileName} {string.Join(' ', info.ArgumentList)} didn't end in time.", e);
        }
    }
}
