using System.Text.RegularExpressions;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Writes.Sql;

/// <summary>
/// Tells from the text of a command what it may do. Invariant: whatever the text changes is among the targets, the calls or
/// the whole database; what isn't understood is the whole database and the session.
/// </summary>
/// <remarks>
/// There is no grammar of the whole language here. Data is changed only by a statement whose verb is known, by a verb
/// within it (<c>WITH x AS (DELETE …)</c>), or by a call. So every unquoted word of a statement is looked at: each of these
/// verbs must stand in a form that names its target, or nothing is understood. A column that is called like a verb is
/// taken for one; a name after a dot or in quotes isn't.
/// </remarks>
internal static partial class SqlReader
{
    internal static SqlEffect Read(string sql, SqlDialect dialect)
    {
        if (SqlTokenizer.Tokenize(sql, dialect) is not { } tokens || Split(tokens) is not { } statements)
        {
            return SqlEffect.Unknown;
        }

        var read = new SqlEffectBuilder();
        foreach (var statement in statements)
        {
            ReadStatement(statement, dialect, read);
        }

        var effect = read.Build(isOneStatement: statements.Count == 1);
        return dialect == SqlDialect.Unknown
            && (!effect.IsRead
                || tokens.Exists(t => t.Kind == SqlTokenKind.Word && SqlVocabulary.Anywhere.Contains(t.Text)))
            ? SqlEffect.Unknown
            : effect;
    }

    /// <summary>
    /// Whether a text for <c>FromSql</c> only reads, and gives the same again as long as the data is the same, in any dialect.
    /// </summary>
    /// <param name="format">The text, with <c>{0}</c> where its arguments stand.</param>
    internal static bool IsRepeatableRead(string format)
    {
        var sql = Placeholder().Replace(format, "@p");
        return Read(sql, SqlDialect.Unknown).IsRead
            && !SqlTokenizer.Tokenize(sql, SqlDialect.Unknown)!.Exists(
                t => t.Kind == SqlTokenKind.Word && SqlVocabulary.Unrepeatable.Contains(t.Text));
    }

