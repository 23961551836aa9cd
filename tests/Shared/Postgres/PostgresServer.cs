using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;

namespace ZooCache.Tests;

/// <summary>
/// The server that <c>ZOOCACHE_POSTGRES</c> names, on which each test has databases of its own. Making tables and rows
/// takes much longer than copying a database that has them, so that what several tests begin with is a template: made
/// once per process, copied for each, and dropped at the end of all tests.
/// </summary>
public static class PostgresServer
{
    private static readonly string Prefix = string.Create(
        CultureInfo.InvariantCulture, $"zoocache_{Environment.ProcessId}_{Guid.NewGuid().ToString("N")[..6]}");

    private static readonly ConcurrentDictionary<string, Lazy<string>> Templates = new(StringComparer.Ordinal);
    private static int s_last;

    /// <summary>Why the tests of PostgreSQL are skipped, or null. On a build server they aren't: there they fail.</summary>
    public static string? SkipReason
        => Server is null && !string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase)
            ? "NO POSTGRESQL: set ZOOCACHE_POSTGRES='Host=…;Username=…' to a superuser's connection, or run ./test.sh"
            : null;

    private static string? Server
        => Environment.GetEnvironmentVariable("ZOOCACHE_POSTGRES") is { Length: > 0 } text ? text : null;

    public static string ConnectionString(string database)
        => new NpgsqlConnectionStringBuilder(
            Server ?? throw new InvalidOperationException("ZOOCACHE_POSTGRES is not set, and CI is: these tests need a PostgreSQL server."))
        {
            Database = database,
            IncludeErrorDetail = true,
            MaxPoolSize = 20,
        }.ConnectionString;

    /// <summary>Creates an empty database and returns its name.</summary>
    public static string Create() => Create("");

    /// <summary>Creates a copy of the template of this name, which <paramref name="fill"/> makes out of an empty database first.</summary>
    public static string Copy(string template, Action<string> fill)
    {
        var source = Templates.GetOrAdd(template, _ => new Lazy<string>(() =>
        {
            var name = Create();
            fill(name);
            // A database that somebody is connected to can't be copied.
            Allow(name, connections: false);
            return name;
        })).Value;
        return Create($" TEMPLATE \"{source}\"");
    }

    public static void Drop(string database)
    {
        ClearPool(database);
        Execute($"DROP DATABASE IF EXISTS \"{database}\" WITH (FORCE)");
    }

    /// <summary>To be called when all tests are over.</summary>
    public static void DropTemplates()
    {
        foreach (var template in Templates.Values.Where(t => t.IsValueCreated))
        {
            Drop(template.Value);
        }

        Templates.Clear();
    }

    /// <summary>Lets nobody in any more, or everybody again, and throws out who is in.</summary>
    public static void Allow(string database, bool connections)
    {
        Execute($"ALTER DATABASE \"{database}\" ALLOW_CONNECTIONS {connections}");
        ClearPool(database);
        Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
    }

    private static string Create(string from)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}_{Interlocked.Increment(ref s_last)}");
        Execute($"CREATE DATABASE \"{name}\"{from}");
        return name;
    }

    private static void ClearPool(string database)
    {
        using var connection = new NpgsqlConnection(ConnectionString(database));
        NpgsqlConnection.ClearPool(connection);
    }

    private static void Execute(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        connection.Open();
#pragma warning disable CA2100 // Names of our own making.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
