using Quickstart.Load;
using Spectre.Console;

namespace Quickstart.Output;

/// <summary>For terminals: a progress bar, then a table that is redrawn in place.</summary>
internal sealed class LiveOutput : IRunOutput
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    public static bool IsPossible =>
        !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities is { Ansi: true, Interactive: true };

    public void ShowSeeding(Action<Action<double>> seed) => AnsiConsole.Progress().Start(progress =>
    {
        var task = progress.AddTask("Seeding the shop", maxValue: 1);
        seed(done => task.Value = done);
        task.Value = 1;
    });

    public async Task ShowRunAsync(Workload load, CancellationToken interrupt)
    {
        var run = load.RunAsync(interrupt);
        await AnsiConsole.Live(RunTable.Of(load.Observe())).StartAsync(async live =>
        {
            while (await Task.WhenAny(run, Task.Delay(Interval, CancellationToken.None)) != run)
            {
                live.UpdateTarget(RunTable.Of(load.Observe()));
            }

            live.UpdateTarget(RunTable.Of(load.Observe()));
        });

        await run;
    }
}
