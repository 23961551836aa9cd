using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Diagnostics.Internal;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Logging;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// EF's own logger of commands, which EF calls around each command that it runs, telling <see cref="CommandObserver"/> as well. An
/// interceptor would be told the same, but with one registered EF makes an object for each of some seven events of a
/// command, and that of every command. Here they are made only if somebody else wants them.
/// </summary>
internal sealed class ObservingCommandLogger(
    ILoggerFactory loggerFactory,
    ILoggingOptions loggingOptions,
    DiagnosticSource diagnosticSource,
    LoggingDefinitions loggingDefinitions,
    IDbContextLogger contextLogger,
    IDbContextOptions contextOptions,
    ContextCache cache,
    IInterceptors? interceptors = null)
    : RelationalCommandDiagnosticsLogger(
        loggerFactory, loggingOptions, diagnosticSource, loggingDefinitions, contextLogger, contextOptions, interceptors)
{
    private readonly CommandObserver _observer = new(cache);
    private bool _isDeclined;
    private bool _isDisposalDeclined;
    private bool _isUnheardChange;
    private Guid _declined;

    // EF looks here, right before, to spare the calls when it has found lately that nobody listens. Then it is only us; and of
    // what is known already we would hear nothing new.
    public override bool ShouldLogCommandExecute(DateTimeOffset now)
    {
        var known = cache.NextCommand;
        cache.NextCommand = KnownCommand.None;
        _isDeclined = !base.ShouldLogCommandExecute(now);
        var isUnheard = _isDeclined && known != KnownCommand.None;
        _isUnheardChange = isUnheard && known == KnownCommand.Change;
        cache.UnheardCommands += isUnheard ? 1 : 0;
        return !isUnheard;
    }

    public override bool ShouldLogDataReaderDispose(DateTimeOffset now)
    {
        _isDisposalDeclined = !base.ShouldLogDataReaderDispose(now);
        return !_isDisposalDeclined || !_isUnheardChange;
    }

    public override InterceptionResult<DbDataReader> CommandReaderExecuting(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        DateTimeOffset startTime, CommandSource commandSource)
    {
        _observer.Starting(command, context, commandId, commandSource, isReader: true)?.Announce();
        return Declines(commandId) ? default : base.CommandReaderExecuting(
            connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource);
    }

    public override ValueTask<InterceptionResult<DbDataReader>> CommandReaderExecutingAsync(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        DateTimeOffset startTime, CommandSource commandSource, CancellationToken cancellationToken = default)
    {
        var write = _observer.Starting(command, context, commandId, commandSource, isReader: true);
        return AfterAsync(write?.AnnounceAsync(cancellationToken), () => Declines(commandId) ? default : base.CommandReaderExecutingAsync(
            connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource, cancellationToken));
    }

    public override InterceptionResult<object> CommandScalarExecuting(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        DateTimeOffset startTime, CommandSource commandSource)
    {
        _observer.Starting(command, context, commandId, commandSource, isReader: false)?.Announce();
        return Declines(commandId) ? default : base.CommandScalarExecuting(
            connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource);
    }

    public override ValueTask<InterceptionResult<object>> CommandScalarExecutingAsync(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        DateTimeOffset startTime, CommandSource commandSource, CancellationToken cancellationToken = default)
    {
        var write = _observer.Starting(command, context, commandId, commandSource, isReader: false);
        return AfterAsync(write?.AnnounceAsync(cancellationToken), () => Declines(commandId) ? default : base.CommandScalarExecutingAsync(
            connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource, cancellationToken));
    }

    public override InterceptionResult<int> CommandNonQueryExecuting(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        DateTimeOffset startTime, CommandSource commandSource)
    {
        _observer.Starting(command, context, commandId, commandSource, isReader: false)?.Announce();
        return Declines(commandId) ? default : base.CommandNonQueryExecuting(
            connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource);
    }

    public override ValueTask<InterceptionResult<int>> CommandNonQueryExecutingAsync(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        DateTimeOffset startTime, CommandSource commandSource, CancellationToken cancellationToken = default)
    {
        var write = _observer.Starting(command, context, commandId, commandSource, isReader: false);
        return AfterAsync(write?.AnnounceAsync(cancellationToken), () => Declines(commandId) ? default : base.CommandNonQueryExecutingAsync(
            connection, command, logCommandText, context, commandId, connectionId, startTime, commandSource, cancellationToken));
    }

    public override DbDataReader CommandReaderExecuted(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        DbDataReader methodResult, DateTimeOffset startTime, TimeSpan duration, CommandSource commandSource)
    {
        _observer.ReaderOpened(command, commandId);
        return commandId == _declined ? methodResult : base.CommandReaderExecuted(
            connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource);
    }

    public override ValueTask<DbDataReader> CommandReaderExecutedAsync(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        DbDataReader methodResult, DateTimeOffset startTime, TimeSpan duration, CommandSource commandSource, CancellationToken cancellationToken = default)
    {
        _observer.ReaderOpened(command, commandId);
        return commandId == _declined ? new(methodResult) : base.CommandReaderExecutedAsync(
            connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource, cancellationToken);
    }

    public override object? CommandScalarExecuted(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        object? methodResult, DateTimeOffset startTime, TimeSpan duration, CommandSource commandSource)
    {
        cache.Wait(_observer.Ended(command, commandId, failure: null));
        return commandId == _declined ? methodResult : base.CommandScalarExecuted(
            connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource);
    }

    public override ValueTask<object?> CommandScalarExecutedAsync(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        object? methodResult, DateTimeOffset startTime, TimeSpan duration, CommandSource commandSource, CancellationToken cancellationToken = default)
    {
        var told = _observer.Ended(command, commandId, failure: null);
        return AfterAsync(cache.WaitAsync(told), () => commandId == _declined ? new(methodResult) : base.CommandScalarExecutedAsync(
            connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource, cancellationToken));
    }

    public override int CommandNonQueryExecuted(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        int methodResult, DateTimeOffset startTime, TimeSpan duration, CommandSource commandSource)
    {
        cache.Wait(_observer.Ended(command, commandId, failure: null));
        return commandId == _declined ? methodResult : base.CommandNonQueryExecuted(
            connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource);
    }

    public override ValueTask<int> CommandNonQueryExecutedAsync(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, Guid commandId, Guid connectionId,
        int methodResult, DateTimeOffset startTime, TimeSpan duration, CommandSource commandSource, CancellationToken cancellationToken = default)
    {
        var told = _observer.Ended(command, commandId, failure: null);
        return AfterAsync(cache.WaitAsync(told), () => commandId == _declined ? new(methodResult) : base.CommandNonQueryExecutedAsync(
            connection, command, logCommandText, context, commandId, connectionId, methodResult, startTime, duration, commandSource, cancellationToken));
    }

    public override void CommandError(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, DbCommandMethod executeMethod,
        Guid commandId, Guid connectionId, Exception exception, DateTimeOffset startTime, TimeSpan duration, CommandSource commandSource)
    {
        cache.Wait(_observer.Ended(command, commandId, exception));
        base.CommandError(
            connection, command, logCommandText, context, executeMethod, commandId, connectionId, exception, startTime, duration, commandSource);
    }

    public override Task CommandErrorAsync(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, DbCommandMethod executeMethod,
        Guid commandId, Guid connectionId, Exception exception, DateTimeOffset startTime, TimeSpan duration, CommandSource commandSource, CancellationToken cancellationToken = default)
    {
        var told = _observer.Ended(command, commandId, exception);
        return AfterAsync(cache.WaitAsync(told), () => base.CommandErrorAsync(
            connection, command, logCommandText, context, executeMethod, commandId, connectionId, exception, startTime, duration, commandSource, cancellationToken));
    }

    public override void CommandCanceled(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, DbCommandMethod executeMethod,
        Guid commandId, Guid connectionId, DateTimeOffset startTime, TimeSpan duration, CommandSource commandSource)
    {
        cache.Wait(_observer.Ended(command, commandId, new OperationCanceledException()));
        base.CommandCanceled(
            connection, command, logCommandText, context, executeMethod, commandId, connectionId, startTime, duration, commandSource);
    }

    public override Task CommandCanceledAsync(
        IRelationalConnection connection, DbCommand command, string logCommandText, DbContext? context, DbCommandMethod executeMethod,
        Guid commandId, Guid connectionId, DateTimeOffset startTime, TimeSpan duration, CommandSource commandSource, CancellationToken cancellationToken = default)
    {
        var told = _observer.Ended(command, commandId, new OperationCanceledException());
        return AfterAsync(cache.WaitAsync(told), () => base.CommandCanceledAsync(
            connection, command, logCommandText, context, executeMethod, commandId, connectionId, startTime, duration, commandSource, cancellationToken));
    }

    public override InterceptionResult DataReaderDisposing(
        IRelationalConnection connection, DbCommand command, DbDataReader dataReader, Guid commandId, int recordsAffected, int readCount,
        DateTimeOffset startTime, TimeSpan duration)
    {
        if (!_isUnheardChange)
        {
            CommandObserver.ReaderClosed(command);
        }

        _isUnheardChange = false;

        return _isDisposalDeclined ? default : base.DataReaderDisposing(connection, command, dataReader, commandId, recordsAffected, readCount, startTime, duration);
    }

    /// <summary>Without anything to wait for, what others set in the ambient context is the caller's, as in EF itself.</summary>
    private static ValueTask<T> AfterAsync<T>(Task? before, Func<ValueTask<T>> next)
    {
        return before is null or { IsCompletedSuccessfully: true } ? next() : WaitAsync();

        async ValueTask<T> WaitAsync()
        {
            await before.ConfigureAwait(false);
            return await next().ConfigureAwait(false);
        }
    }

    private static Task AfterAsync(Task told, Func<Task> next)
    {
        return told.IsCompletedSuccessfully ? next() : WaitAsync();

        async Task WaitAsync()
        {
            await told.ConfigureAwait(false);
            await next().ConfigureAwait(false);
        }
    }

    private bool Declines(Guid commandId)
    {
        _declined = _isDeclined ? commandId : default;
        return _isDeclined;
    }
}
