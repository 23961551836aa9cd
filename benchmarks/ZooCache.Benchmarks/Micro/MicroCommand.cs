using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace ZooCache.Benchmarks.Micro;

/// <summary>
/// BenchmarkDotNet on the engine's parts. In this process: its usual way, a generated project per job, would be built
/// under this repository's analyzers and package sources.
/// </summary>
internal static class MicroCommand
{
    public static int Run(Arguments arguments)
    {
        var quick = arguments.Flag("--quick");
        var filter = arguments.Text("--filter") ?? "*";
        arguments.End();

        var job = (quick ? Job.Dry : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance);
        var config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default)
            .WithOptions(ConfigOptions.JoinSummary);
        var summaries = BenchmarkSwitcher
            .FromTypes([typeof(TrieBenchmarks), typeof(RowSetBenchmarks), typeof(StoreBenchmarks), typeof(KeyBenchmarks)])
            .Run(["--filter", filter], config)
            .ToList();
        if (summaries.Count == 0)
        {
            throw new FormatException($"--filter: no benchmark has a name like '{filter}'.");
        }

        return summaries.Any(s => s.HasCriticalValidationErrors || s.Reports.Any(r => !r.Success)) ? 1 : 0;
    }
}
