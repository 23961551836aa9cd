using System.Collections.Frozen;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// What raw SQL may do, judged by its words alone, comments and strings included: a text that only reads is recognised if
/// every word of it is harmless; anything else may write. Taking a read for a write costs misses, never correctness.
/// </summary>
internal static class SqlText
{
    /// <summary>Words that begin or hide a write, a call of unknown effect, or a change of the session.</summary>
    private static readonly FrozenSet<string> Writing = FrozenSet.ToFrozenSet(
        [
            "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "UPSERT", "TRUNCATE", "COPY", "INTO", "CREATE", "ALTER",
            "DROP", "RENAME", "CALL", "EXEC", "EXECUTE", "DO", "PERFORM", "GRANT", "REVOKE", "VACUUM", "REINDEX", "CLUSTER",
            "ANALYZE", "REFRESH", "IMPORT", "LOAD", "NOTIFY", "COMMENT",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Words that may begin a transaction or change what the session answers to.</summary>
    private static readonly FrozenSet<string> Session = FrozenSet.ToFrozenSet(
        [
            "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE", "SET", "RESET",
            "DISCARD", "ATTACH", "DETACH", "USE", "LOCK", "DECLARE", "FETCH", "LISTEN", "UNLISTEN", "TEMP", "TEMPORARY",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that only change settings, as long as no word after them speaks of transactions.</summary>
    private static readonly FrozenSet<string> Settings = FrozenSet.ToFrozenSet(["SET", "RESET", "USE"], StringComparer.OrdinalIgnoreCase);

    private static readonly string[] TransactionSettings = ["TRANSACTION", "ISOLATION", "COMMIT", "UNCOMMITTED", "ANSI_DEFAULTS"];

    /// <summary>SQLite settings that don't change what a query answers.</summary>
    private static readonly FrozenSet<string> HarmlessPragmas = FrozenSet.ToFrozenSet(
        [
            "busy_timeout", "cache_size", "foreign_keys", "integrity_check", "journal_mode", "mmap_size", "optimize",
            "page_size", "quick_check", "synchronous", "table_info", "temp_store", "user_version", "wal_autocheckpoint",
            "wal_checkpoint",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Words that may stand before a parenthesis without being a call of unknown effect.</summary>
    private static readonly FrozenSet<string> NoCalls = FrozenSet.ToFrozenSet(
        [
            "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "EXISTS", "ON", "AS", "JOIN", "VALUES", "BY", "HAVING",
            "UNION", "ALL", "EXCEPT", "INTERSECT", "CASE", "WHEN", "THEN", "ELSE", "LIMIT", "OFFSET", "WITH", "RECURSIVE",
            "OVER", "DISTINCT", "BETWEEN", "LIKE", "CAST", "COUNT", "SUM", "MIN", "MAX", "AVG", "COALESCE", "LOWER",
            "UPPER", "LENGTH", "ABS", "ROUND", "SUBSTR", "TRIM", "INTEGER", "NUMERIC", "VARCHAR",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the text may change data.</summary>
    internal static bool MayWrite(string sql)
    {
        var reads = false;
        var last = "";
        foreach (var (word, isCall) in Words(sql))
        {
            if (last.Length == 0)
            {
                reads = word.Equals("SELECT", StringComparison.OrdinalIgnoreCase)
                    || word.Equals("WITH", StringComparison.OrdinalIgnoreCase)
                    || word.Equals("VALUES", StringComparison.OrdinalIgnoreCase);
            }

            if (!reads || Writing.Contains(word) || (isCall && !NoCalls.Contains(word)))
            {
                return true;
            }

            last = word;
        }

        return !reads;
    }

    /// <summary>Whether the text may begin a transaction, or change what later queries on its connection answer.</summary>
    internal static bool MayChangeSession(string sql)
    {
        var afterPragma = false;
        foreach (var (word, _) in Words(sql))
        {
            if (afterPragma && !HarmlessPragmas.Contains(word))
            {
                return true;
            }

            afterPragma = word.Equals("PRAGMA", StringComparison.OrdinalIgnoreCase);
            if (Session.Contains(word))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a text that may change the session may do more than change settings: begin or end a transaction, change
    /// what a transaction may read, or something that isn't understood.</summary>
    internal static bool MayBeginTransaction(string sql)
        => !sql.Contains("PRAGMA", StringComparison.OrdinalIgnoreCase)
            ? Words(sql).Any(static w =>
                (Session.Contains(w.Word) && !Settings.Contains(w.Word))
                || TransactionSettings.Any(t => w.Word.Contains(t, StringComparison.OrdinalIgnoreCase)))
            : MayChangeSession(sql);

    private static IEnumerable<(string Word, bool IsCall)> Words(string sql)
    {
        var position = 0;
        while (position < sql.Length)
        {
            if (!IsWordCharacter(sql[position]))
            {
                position++;
                continue;
            }

            var start = position;
            while (position < sql.Length && IsWordCharacter(sql[position]))
            {
                position++;
            }

            var next = position;
            while (next < sql.Length && (char.IsWhiteSpace(sql[next]) || sql[next] is '"' or '`' or ']'))
            {
                next++;
            }

            yield return (sql[start..position], next < sql.Length && sql[next] == '(');
        }
    }

    private static bool IsWordCharacter(char character) => char.IsLetterOrDigit(character) || character is '_' or '$';
}
