using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Connections;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// Sees every command that passes EF. It answers none: it keeps count of the readers that are open on a connection, and
/// treats each command that EF didn't generate and that may write as a write to the whole database. SaveChanges,
/// ExecuteUpdate and ExecuteDelete are invalidated where EF prepares them, with more knowledge than their text holds.
/// </summary>
internal sealed class CommandObserver(ContextCache context) : DbCommandInterceptor
{
    private readonly Dictionary<Guid, WriteHandle> _running = [];

    public override InterceptionResult<DbDataReader> ReaderExecuting(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        Starting(command, eventData, isReader: true);
        return result;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Starting(command, eventData, isReader: true);
        return new(result);
    }

    public override InterceptionResult<object> ScalarExecuting(
        DbCommand command, CommandEventData eventData, InterceptionResult<object> result)
    {
        Starting(command, eventData, isReader: false);
        return result;
    }

    public override ValueTask<InterceptionResult<object>> ScalarExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<object> result, CancellationToken cancellationToken = default)
    {
        Starting(command, eventData, isReader: false);
        return new(result);
    }

    public override InterceptionResult<int> NonQueryExecuting(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result)
    {
        Starting(command, eventData, isReader: false);
        return result;
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Starting(command, eventData, isReader: false);
        return new(result);
    }

    public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result)
    {
        ReaderOpened(command);
        return result;
    }

    public override ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
    {
        ReaderOpened(command);
        return new(result);
    }

    public override object? ScalarExecuted(DbCommand command, CommandExecutedEventData eventData, object? result)
    {
        Ended(eventData.CommandId, failure: null);
        return result;
    }

    public override ValueTask<object?> ScalarExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, object? result, CancellationToken cancellationToken = default)
    {
        Ended(eventData.CommandId, failure: null);
        return new(result);
    }

    public override int NonQueryExecuted(DbCommand command, CommandExecutedEventData eventData, int result)
    {
        Ended(eventData.CommandId, failure: null);
        return result;
    }

    public override ValueTask<int> NonQueryExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        Ended(eventData.CommandId, failure: null);
        return new(result);
    }

    public override void CommandFailed(DbCommand command, CommandErrorEventData eventData)
        => Ended(eventData.CommandId, eventData.Exception);

    public override Task CommandFailedAsync(DbCommand command, CommandErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        Ended(eventData.CommandId, eventData.Exception);
        return Task.CompletedTask;
    }

    public override void CommandCanceled(DbCommand command, CommandEndEventData eventData)
        => Ended(eventData.CommandId, new OperationCanceledException());

    public override Task CommandCanceledAsync(DbCommand command, CommandEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Ended(eventData.CommandId, new OperationCanceledException());
        return Task.CompletedTask;
    }

    public override InterceptionResult DataReaderDisposing(
        DbCommand command, DataReaderDisposingEventData eventData, InterceptionResult result)
    {
        if (command.Connection is { } connection)
        {
            ConnectionActivity.Find(connection)?.ReaderClosed();
        }

        return result;
    }

    private static void ReaderOpened(DbCommand command)
    {
        if (command.Connection is { } connection)
        {
            ConnectionActivity.Of(connection).ReaderOpened();
        }
    }

    private void Starting(DbCommand command, CommandEventData eventData, bool isReader)
    {
        var state = command.Connection is { } connection ? ConnectionActivity.Find(connection) : null;
        state?.CommandStarting(command.Transaction);
        if (IsGenerated(eventData.CommandSource) || eventData.Context is not { } db)
        {
            return;
        }

        var sql = command.CommandText;
        var changesSession = command.CommandType != System.Data.CommandType.Text || SqlText.MayChangeSession(sql);
        if (changesSession && command.Connection is not null)
        {
            ConnectionActivity.Of(command.Connection).MarkSessionChanged(command.CommandType != System.Data.CommandType.Text || SqlText.MayBeginTransaction(sql));
        }

        if (changesSession || command.CommandType != System.Data.CommandType.Text || SqlText.MayWrite(sql))
        {
            Invalidate(command, eventData, db.GetService<IRelationalConnection>(), isReader);
        }
    }

    private void Invalidate(DbCommand command, CommandEventData eventData, IRelationalConnection connection, bool isReader)
    {
        var handle = WriteHandle.Open(context, connection);
        handle.Write.AddDatabase();
        if (!handle.EndsWithCall)
        {
            return;
        }

        if (isReader)
        {
            // An INSERT … RETURNING commits when its reader is disposed, after the last event of it.
            ConnectionActivity.Of(command.Connection!).Add(new PendingWrite(SettledBy.Reader, handle.Write));
        }
        else
        {
            _running[eventData.CommandId] = handle;
        }
    }

    private void Ended(Guid commandId, Exception? failure)
    {
        if (_running.Remove(commandId, out var handle))
        {
            handle.End(failure);
        }
    }

    /// <summary>Commands whose effects are known without reading them.</summary>
    private static bool IsGenerated(CommandSource source)
        => source is CommandSource.LinqQuery or CommandSource.SaveChanges or CommandSource.ExecuteUpdate or CommandSource.ExecuteDelete
            or CommandSource.ValueGenerator or CommandSource.Scaffolding;
}
