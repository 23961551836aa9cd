namespace ZooCache;

/// <summary>
/// Does something step by step, by one at a time, as long as there is more of it; whoever asks for it meanwhile has it looked at once more. After a
/// failure it rests until somebody asks. Thread-safe.
/// </summary>
/// <param name="step">Does a part; true if there may be more.</param>
/// <param name="failed">Told of failures.</param>
internal sealed class LogRunner(Func<Task<bool>> step, Action<Exception> failed)
{
    private readonly Lock gate = new();
    private bool isRunning;
    private bool isAsked;

    internal void Start()
    {
        lock (gate)
        {
            isAsked = true;
            if (isRunning)
            {
                return;
            }

            isRunning = true;
        }

        // Nobody's ambient values are to be those of what is done for others.
        using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
        {
            _ = RunAsync();
        }
    }

    private async Task RunAsync()
    {
        var isMore = true;
        while (isMore)
        {
            lock (gate)
            {
                isAsked = false;
            }

            var hasFailed = false;
            try
            {
                isMore = await step().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failed(exception);
                (isMore, hasFailed) = (false, true);
            }

            lock (gate)
            {
                isMore |= isAsked && !hasFailed;
                isRunning = isMore;
            }
        }
    }
}
