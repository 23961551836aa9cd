using System.Diagnostics;

namespace ZooCache.Cli.Live;

/// <summary>The live view.</summary>
internal static class TopCommand
{
    /// <summary>How soon a key is acted on.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(40);

    /// <summary>The clock in the corner goes on though nothing happens.</summary>
    private static readonly TimeSpan Redraw = TimeSpan.FromSeconds(1);

    internal static async Task<int> RunAsync(NodeSet nodes, double seconds, CancellationToken cancellationToken)
    {
        if (seconds is not (>= 0.2 and <= 60))
        {
            throw new NodeException($"--every is {seconds}, and must be 0.2 to 60 seconds.");
        }

        if (Console.IsOutputRedirected || Console.IsInputRedirected)
        {
            throw new NodeException("top needs a terminal. Without one: nodes, queries, invalidations and watch, which have --json for scripts.");
        }

        var state = new LiveState(nodes);
        using var terminal = new Terminal();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await ShowAsync(state, terminal, TimeSpan.FromSeconds(seconds), end.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Whoever presses Ctrl+C has seen enough.
        }
        finally
        {
            await end.CancelAsync();
        }

        return ExitCode.Well;
    }

    private static async Task ShowAsync(LiveState state, Terminal terminal, TimeSpan every, CancellationToken cancellationToken)
    {
        var (size, polledAt, drawnAt) = (Terminal.Size, 0L, 0L);
        while (!state.IsOver)
        {
            var isNew = state.Arrived() | size != (size = Terminal.Size);
            while (Console.KeyAvailable)
            {
                var (node, order) = (state.Node, state.Order);
                state.Press(Console.ReadKey(intercept: true), cancellationToken);
                isNew = true;
                if ((node, order) != (state.Node, state.Order))
                {
                    polledAt = 0;
                }
            }

            if (polledAt == 0 || (!state.IsPaused && Stopwatch.GetElapsedTime(polledAt) >= every))
            {
                polledAt = Stopwatch.GetTimestamp();
                state.Poll(cancellationToken);
            }

            if (isNew || drawnAt == 0 || Stopwatch.GetElapsedTime(drawnAt) >= Redraw)
            {
                drawnAt = Stopwatch.GetTimestamp();
                terminal.Draw(LiveScreen.Of(state, size.Width, size.Height));
            }

            await Task.Delay(Tick, cancellationToken);
        }
    }
}
