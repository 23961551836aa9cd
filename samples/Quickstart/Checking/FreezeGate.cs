namespace Quickstart.Checking;

/// <summary>
/// Lets in either writers or frozen checks, any number of the one but never both. Whoever waits is let in with all others
/// of the same side as soon as the other side has left, so that neither side starves.
/// </summary>
internal sealed class FreezeGate
{
    private readonly Lock sync = new();
    private readonly Side writers = new();
    private readonly Side checks = new();

    /// <summary>For a write: from before its first command until after its SaveChanges has returned.</summary>
    public ValueTask<Pass> EnterToWriteAsync() => EnterAsync(writers, checks);

    /// <summary>For a check: while it lasts, every write has either returned to its caller or not begun.</summary>
    public ValueTask<Pass> FreezeAsync() => EnterAsync(checks, writers);

    private async ValueTask<Pass> EnterAsync(Side mine, Side other)
    {
        TaskCompletionSource turn;
        lock (sync)
        {
            // Past a waiting other side even those may not go whose own side is inside, or it might wait for ever.
            if (other.Inside == 0 && other.Waiting.Count == 0)
            {
                mine.Inside++;
                return new Pass(this, mine, other);
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            mine.Waiting.Add(turn);
        }

        await turn.Task;
        return new Pass(this, mine, other);
    }

    private void Leave(Side mine, Side other)
    {
        lock (sync)
        {
            if (--mine.Inside > 0)
            {
                return;
            }

            var next = other.Waiting.Count > 0 ? other : mine;
            next.Inside = next.Waiting.Count;
            next.Waiting.ForEach(turn => turn.SetResult());
            next.Waiting.Clear();
        }
    }

    public sealed class Side
    {
        public int Inside { get; set; }

        public List<TaskCompletionSource> Waiting { get; } = [];
    }

    public readonly struct Pass(FreezeGate gate, Side mine, Side other) : IDisposable
    {
        public void Dispose() => gate.Leave(mine, other);
    }
}
