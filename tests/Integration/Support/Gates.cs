using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.Integration.Tests.Support;

/// <summary>Does something just before each query's command runs.</summary>
public sealed class BeforeCommand(Action<string> act) : DbCommandInterceptor
{
    public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        ArgumentNullException.ThrowIfNull(command);
        act(command.CommandText);
        return result;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        act(command.CommandText);
        return new(result);
    }
}

/// <summary>Holds asynchronous queries back until a gate opens.</summary>
public sealed class AsyncGate(Task gate) : DbCommandInterceptor
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first command stands at the gate.</summary>
    public Task Reached => _reached.Task;

    public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        _reached.TrySetResult();
        await gate.WaitAsync(cancellationToken);
        return result;
    }
}

/// <summary>Holds asynchronous queries back until so many have come.</summary>
public sealed class Meeting(int expected) : DbCommandInterceptor
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _come;

    public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        if (Interlocked.Increment(ref _come) == expected)
        {
            _all.SetResult();
        }

        await _all.Task.WaitAsync(cancellationToken);
        return result;
    }
}
