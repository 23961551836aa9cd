using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace ZooCache.Consistency.Tests.World;

/// <summary>A file, in memory where there is a place for it. In WAL mode, so that readers go on beside a writer.</summary>
internal sealed class SqliteStore : WorldStore
{
    private const int Busy = 5;
    private const int Constraint = 19;

    private readonly string _file = Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"zoocache-oracle-{Guid.NewGuid():N}.db");

    internal SqliteStore()
    {
        using var connection = Connect();
        Execute(connection, null, "PRAGMA journal_mode=WAL");
    }

    public override Provider Provider => Provider.Sqlite;

    public override string BeginSql => "BEGIN IMMEDIATE";

    private string ConnectionString => $"Data Source={_file};Default Timeout=20";

    public override void Use(DbContextOptionsBuilder builder) => builder.UseSqlite(ConnectionString);

    public override void Use(DbContextOptionsBuilder builder, DbConnection connection) => builder.UseSqlite(connection);

    public override DbConnection Connect()
    {
        var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        return connection;
    }

    public override string EmptySql(IReadOnlyList<string> tables)
        => $"PRAGMA foreign_keys=OFF; {string.Join(' ', tables.Select(t => $"DELETE FROM \"{t}\";"))} PRAGMA foreign_keys=ON";

    public override string RestartKeysSql(IReadOnlyList<(string Table, string Column)> keys) => "DELETE FROM sqlite_sequence";

    public override bool IsRefusal(DbException exception)
        => exception is SqliteException { SqliteErrorCode: Constraint or Busy };

    public override void Dispose()
    {
        using (var connection = new SqliteConnection(ConnectionString))
        {
            SqliteConnection.ClearPool(connection);
        }

        foreach (var suffix in new[] { "", "-wal", "-shm" })
        {
            File.Delete(_file + suffix);
        }
    }
}
