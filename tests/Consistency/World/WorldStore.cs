using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace ZooCache.Consistency.Tests.World;

public enum Provider
{
    Sqlite,
    Postgres,
}

/// <summary>An empty database of its own on one of the providers, and what differs between them.</summary>
public abstract class WorldStore : IDisposable
{
    public abstract Provider Provider { get; }

    /// <summary>Begins a transaction that writes, in SQL.</summary>
    public abstract string BeginSql { get; }

    public static WorldStore Create(Provider provider) => provider == Provider.Sqlite ? new SqliteStore() : new PostgresStore();

    public abstract void Use(DbContextOptionsBuilder builder);

    public abstract void Use(DbContextOptionsBuilder builder, DbConnection connection);

    /// <summary>A new open connection.</summary>
    public abstract DbConnection Connect();

    /// <summary>Deletes every row of these tables.</summary>
    public abstract string EmptySql(IReadOnlyList<string> tables);

    /// <summary>Lets generated keys go on after the largest there is: without it, they'd leave the range that is asked for.</summary>
    public abstract string RestartKeysSql(IReadOnlyList<(string Table, string Column)> keys);

    /// <summary>Whether the database may refuse a change with this: a constraint, or a lock that another transaction holds.</summary>
    public abstract bool IsRefusal(DbException exception);

    public abstract void Dispose();

    internal static int Execute(DbConnection connection, DbTransaction? transaction, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Names of our own model.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Transaction = transaction;
        return command.ExecuteNonQuery();
    }
}
