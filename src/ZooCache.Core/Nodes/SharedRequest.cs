namespace ZooCache;

/// <summary>
/// Has those who ask at once share a request: each gets the answer to one that was sent after it had asked. One is under way at a time.
/// Thread-safe.
/// </summary>
/// <param name="send">Sends a request; it doesn't fail.</param>
/// <param name="waits">How those who wait go on.</param>
internal sealed class SharedRequest<T>(Func<Task<T>> send, TaskCreationOptions waits)
{
    private readonly Lock gate = new();
    private List<TaskCompletionSource<T>> waiting = [];
    private bool isUnderWay;

    internal Task<T> AskAsync()
    {
        var mine = new TaskCompletionSource<T>(waits);
        lock (gate)
        {
            waiting.Add(mine);
            if (isUnderWay)
            {
                return mine.Task;
            }

            isUnderWay = true;
        }

        // Nobody's ambient values are to be those of what is done for others.
        using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
        {
            _ = RunAsync();
        }

        return mine.Task;
    }

    private async Task RunAsync()
    {
        while (Take() is { Count: > 0 } asked)
        {
            var answer = await send().ConfigureAwait(false);
            asked.ForEach(a => a.SetResult(answer));
        }
    }

    private List<TaskCompletionSource<T>> Take()
    {
        lock (gate)
        {
            var asked = waiting;
            (waiting, isUnderWay) = ([], asked.Count > 0);
            return asked;
        }
    }
}