    [GeneratedRegex(@"\{[0-9]+\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex Placeholder();

    /// <summary>The folded name of a procedure that a command of type <c>StoredProcedure</c> names.</summary>
    internal static string? ReadName(string name, SqlDialect dialect)
        => SqlTokenizer.Tokenize(name, dialect) is { Count: > 0 } tokens
            && new SqlStatement([.. tokens]) is var statement && statement.PathAt(0) is { } path && path.Next == tokens.Count
                ? path.Table
                : null;

    /// <summary>The statements between the semicolons; null if the parentheses don't match.</summary>
    private static List<SqlStatement>? Split(List<SqlToken> tokens)
    {
        var statements = new List<SqlStatement>();
        var start = 0;
        var depth = 0;
        for (var i = 0; i <= tokens.Count; i++)
        {
            if (i < tokens.Count)
            {
                depth += tokens[i].IsSymbol('(') ? 1 : tokens[i].IsSymbol(')') ? -1 : 0;
                if (depth < 0)
                {
                    return null;
                }
            }

            if (i == tokens.Count || (depth == 0 && tokens[i].IsSymbol(';')))
            {
                if (i > start)
                {
                    statements.Add(new SqlStatement([.. tokens[start..i]]));
                }

                start = i + 1;
            }
        }

        return depth == 0 ? statements : null;
    }

    private static void ReadStatement(SqlStatement statement, SqlDialect dialect, SqlEffectBuilder effect)
    {
        var first = 0;
        while (statement[first].IsSymbol('('))
        {
            first++;
        }

        if (statement[first].IsWord("EXPLAIN"))
        {
            first = AfterExplain(statement, first);
        }

        var verb = statement[first].Kind == SqlTokenKind.Word ? statement[first].Text : "";
        if (SqlVocabulary.Readable.Contains(verb))
        {
            new SqlStatementReader(statement, dialect, effect).Read(first);
        }
        else if (SqlVocabulary.Schema.Contains(verb))
        {
            effect.Database = true;
            effect.ChangesSession |= statement.Tokens.Any(IsTemporary);
        }
        else if (SqlVocabulary.Session.Contains(verb))
        {
            var isSetting = (statement[first].IsWord("SET") || statement[first].IsWord("RESET")) && !statement.Tokens.Any(ConcernsTransactions);
            effect.ChangesSettings |= isSetting;
            effect.ChangesSession |= !isSetting;
        }
        else if (SqlVocabulary.TransactionBegin.Contains(verb))
        {
            effect.ControlsTransaction = true;
        }
        else if (SqlVocabulary.TransactionEnd.Contains(verb))
        {
            // What was written in ADO.NET or before the cache looked becomes visible now.
            effect.ControlsTransaction = true;
            effect.Database = true;
            effect.EndsTransaction = statement.Count == 1
                || (statement.Count == 2 && (statement[1].IsWord("TRANSACTION") || statement[1].IsWord("WORK")));
        }
        else if (verb.Equals("CALL", StringComparison.OrdinalIgnoreCase) && statement.PathAt(first + 1) is { } routine)
        {
            effect.Calls.Add(routine.Table);
            new SqlStatementReader(statement, dialect, effect).Read(routine.Next);
        }
        else if (!verb.Equals("SHOW", StringComparison.OrdinalIgnoreCase) && !IsHarmlessPragma(statement, first))
        {
            effect.Unknown();
        }
    }

    private static int AfterExplain(SqlStatement statement, int position)
    {
        position++;
        if (statement[position].IsSymbol('(') && !statement[position + 1].IsWord("SELECT") && !statement[position + 1].IsWord("WITH"))
        {
            position = statement.AfterParenthesis(position);
        }

        while (statement[position].IsWord("QUERY") || statement[position].IsWord("PLAN")
            || statement[position].IsWord("ANALYZE") || statement[position].IsWord("VERBOSE") || statement[position].IsSymbol('('))
        {
            position++;
        }

        return position;
    }

    /// <summary><c>PRAGMA [schema.]name</c>, perhaps with one value.</summary>
    private static bool IsHarmlessPragma(SqlStatement statement, int first)
        => statement[first].IsWord("PRAGMA")
            && statement.PathAt(first + 1) is { } name
            && SqlVocabulary.HarmlessPragmas.Contains(name.Table)
            && statement.Count <= name.Next + 3;

    /// <summary>Any setting with such a word in its name, as <c>default_transaction_isolation</c>.</summary>
    private static bool ConcernsTransactions(SqlToken token)
        => token.IsNameOrWord
            && (token.Text.Contains("TRANSACTION", StringComparison.OrdinalIgnoreCase)
                || token.Text.Contains("ISOLATION", StringComparison.OrdinalIgnoreCase)
                || token.Text.Contains("CONSTRAINTS", StringComparison.OrdinalIgnoreCase));

    private static bool IsTemporary(SqlToken token)
        => token.IsNameOrWord
            && (token.Text.Equals("TEMP", StringComparison.OrdinalIgnoreCase)
                || token.Text.Equals("TEMPORARY", StringComparison.OrdinalIgnoreCase)
                || token.Text.StartsWith("PG_TEMP", StringComparison.OrdinalIgnoreCase));
}

/// <summary>Collects what the statements of one text do.</summary>
internal sealed class SqlEffectBuilder
{
    internal bool Database { get; set; }

    internal bool ChangesSettings { get; set; }

    internal bool ChangesSession { get; set; }

    internal bool ControlsTransaction { get; set; }

    internal bool EndsTransaction { get; set; }

    internal List<SqlTarget> Targets { get; } = [];

    internal List<string> Calls { get; } = [];

    internal void Unknown() => Database = ChangesSettings = ChangesSession = ControlsTransaction = true;

    internal SqlEffect Build(bool isOneStatement)
        => new(Database, ChangesSettings, ChangesSession, ControlsTransaction, EndsTransaction && isOneStatement, Targets, Calls);
}

/// <summary>The tokens of one statement. Beyond its end stands an empty symbol.</summary>
internal readonly struct SqlStatement(SqlToken[] tokens)
{
    private static readonly SqlToken Nothing = new(SqlTokenKind.Symbol, "");

    internal SqlToken[] Tokens => tokens;

    internal int Count => tokens.Length;

    internal SqlToken this[int index] => (uint)index < (uint)tokens.Length ? tokens[index] : Nothing;

    /// <summary>A name with its schemas, and where it ends; null if there is none.</summary>
    internal (string? Schema, string Table, int Next)? PathAt(int position)
    {
        if (!this[position].IsNameOrWord)
        {
            return null;
        }

        string? schema = null;
        var name = this[position++].Text;
        while (this[position].IsSymbol('.') && this[position + 1].IsNameOrWord)
        {
            schema = TableName.Fold(name);
            name = this[position + 1].Text;
            position += 2;
        }

        return (schema, TableName.Fold(name), position);
    }

    /// <summary>Where the parenthesis that opens here has been closed.</summary>
    internal int AfterParenthesis(int position)
    {
        var depth = 0;
        do
        {
            depth += this[position].IsSymbol('(') ? 1 : this[position].IsSymbol(')') ? -1 : 0;
            position++;
        }
        while (depth > 0 && position < Count);

        return position;
    }
}
