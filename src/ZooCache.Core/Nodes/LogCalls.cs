namespace ZooCache;

/// <summary>Waits with a limit, by the cache's clock. Thread-safe.</summary>
/// <param name="time">The clock.</param>
/// <param name="limit">How long a request is waited for.</param>
/// <param name="waits">How those who wait go on.</param>
internal sealed class LogCalls(TimeProvider time, TimeSpan limit, TaskCreationOptions waits)
{
    internal TaskCreationOptions Waits => waits;

    /// <summary>Waits for a task, at most for a time; false if it hasn't ended by then.</summary>
    internal async Task<bool> WithinAsync(Task task, TimeSpan length)
    {
        if (!task.IsCompleted && length > TimeSpan.Zero)
        {
            var first = new TaskCompletionSource(waits);
            using var timer = time.CreateTimer(static state => ((TaskCompletionSource)state!).TrySetResult(), first, length, Timeout.InfiniteTimeSpan);
            _ = task.ContinueWith(
                static (_, state) => ((TaskCompletionSource)state!).TrySetResult(), first, CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await first.Task.ConfigureAwait(false);
        }

        return task.IsCompleted;
    }

    /// <summary>The answer to a request.</summary>
    /// <exception cref="TimeoutException">It hasn't come in time.</exception>
    internal async Task<T> Answer<T>(Task<T> task)
    {
        await Answer((Task)task).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <summary>The end of a request.</summary>
    /// <exception cref="TimeoutException">It hasn't come in time.</exception>
    internal async Task Answer(Task task)
    {
        if (!await WithinAsync(task, limit).ConfigureAwait(false))
        {
            _ = task.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw new TimeoutException($"The log hasn't answered within {limit} ({nameof(NodeOptions)}.{nameof(NodeOptions.RequestTimeout)}).");
        }

        await task.ConfigureAwait(false);
    }
}
