using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Soak;

/// <summary>
/// Runs the soak twice on one database, without the cache and with it, each time in a new process, so that neither's
/// memory is counted as the other's.
/// </summary>
internal static class SoakCommand
{
    public static async Task<int> RunAsync(SoakOptions options)
    {
        using var interrupt = new CancellationTokenSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{options.Queries:N0} distinct point queries, budget {options.BudgetMiB} MiB"));
        using var database = new BenchmarkDatabase(options.Queries);
        try
        {
            var uncached = await RunChildAsync(database.File, options, cached: false, interrupt.Token);
            var cached = await RunChildAsync(database.File, options, cached: true, interrupt.Token);
            return SoakReport.Write(Console.Out, options, uncached, cached) ? 0 : 1;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Interrupted.");
            return 1;
        }
        catch (SoakFailedException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupt.Cancel();
        }
    }

    private static async Task<SoakFigures> RunChildAsync(string file, SoakOptions options, bool cached, CancellationToken cancellationToken)
    {
        Console.WriteLine(cached ? "with the cache …" : "without the cache …");
        using var child = Process.Start(StartInfo(file, options, cached))!;
        try
        {
            var lines = await child.StandardOutput.ReadToEndAsync(cancellationToken);
            await child.WaitForExitAsync(cancellationToken);
            return child.ExitCode == 0
                ? JsonSerializer.Deserialize<SoakFigures>(lines)!
                : throw new SoakFailedException($"The run {(cached ? "with" : "without")} the cache failed with exit code {child.ExitCode}.");
        }
        finally
        {
            if (!child.HasExited)
            {
                child.Kill(entireProcessTree: true);
                await child.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static ProcessStartInfo StartInfo(string file, SoakOptions options, bool cached)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        string[] arguments =
        [
            SoakRun.Command, "--file", file,
            "--queries", options.Queries.ToString(CultureInfo.InvariantCulture),
            "--budget", options.BudgetMiB.ToString(CultureInfo.InvariantCulture),
            .. cached ? ["--cached"] : Array.Empty<string>(),
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private sealed class SoakFailedException(string message) : Exception(message);
}
