using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Diagnostics.Internal;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// Proves that a command was answered as EF had made it, although somebody's interceptors saw it. It looks at each command
/// before the first of them and after the last: text, type, connection, transaction, parameters, and the reader. What isn't
/// proven is taken for altered. One context's; used by one thread at a time.
/// </summary>
/// <remarks>One exchange can't be seen: an interceptor that closes the reader and runs a command of its own on the same
/// connection, with a driver that gives out one reader object again and again (Npgsql).</remarks>
internal sealed class CommandWitness
{
    private Made? _made;
    private DbCommand? _executing;
    private DbDataReader? _reader;
    private DbCommand? _unaltered;

    /// <summary>Whether the command's answer is the provider's own to the command that EF made.</summary>
    internal bool HasSeenUnaltered(DbCommand command) => ReferenceEquals(_unaltered, command);

    /// <summary>Whether that was so of the command that was answered last.</summary>
    internal bool HasSeenUnaltered() => _unaltered is not null;

    private void Initialized(DbCommand command)
    {
        (_made, _executing, _reader, _unaltered) = (Made.Of(command), null, null, null);
    }

    private void Executing(DbCommand command, bool suppressed)
        => _executing = !suppressed && _made is { } made && made.IsStill(command) ? command : null;

    private void Read(DbDataReader reader) => _reader = reader;

    private void Executed(DbCommand command, DbDataReader reader)
    {
        _unaltered = ReferenceEquals(_executing, command) && ReferenceEquals(_reader, reader) ? command : null;
        (_made, _executing, _reader) = (null, null, null);
    }

    /// <summary>Puts the witness around the interceptors of a context that has any beside ZooCache's.</summary>
    internal sealed class Aggregator(ContextCache context) : DbCommandInterceptorAggregator
    {
        private (IInterceptor? Chain, bool IsMade) _made;

        // EF makes no chain of a single one.
        public override IInterceptor? AggregateInterceptors(IReadOnlyList<IInterceptor> interceptors)
        {
            if (!_made.IsMade)
            {
                List<IDbCommandInterceptor> others = [.. interceptors.OfType<IDbCommandInterceptor>()];
                _made = (others.Count > 0 ? CreateChain(others) : null, true);
            }

            return _made.Chain;
        }

        protected override IDbCommandInterceptor CreateChain(IEnumerable<IDbCommandInterceptor> interceptors)
            => base.CreateChain([new First(context.Witness), .. interceptors, new Last(context.Witness)]);
    }

    private sealed record Made(
        DbCommand Command, string Text, System.Data.CommandType Type, DbConnection? Connection, DbTransaction? Transaction,
        (string Name, object? Value)[] Parameters)
    {
        internal static Made Of(DbCommand command)
            => new(command, command.CommandText, command.CommandType, command.Connection, command.Transaction, [.. ParametersOf(command)]);

        internal bool IsStill(DbCommand command)
            => ReferenceEquals(Command, command)
                && Text == command.CommandText
                && Type == command.CommandType
                && ReferenceEquals(Connection, command.Connection)
                && ReferenceEquals(Transaction, command.Transaction)
                && Parameters.SequenceEqual(ParametersOf(command));

        private static IEnumerable<(string Name, object? Value)> ParametersOf(DbCommand command)
            => command.Parameters.Cast<DbParameter>().Select(p => (p.ParameterName, p.Value));
    }

    private sealed class First(CommandWitness witness) : DbCommandInterceptor
    {
        public override DbCommand CommandInitialized(CommandEndEventData eventData, DbCommand result)
        {
            witness.Initialized(result);
            return result;
        }

        public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result)
        {
            witness.Read(result);
            return result;
        }

        public override ValueTask<DbDataReader> ReaderExecutedAsync(
            DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
            => new(ReaderExecuted(command, eventData, result));
    }

    private sealed class Last(CommandWitness witness) : DbCommandInterceptor
    {
        public override InterceptionResult<DbDataReader> ReaderExecuting(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            witness.Executing(command, result.HasResult);
            return result;
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
            => new(ReaderExecuting(command, eventData, result));

        public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result)
        {
            witness.Executed(command, result);
            return result;
        }

        public override ValueTask<DbDataReader> ReaderExecutedAsync(
            DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
            => new(ReaderExecuted(command, eventData, result));
    }
}
