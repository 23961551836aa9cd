using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ZooCache.Consistency.Tests.World;

/// <summary>A database on the server that ZOOCACHE_POSTGRES names. Who waits for a lock is refused after a moment: steps
/// run on one thread, and the one who holds it would never come to its end.</summary>
internal sealed class PostgresStore : WorldStore
{
    private static int s_last;

    private readonly string _name = string.Create(
        CultureInfo.InvariantCulture, $"zoocache_world_{Environment.ProcessId}_{Interlocked.Increment(ref s_last)}_{Guid.NewGuid().ToString("N")[..6]}");

    internal PostgresStore()
    {
        OnServer($"CREATE DATABASE \"{_name}\"");
        OnServer($"ALTER DATABASE \"{_name}\" SET synchronous_commit = off");
    }

    public override Provider Provider => Provider.Postgres;

    public override string BeginSql => "BEGIN";

    internal static string? Server
        => Environment.GetEnvironmentVariable("ZOOCACHE_POSTGRES") is { Length: > 0 } text ? text : null;

    private string ConnectionString
        => new NpgsqlConnectionStringBuilder(Server) { Database = _name, Options = "-c lock_timeout=50", IncludeErrorDetail = true }.ConnectionString;

    public override void Use(DbContextOptionsBuilder builder) => builder.UseNpgsql(ConnectionString);

    public override void Use(DbContextOptionsBuilder builder, DbConnection connection) => builder.UseNpgsql(connection);

    public override DbConnection Connect()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        return connection;
    }

    public override string EmptySql(IReadOnlyList<string> tables)
        => $"TRUNCATE {string.Join(", ", tables.Select(t => $"\"{t}\""))} RESTART IDENTITY CASCADE";

    public override string RestartKeysSql(IReadOnlyList<(string Table, string Column)> keys)
        => string.Join(
            " UNION ALL ",
            keys.Select(k => $"(SELECT setval(pg_get_serial_sequence('\"{k.Table}\"', '{k.Column}'), coalesce(max(\"{k.Column}\"), 0) + 1, false) FROM \"{k.Table}\")"));

    /// <summary>Integrity, a transaction that an earlier refusal ended, a serialization failure or deadlock, a lock.</summary>
    public override bool IsRefusal(DbException exception)
        => exception is PostgresException { SqlState: var state }
            && (state.StartsWith("23", StringComparison.Ordinal) || state is "25P02" or "40001" or "40P01" or "55P03");

    public override void Dispose()
    {
        using (var connection = new NpgsqlConnection(ConnectionString))
        {
            NpgsqlConnection.ClearPool(connection);
        }

        OnServer($"DROP DATABASE IF EXISTS \"{_name}\" WITH (FORCE)");
    }

    private static void OnServer(string sql)
    {
        using var connection = new NpgsqlConnection(
            Server ?? throw new InvalidOperationException("ZOOCACHE_POSTGRES names no PostgreSQL server; ./test.sh starts one."));
        connection.Open();
        Execute(connection, null, sql);
    }
}
