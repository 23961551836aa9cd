using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Connections;
using ZooCache.EFCore.Setup;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// Sees every command that passes EF. It answers none: it keeps count of the readers that are open on a connection, and
/// invalidates what the text of each command that EF didn't generate may write. SaveChanges, ExecuteUpdate and
/// ExecuteDelete are invalidated where EF prepares them, with more knowledge than their text holds.
/// </summary>
internal sealed class CommandObserver(ContextCache context) : DbCommandInterceptor
{
    private readonly Dictionary<Guid, RawWrite> _running = [];

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
        ReaderOpened(command, eventData);
        return result;
    }

    public override ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
    {
        ReaderOpened(command, eventData);
        return new(result);
    }

    public override object? ScalarExecuted(DbCommand command, CommandExecutedEventData eventData, object? result)
    {
        Ended(command, eventData.CommandId, failure: null);
        return result;
    }

    public override ValueTask<object?> ScalarExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, object? result, CancellationToken cancellationToken = default)
    {
        Ended(command, eventData.CommandId, failure: null);
        return new(result);
    }

    public override int NonQueryExecuted(DbCommand command, CommandExecutedEventData eventData, int result)
    {
        Ended(command, eventData.CommandId, failure: null);
        return result;
    }

    public override ValueTask<int> NonQueryExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        Ended(command, eventData.CommandId, failure: null);
        return new(result);
    }

    public override void CommandFailed(DbCommand command, CommandErrorEventData eventData)
        => Ended(command, eventData.CommandId, eventData.Exception);

    public override Task CommandFailedAsync(DbCommand command, CommandErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        Ended(command, eventData.CommandId, eventData.Exception);
        return Task.CompletedTask;
    }

    public override void CommandCanceled(DbCommand command, CommandEndEventData eventData)
        => Ended(command, eventData.CommandId, new OperationCanceledException());

    public override Task CommandCanceledAsync(DbCommand command, CommandEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Ended(command, eventData.CommandId, new OperationCanceledException());
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

    // What a reader's command does is over when the reader is disposed, of which there is no event.
    private void ReaderOpened(DbCommand command, CommandExecutedEventData eventData)
    {
        _running.Remove(eventData.CommandId);
        if (command.Connection is { } connection)
        {
            ConnectionActivity.Of(connection).ReaderOpened();
        }
    }

    private void Starting(DbCommand command, CommandEventData eventData, bool isReader)
    {
        if (command.Connection is { } connection)
        {
            ConnectionActivity.Find(connection)?.CommandStarting(connection, command.Transaction);
        }

        if (IsGenerated(eventData.CommandSource))
        {
            return;
        }

        var effect = EffectOf(command, eventData);
        var mayDoAnything = effect.Calls.Any(routine => !context.Registry.IsDeclared(routine));
        if (command.Connection is { } used)
        {
            Mark(used, effect, mayDoAnything);
        }

        if (effect.Writes || effect.ControlsTransaction)
        {
            Invalidate(command, eventData, effect, isReader, mayBegin: effect.ControlsTransaction || mayDoAnything);
        }
    }

    private SqlEffect EffectOf(DbCommand command, CommandEventData eventData)
    {
        if (eventData.CommandSource != CommandSource.LinqQuery)
        {
            if (eventData.Context is { } db)
            {
                context.Registry.Register(db.Model.GetRelationalModel());
            }

            return SqlEffects.Of(command);
        }

        // A function that is mapped in the model is taken to read only, unless the model says that it writes.
        if (!context.Registry.HasWritingRoutines)
        {
            return SqlEffect.None;
        }

        var effect = SqlEffects.Of(command);
        return effect with { Calls = [.. effect.Calls.Where(context.Registry.IsDeclared)] };
    }

    private static void Mark(DbConnection connection, SqlEffect effect, bool mayDoAnything)
    {
        // A function that isn't known is taken for set_config(…), not for one that makes temporary tables.
        if (effect.ChangesSettings || effect.ChangesSession || mayDoAnything)
        {
            ConnectionActivity.Of(connection).MarkSession(settingsOnly: !effect.ChangesSession);
        }

        if (effect.ControlsTransaction || mayDoAnything)
        {
            ConnectionActivity.Of(connection).MarkTransaction();
        }
    }

    private void Invalidate(DbCommand command, CommandEventData eventData, SqlEffect effect, bool isReader, bool mayBegin)
    {
        var relational = eventData.Context?.GetService<IRelationalConnection>();
        var handle = relational is null
            ? WriteHandle.OpenAlone(context, InvalidationCauses.RawSql)
            : WriteHandle.Open(context, relational, InvalidationCauses.RawSql, mayBegin);
        handle?.Write.Add(effect);

        // An INSERT … RETURNING commits when its reader is disposed, after the last event of it.
        var pending = isReader && handle is { EndsWithCall: true } ? new PendingWrite(SettledBy.Reader, handle.Write, handle.Grace) : null;
        if (pending is not null && command.Connection is { } connection)
        {
            ConnectionActivity.Of(connection).Add(pending);
        }

        _running[eventData.CommandId] = new RawWrite(handle, pending, mayBegin, effect.EndsTransaction);
    }

    private void Ended(DbCommand command, Guid commandId, Exception? failure)
    {
        if (!_running.Remove(commandId, out var raw))
        {
            return;
        }

        var state = command.Connection is { } connection ? ConnectionActivity.Find(connection) : null;
        if (raw.Pending is { } pending)
        {
            state?.Remove(pending);
        }

        if (raw.MayTouchTransaction && failure is not null && WriteHandle.IsOutcomeUnknown(failure))
        {
            state?.RawCommandLost();
        }
        else if (raw.MayTouchTransaction)
        {
            state?.RawCommandEnded(command.Connection!, raw.EndsTransaction && failure is null);
        }

        raw.Handle?.End(failure);
    }

    /// <summary>Commands whose effects are known without reading them.</summary>
    private bool IsGenerated(CommandSource source) => source switch
    {
        CommandSource.SaveChanges or CommandSource.ValueGenerator or CommandSource.Scaffolding => true,
        CommandSource.ExecuteUpdate or CommandSource.ExecuteDelete => context.KnownSetWrites > 0,
        _ => false,
    };

    /// <summary>A command that runs.</summary>
    private sealed record RawWrite(WriteHandle? Handle, PendingWrite? Pending, bool MayTouchTransaction, bool EndsTransaction);
}
