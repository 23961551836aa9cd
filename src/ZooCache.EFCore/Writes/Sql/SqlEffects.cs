using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;

namespace ZooCache.EFCore.Writes.Sql;

/// <summary>Remembers what texts do: applications send few different ones. Bounded in number and in length.</summary>
internal static class SqlEffects
{
    private const int MaximumTexts = 1000;
    private const int MaximumLength = 4096;

    private static readonly ConcurrentDictionary<(SqlDialect, string), SqlEffect> Known = new();

    internal static SqlEffect Of(DbCommand command)
    {
        var dialect = SqlDialects.Of(command);
        return command.CommandType switch
        {
            CommandType.Text => Of(command.CommandText, dialect),
            CommandType.StoredProcedure when SqlReader.ReadName(command.CommandText, dialect) is { } routine => SqlEffect.Call(routine),
            _ => SqlEffect.Unknown,
        };
    }

    private static SqlEffect Of(string sql, SqlDialect dialect)
    {
        if (sql.Length > MaximumLength)
        {
            return SqlReader.Read(sql, dialect);
        }

        if (Known.TryGetValue((dialect, sql), out var known))
        {
            return known;
        }

        if (Known.Count >= MaximumTexts)
        {
            Known.Clear();
        }

        return Known.GetOrAdd((dialect, sql), static key => SqlReader.Read(key.Item2, key.Item1));
    }
}
