using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.Consistency.Tests.Bank;

/// <summary>Counts the commands that reach the database, and runs a test's own step before or after each of them.</summary>
public sealed class CommandGate : DbCommandInterceptor
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Runs before a command is executed; an asynchronous caller awaits it, a synchronous one waits for it.</summary>
    public Func<CancellationToken, Task>? Before { get; set; }

    /// <summary>Runs when a command has been executed and none of its rows been read.</summary>
    public Func<CancellationToken, Task>? After { get; set; }

    public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        Interlocked.Increment(ref _count);
        Before?.Invoke(default).Wait();
        return result;
    }

    public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _count);
        await (Before?.Invoke(cancellationToken) ?? Task.CompletedTask);
        return result;
    }

    public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result)
    {
        After?.Invoke(default).Wait();
        return result;
    }

    public override async ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
    {
        await (After?.Invoke(cancellationToken) ?? Task.CompletedTask);
        return result;
    }
}
