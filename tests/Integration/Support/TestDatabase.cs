using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Support;

public enum Provider { Sqlite, Postgres }

/// <summary>A database of a test's own: a SQLite file, or a database on the PostgreSQL server.</summary>
public abstract class TestDatabase : IDisposable
{
    public abstract Provider Provider { get; }

    public abstract string ConnectionString { get; }

    /// <summary>Makes a database that <paramref name="fill"/> fills.</summary>
    /// <param name="provider">Where.</param>
    /// <param name="template">A name for what <paramref name="fill"/> does, if it does the same for each test of that name.</param>
    /// <param name="fill">Makes the tables and rows of an empty database.</param>
    public static TestDatabase Create(Provider provider, string? template, Action<TestDatabase> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        if (provider == Provider.Postgres && template is not null)
        {
            return new OnPostgres(PostgresServer.Copy(template, name => fill(new OnPostgres(name))));
        }

        TestDatabase database = provider == Provider.Sqlite ? new OnSqlite() : new OnPostgres(PostgresServer.Create());
        fill(database);
        return database;
    }

    public void Use(DbContextOptionsBuilder builder) => UseProvider(builder.Quiet(), connection: null);

    public void Use(DbContextOptionsBuilder builder, DbConnection connection) => UseProvider(builder.Quiet(), connection);

    /// <summary>A new, open connection; all that is done with it goes behind EF's back.</summary>
    public abstract DbConnection Connect();

    /// <summary>Makes the database unreachable until the result is disposed.</summary>
    public abstract IDisposable TakeAway();

    /// <summary>Closes the connections that nobody uses, where they could do harm: a file's; of no other database, for other tests run beside.</summary>
    public virtual void ClearPool()
    {
    }

    public abstract void Dispose();

    protected abstract void UseProvider(DbContextOptionsBuilder builder, DbConnection? connection);

    public int Execute(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    /// <summary>The same of a file of SQLite's.</summary>
    internal static void ClearPoolOf(string connectionString)
    {
        using var connection = new SqliteConnection(connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private sealed class OnSqlite : TestDatabase
    {
        private readonly string _file = Path.Combine(Path.GetTempPath(), $"zoocache-{Guid.NewGuid():N}.db");

        public override Provider Provider => Provider.Sqlite;

        public override string ConnectionString => $"Data Source={_file};Default Timeout=5";

        protected override void UseProvider(DbContextOptionsBuilder builder, DbConnection? connection)
            => _ = connection is null ? builder.UseSqlite(ConnectionString) : builder.UseSqlite(connection);

        public override DbConnection Connect() => Opened(new SqliteConnection(ConnectionString));

        public override IDisposable TakeAway()
        {
            ClearPool();
            foreach (var file in Files().Where(File.Exists))
            {
                File.Move(file, file + ".away");
            }

            // A directory in its place: nothing can be opened there, not even anew and not even by root.
            Directory.CreateDirectory(_file);
            return new Undo(() =>
            {
                Directory.Delete(_file);
                foreach (var file in Files().Where(f => File.Exists(f + ".away")))
                {
                    File.Move(file + ".away", file);
                }
            });
        }

        public override void ClearPool() => ClearPoolOf(ConnectionString);

        public override void Dispose()
        {
            ClearPool();
            foreach (var file in Files())
            {
                File.Delete(file);
            }
        }

        private string[] Files() => [_file, _file + "-wal", _file + "-shm"];
    }

    private sealed class OnPostgres(string name) : TestDatabase
    {
        public override Provider Provider => Provider.Postgres;

        public override string ConnectionString { get; } = PostgresServer.ConnectionString(name);

        protected override void UseProvider(DbContextOptionsBuilder builder, DbConnection? connection)
            => _ = connection is null ? builder.UseNpgsql(ConnectionString) : builder.UseNpgsql(connection);

        public override DbConnection Connect() => Opened(new NpgsqlConnection(ConnectionString));

        public override IDisposable TakeAway()
        {
            PostgresServer.Allow(name, connections: false);
            return new Undo(() => PostgresServer.Allow(name, connections: true));
        }

        public override void Dispose() => PostgresServer.Drop(name);
    }

    private static DbConnection Opened(DbConnection connection)
    {
        connection.Open();
        return connection;
    }

    private sealed class Undo(Action action) : IDisposable
    {
        public void Dispose() => action();
    }
}
