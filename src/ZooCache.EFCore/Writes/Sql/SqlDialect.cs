using System.Data.Common;

namespace ZooCache.EFCore.Writes.Sql;

/// <summary>Whose SQL a text is; decides what its quotes and signs mean.</summary>
internal enum SqlDialect
{
    /// <summary>Somebody else's. Only reads are recognised, and only in texts that mean the same everywhere.</summary>
    Unknown,
    Sqlite,
    PostgreSql,
}

/// <summary>Tells the dialect from the type of the provider's command. A command that somebody wrapped is of no known one.</summary>
internal static class SqlDialects
{
    internal static SqlDialect Of(DbCommand command) => command.GetType().FullName switch
    {
        "Microsoft.Data.Sqlite.SqliteCommand" => SqlDialect.Sqlite,
        "Npgsql.NpgsqlCommand" => SqlDialect.PostgreSql,
        _ => SqlDialect.Unknown,
    };
}
