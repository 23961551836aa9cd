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
/// Sees the commands that pass EF, but for those of which all is known and that nobody else listens to. It answers none: it
/// keeps count of the readers that are open on a connection, and invalidates what the text of each command that EF didn't generate may write. SaveChanges, ExecuteUpdate and
/// ExecuteDelete are invalidated where EF prepares them, with more knowledge than their text holds.
/// </summary>
/// <remarks>Called by <see cref="ObservingCommandLogger"/>. One context's; used by one thread at a time.</remarks>
internal sealed class CommandObserver(ContextCache context)
{
    private readonly Dictionary<Guid, RawWrite> _running = [];

    /// <summary>A reader has been disposed.</summary>
    internal static void ReaderClosed(DbCommand command)
    {
        if (command.Connection is { } connection)
        {
            ConnectionActivity.Find(connection)?.ReaderClosed();
        }
    }

    /// <summary>A query's command that wasn't listened to has given its reader.</summary>
    internal static void Opened(DbCommand command)
    {
        if (command.Connection is { } connection)
        {
            var activity = ConnectionActivity.Of(connection);
            activity.CommandStarting(connection, command.Transaction);
            activity.ReaderOpened();
        }
    }

    /// <summary>A command has given its reader. What it does is over when the reader is disposed.</summary>
    internal void ReaderOpened(DbCommand command, Guid commandId)
    {
        _running.Remove(commandId);
        if (command.Connection is { } connection)
        {
            ConnectionActivity.Of(connection).ReaderOpened();
            if (CacheScope.Current is { } call && ConnectionActivity.MayBeInTransaction(connection))
            {
                // It may have come from its pool with one.
                call.Refuse(BypassReasons.InTransaction);
            }
        }
    }

    /// <summary>A command is about to run, if nobody's interceptor answers it.</summary>
    /// <returns>The write that it is part of, which is to be announced; null if there is none.</returns>
    internal EFWrite? Starting(DbCommand command, DbContext? db, Guid commandId, CommandSource source, bool isReader)
    {
        if (command.Connection is { } connection)
        {
            ConnectionActivity.Find(connection)?.CommandStarting(connection, command.Transaction);
        }

        if (IsGenerated(source))
        {
            if (command.Transaction is null)
            {
                // It commits by itself, before it is known which key the store has made.
                context.UnderWay?.EndDrafts();
            }

            return context.UnderWay;
        }

        var effect = EffectOf(command, db, source);
        var mayDoAnything = effect.Calls.Any(routine => !context.Registry.IsDeclared(routine));
        if (command.Connection is { } used)
        {
            Mark(used, effect, mayDoAnything);
        }

        if (effect.Writes || effect.ControlsTransaction)
        {
            return Invalidate(command, db, commandId, effect, isReader, mayBegin: effect.ControlsTransaction || mayDoAnything);
        }

        return null;
    }

    private SqlEffect EffectOf(DbCommand command, DbContext? db, CommandSource source)
    {
        if (source != CommandSource.LinqQuery)
        {
            if (db is not null)
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

    private EFWrite? Invalidate(DbCommand command, DbContext? db, Guid commandId, SqlEffect effect, bool isReader, bool mayBegin)
    {
        var relational = db?.GetService<IRelationalConnection>();
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

        _running[commandId] = new RawWrite(handle, pending, mayBegin, effect.EndsTransaction);
        return handle?.Write;
    }

    /// <summary>A command has run that gives no reader, or one has failed.</summary>
    /// <returns>What the other nodes are told of it, which is to be waited for; null if nothing.</returns>
    internal Publication? Ended(DbCommand command, Guid commandId, Exception? failure)
    {
        if (!_running.Remove(commandId, out var raw))
        {
            return null;
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

        return raw.Handle?.End(failure);
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
