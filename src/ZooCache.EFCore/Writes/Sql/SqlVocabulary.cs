using System.Collections.Frozen;

namespace ZooCache.EFCore.Writes.Sql;

/// <summary>The words by which statements are told apart. What isn't listed isn't understood.</summary>
internal static class SqlVocabulary
{
    /// <summary>Verbs that change data, the schema or statistics in ways that aren't looked at, but not the session.</summary>
    internal static FrozenSet<string> Schema { get; } = Set(
        "CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "COMMENT", "VACUUM", "REINDEX", "CLUSTER", "ANALYZE", "REFRESH", "CHECKPOINT");

    /// <summary>Verbs that change nothing but what later statements of the session mean.</summary>
    internal static FrozenSet<string> Session { get; } = Set(
        "SET", "RESET", "DISCARD", "ATTACH", "DETACH", "CLOSE", "LISTEN", "UNLISTEN", "LOCK", "DEALLOCATE");

    internal static FrozenSet<string> TransactionBegin { get; } = Set("BEGIN", "START", "SAVEPOINT", "RELEASE");

    internal static FrozenSet<string> TransactionEnd { get; } = Set("COMMIT", "END", "ROLLBACK", "ABORT");

    /// <summary>Verbs of statements that are read word by word.</summary>
    internal static FrozenSet<string> Readable { get; } = Set(
        "SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "TRUNCATE", "COPY");

    /// <summary>Words that make a statement something else when they stand within it (as after <c>EXPLAIN ANALYZE</c>).</summary>
    internal static FrozenSet<string> Strange { get; } = Set(
        "CREATE", "ALTER", "DROP", "REFRESH", "CALL", "EXEC", "EXECUTE", "DECLARE", "PREPARE", "GRANT", "IMPORT", "LOAD", "UPSERT");

    /// <summary>SQLite settings that change neither data nor what a query answers.</summary>
    internal static FrozenSet<string> HarmlessPragmas { get; } = Set(
        "busy_timeout", "cache_size", "foreign_keys", "integrity_check", "journal_mode", "mmap_size", "optimize", "page_size",
        "quick_check", "synchronous", "table_info", "temp_store", "user_version", "wal_autocheckpoint", "wal_checkpoint");

    /// <summary>Schemas that a name without a schema stands in.</summary>
    internal static FrozenSet<string> DefaultSchemas { get; } = Set("PUBLIC", "MAIN", "DBO");

    /// <summary>Verbs that, where statements need no semicolon between them, may stand anywhere.</summary>
    internal static FrozenSet<string> Anywhere { get; } = FrozenSet.ToFrozenSet(
        [.. Schema, .. Session, .. TransactionBegin, .. TransactionEnd.Where(w => w != "END"), "USE", "BULK", "KILL", "WAITFOR", "SHUTDOWN"],
        StringComparer.OrdinalIgnoreCase);

    // Keywords that no function can be called by without quotes, types, and functions that only read. In PostgreSQL a
    // function of the user's own may share a name with one of these in another schema; it is taken for the database's.
    private static readonly string[] Common =
    [
        "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "EXISTS", "ON", "AS", "JOIN", "VALUES", "HAVING", "UNION", "ALL",
        "ANY", "SOME", "EXCEPT", "INTERSECT", "CASE", "WHEN", "THEN", "ELSE", "LIMIT", "OFFSET", "DISTINCT", "BETWEEN", "LIKE",
        "USING", "CAST", "COALESCE", "NULLIF", "CHAR", "CHARACTER", "VARCHAR", "NUMERIC", "DECIMAL", "FLOAT",
        "COUNT", "SUM", "MIN", "MAX", "AVG", "ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST", "NTILE", "LAG",
        "LEAD", "FIRST_VALUE", "LAST_VALUE", "NTH_VALUE",
        "LOWER", "UPPER", "LENGTH", "SUBSTR", "SUBSTRING", "TRIM", "LTRIM", "RTRIM", "REPLACE", "CONCAT", "CONCAT_WS", "FORMAT",
        "ABS", "ROUND", "CEIL", "CEILING", "FLOOR", "TRUNC", "SIGN", "MOD", "POWER", "SQRT", "EXP", "LN", "LOG",
    ];

    private static readonly FrozenSet<string> InSqlite = Set(
    [
        .. Common, "RANDOM", "DATE", "TIME", "GLOB", "IIF", "IF", "GROUP_CONCAT", "STRING_AGG", "TOTAL", "INSTR", "PRINTF", "QUOTE", "HEX", "UNHEX", "UNICODE", "POW",
        "IFNULL", "TYPEOF", "LIKELY", "UNLIKELY", "LIKELIHOOD", "ZEROBLOB", "RANDOMBLOB", "DATETIME", "JULIANDAY", "STRFTIME", "UNIXEPOCH",
        "TIMEDIFF", "JSON", "JSON_EXTRACT", "JSON_EACH", "JSON_TREE", "JSON_OBJECT", "JSON_ARRAY", "JSON_ARRAY_LENGTH", "JSON_SET",
        "JSON_GROUP_ARRAY", "JSON_GROUP_OBJECT", "CHANGES", "TOTAL_CHANGES", "LAST_INSERT_ROWID", "SQLITE_VERSION",
    ]);

    private static readonly FrozenSet<string> InPostgreSql = Set(
    [
        .. Common, "RANDOM", "DATE", "TIME", "ARRAY", "LATERAL", "ROW", "EXTRACT", "POSITION", "OVERLAY", "GREATEST", "LEAST", "ILIKE", "BIT", "TIMESTAMP", "INTERVAL",
        "STRING_AGG", "ARRAY_AGG", "JSON_AGG", "JSONB_AGG", "BOOL_AND", "BOOL_OR", "CHAR_LENGTH", "BTRIM", "STRPOS", "LEFT", "RIGHT",
        "LPAD", "RPAD", "REPEAT", "REVERSE", "MD5", "NOW", "DATE_TRUNC", "DATE_PART", "AGE", "TO_CHAR", "TO_DATE", "TO_TIMESTAMP",
        "MAKE_DATE", "CLOCK_TIMESTAMP", "STATEMENT_TIMESTAMP", "TRANSACTION_TIMESTAMP", "JSON_BUILD_OBJECT", "JSONB_BUILD_OBJECT",
        "TO_JSON", "TO_JSONB", "UNNEST", "GENERATE_SERIES", "GEN_RANDOM_UUID", "CARDINALITY", "VERSION", "CURRENT_SETTING",
        "CURRENT_DATABASE", "CURRENT_SCHEMA", "TO_REGCLASS", "PG_BACKEND_PID", "PG_DATABASE_SIZE", "PG_SLEEP", "PG_TOTAL_RELATION_SIZE",
    ]);

    /// <summary>Words without a parenthesis that lock, or whose value depends on when and by whom they are read.</summary>
    internal static FrozenSet<string> Unrepeatable { get; } = Set(
        "FOR", "TABLESAMPLE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "CURRENT_USER",
        "SESSION_USER", "SYSTEM_USER", "USER", "CURRENT_ROLE", "CURRENT_CATALOG", "CURRENT_SCHEMA");

    private static readonly FrozenSet<string> InAny = Set(Common);

    /// <summary>What may stand before a parenthesis without being a call that writes.</summary>
    internal static FrozenSet<string> HarmlessBeforeParenthesis(SqlDialect dialect) => dialect switch
    {
        SqlDialect.Sqlite => InSqlite,
        SqlDialect.PostgreSql => InPostgreSql,
        _ => InAny,
    };

    private static FrozenSet<string> Set(params string[] words) => FrozenSet.ToFrozenSet(words, StringComparer.OrdinalIgnoreCase);
}
