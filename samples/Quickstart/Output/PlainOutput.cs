using System.Globalization;
using Quickstart.Load;

namespace Quickstart.Output;

/// <summary>For pipes and logs: no colour, no cursor movement, a line every few seconds.</summary>
internal sealed class PlainOutput : IRunOutput
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public void ShowSeeding(Action<Action<double>> seed)
    {
        var next = 0.25;
        seed(done =>
        {
            if (done >= next)
            {
                Write($"seeding the shop: {next:P0}");
                next += 0.25;
            }
        });
        Write($"seeding the shop: done");
    }

    public async Task ShowRunAsync(Workload load, CancellationToken interrupt)
    {
        var run = load.RunAsync(interrupt);
        while (await Task.WhenAny(run, Task.Delay(Interval, CancellationToken.None)) != run)
        {
            var state = load.Observe();
            Write($"""
                {state.Elapsed.TotalSeconds,4:0} s  reads {state.Totals.All.Reads:N0}, {state.ReadsPerSecond:N0}/s  hits {state.Totals.All.HitRatio:P1}  writes {state.Totals.Writes.Count:N0}  invalidations {state.InvalidationsPerSecond:N0}/s  checked {state.Findings.Checked:N0}  stale {state.Findings.Stale}
                """);
        }

        await run;
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
