using Quickstart.Load;

namespace Quickstart.Output;

/// <summary>Shows what goes on: as a live table on a terminal, as plain lines elsewhere.</summary>
internal interface IRunOutput
{
    void ShowSeeding(Action<Action<double>> seed);

    /// <summary>Runs the load and shows how it goes until it has ended.</summary>
    Task ShowRunAsync(Workload load, CancellationToken interrupt);
}
