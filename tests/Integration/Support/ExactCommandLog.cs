using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.Integration.Tests.Support;

/// <summary>Writes down each command to the last byte: text, and each parameter's name, type, size and value, in order.</summary>
public sealed class ExactCommandLog : DbCommandInterceptor
{
    public ConcurrentQueue<string> Commands { get; } = new();

    public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        Commands.Enqueue(Describe(command));
        return result;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Commands.Enqueue(Describe(command));
        return new(result);
    }

    public static string Describe(DbCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return command.CommandText + "\n" + string.Join('\n', command.Parameters.Cast<DbParameter>().Select(p => string.Create(
            CultureInfo.InvariantCulture,
            $"{p.ParameterName} {p.DbType} {p.Size} {p.IsNullable} {p.Direction} {Dump.Of(p.Value)}")));
    }
}
