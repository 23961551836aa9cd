using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;

namespace ZooCache.EFCore.Connections;

/// <summary>
/// Asks a connection whether a transaction is open on it, whoever began it: EF, raw SQL, ADO.NET, or the last user of a
/// pooled SQLite connection. Costs no command: SQLite keeps it in memory (<c>sqlite3_get_autocommit</c>), PostgreSQL tells it
/// with every answer and Npgsql keeps it (<c>TransactionStatus</c>). No public member of ADO.NET says it.
/// </summary>
internal static class TransactionProbe
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly ConcurrentDictionary<Type, Func<DbConnection, bool>?> Probes = new();
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> FullStates = new();

    /// <summary>Whether a transaction is open; null for a connection of a type that can't be asked.</summary>
    internal static bool? IsOpen(DbConnection connection)
        => Probes.GetOrAdd(connection.GetType(), static type => Make(type)) is not { } probe ? null
            : connection.State == ConnectionState.Open && probe(connection);

    /// <summary>Whether a connection that reports its end was lost, not closed. Npgsql says so in a property of its own.</summary>
    internal static bool IsLost(DbConnection connection, ConnectionState reported)
        => reported == ConnectionState.Broken
            || (FullStates.GetOrAdd(connection.GetType(), static type => type.GetProperty("FullState", typeof(ConnectionState))) is { } full
                && full.GetValue(connection) is ConnectionState state && state.HasFlag(ConnectionState.Broken));

    private static Func<DbConnection, bool>? Make(Type type) => type.FullName switch
    {
        "Microsoft.Data.Sqlite.SqliteConnection" => MakeForSqlite(type),
        "Npgsql.NpgsqlConnection" => MakeForNpgsql(type),
        _ => null,
    };

    private static Func<DbConnection, bool>? MakeForSqlite(Type type)
    {
        var connection = Expression.Parameter(typeof(DbConnection));
        return type.GetProperty("Handle") is { } handle
            && handle.PropertyType.Assembly.GetType("SQLitePCL.raw")?.GetMethod("sqlite3_get_autocommit", [handle.PropertyType]) is { } ask
            && ask.ReturnType == typeof(int)
                ? Compile(Expression.Equal(
                    Expression.Call(ask, Expression.Property(Expression.Convert(connection, type), handle)), Expression.Constant(0)))
                : null;

        Func<DbConnection, bool> Compile(Expression body) => Expression.Lambda<Func<DbConnection, bool>>(body, connection).Compile();
    }

    private static Func<DbConnection, bool>? MakeForNpgsql(Type type)
    {
        if (type.GetProperty("Connector", Members) is not { } connector
            || connector.PropertyType.GetProperty("TransactionStatus", Members) is not { PropertyType.IsEnum: true } status
            || !Enum.TryParse(status.PropertyType, "Idle", out var idle))
        {
            return null;
        }

        var connection = Expression.Parameter(typeof(DbConnection));
        var known = Expression.Variable(connector.PropertyType);
        var body = Expression.Block(
            [known],
            Expression.Assign(known, Expression.Property(Expression.Convert(connection, type), connector)),
            Expression.AndAlso(
                Expression.NotEqual(known, Expression.Constant(null, connector.PropertyType)),
                Expression.NotEqual(Expression.Property(known, status), Expression.Constant(idle, status.PropertyType))));
        return Expression.Lambda<Func<DbConnection, bool>>(body, connection).Compile();
    }
}
