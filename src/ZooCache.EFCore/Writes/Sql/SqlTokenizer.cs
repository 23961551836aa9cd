using System.Text;

namespace ZooCache.EFCore.Writes.Sql;

/// <summary>
/// Splits SQL into tokens. Invariant: where it gives tokens, the database splits the text at the same places, whatever its
/// settings; a text that could be split in two ways (a comment within a comment, a backslash before a quote, a character
/// that this dialect doesn't have) gives none.
/// </summary>
/// <remarks>
/// Both dialects take every character beyond ASCII for a letter: a no-break space doesn't end a name.
/// See https://www.sqlite.org/draft/tokenreq.html and https://www.postgresql.org/docs/current/sql-syntax-lexical.html.
/// </remarks>
internal sealed class SqlTokenizer
{
    private const char End = '\0';

    private readonly string _sql;
    private readonly SqlDialect _dialect;
    private readonly List<SqlToken> _tokens = [];
    private int _position;

    private SqlTokenizer(string sql, SqlDialect dialect)
    {
        _sql = sql;
        _dialect = dialect;
    }

    /// <summary>The tokens, or null if the text may mean something else to the database.</summary>
    internal static List<SqlToken>? Tokenize(string sql, SqlDialect dialect)
    {
        var tokenizer = new SqlTokenizer(sql, dialect);
        while (tokenizer._position < sql.Length)
        {
            if (!tokenizer.Next())
            {
                return null;
            }
        }

        return tokenizer._tokens;
    }

    private bool Next()
    {
        var character = _sql[_position];
        switch (character)
        {
            case ' ' or '\t' or '\n' or '\r' or '\f':
                _position++;
                return true;
            case '-' when Peek(1) == '-':
                return SkipLineComment();
            case '/' when Peek(1) == '*':
                return SkipComment();
            case '\'':
                return Quoted('\'', SqlTokenKind.Text);
            case '"':
                // A PostgreSQL name with Unicode escapes isn't the name that stands there.
                return !FollowsUnicodePrefix() && Quoted('"', SqlTokenKind.Name);
            case '`':
                return _dialect == SqlDialect.Sqlite && Quoted('`', SqlTokenKind.Name);
            case '[' when _dialect != SqlDialect.PostgreSql:
                return _dialect == SqlDialect.Sqlite && Bracketed();
            case '$':
                return _dialect == SqlDialect.PostgreSql ? DollarOrParameter() : _dialect == SqlDialect.Sqlite && Parameter();
            case ':' when Peek(1) == ':' && _dialect == SqlDialect.PostgreSql:
                _position += 2;
                _tokens.Add(new SqlToken(SqlTokenKind.Symbol, "::"));
                return true;
            case '@' or ':' when IsWordStart(Peek(1)):
                return Parameter();
            case '#' or '@' or ':' or '[' or ']' or '?':
                return (_dialect == SqlDialect.PostgreSql || (character == '?' && _dialect == SqlDialect.Sqlite)) && Symbol();
            case >= '0' and <= '9':
                return Number();
            case '(' or ')' or ',' or ';' or '.' or '<' or '>' or '=' or '+' or '-' or '*' or '/' or '%' or '&' or '|' or '^' or '!' or '~':
                return Symbol();
            default:
                return IsWordStart(character) && Word();
        }
    }

    private char Peek(int ahead) => _position + ahead < _sql.Length ? _sql[_position + ahead] : End;

    private bool Symbol()
    {
        _tokens.Add(new SqlToken(SqlTokenKind.Symbol, _sql[_position].ToString()));
        _position++;
        return true;
    }

    /// <summary>A lone carriage return ends the comment for PostgreSQL alone; some dialects want a space after the dashes.</summary>
    private bool SkipLineComment()
    {
        if (_dialect == SqlDialect.Unknown && Peek(2) is not (' ' or '\t' or '\r' or '\n' or End))
        {
            return false;
        }

        var end = _sql.IndexOf('\n', _position);
        var comment = _sql.AsSpan(_position, (end < 0 ? _sql.Length : end) - _position);
        _position = end < 0 ? _sql.Length : end + 1;
        return !comment.TrimEnd('\r').Contains('\r') && !comment.Contains(End);
    }

    /// <summary>PostgreSQL's comments nest and SQLite's don't; some dialects execute those that begin with an exclamation mark.</summary>
    private bool SkipComment()
    {
        var end = _sql.IndexOf("*/", _position + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        var comment = _sql.AsSpan(_position + 2, end - _position - 2);
        _position = end + 2;

        // The slash of the end may begin another comment: /*/*/.
        return !comment.Contains("/*", StringComparison.Ordinal) && !comment.EndsWith('/') && comment is not ['!', ..] && !comment.Contains(End);
    }

    /// <summary>
    /// Doubled quotes stand for one. Whether a backslash escapes the quote after it depends on the dialect and on
    /// PostgreSQL's settings, except in its E'…', where it does.
    /// </summary>
    private bool Quoted(char quote, SqlTokenKind kind)
    {
        var escapes = quote == '\'' && _dialect == SqlDialect.PostgreSql && FollowsWord("E");
        var content = new StringBuilder();
        _position++;
        var backslashes = 0;
        while (_position < _sql.Length)
        {
            var character = _sql[_position++];
            if (character == End)
            {
                return false;
            }

            if (character != quote)
            {
                backslashes = character == '\\' ? backslashes + 1 : 0;
                content.Append(character);
                continue;
            }

            if (backslashes % 2 == 1)
            {
                if (!escapes)
                {
                    return false;
                }

                backslashes = 0;
                continue;
            }

            backslashes = 0;
            if (Peek(0) != quote)
            {
                _tokens.Add(new SqlToken(kind, kind == SqlTokenKind.Name ? content.ToString() : ""));
                return true;
            }

            content.Append(quote);
            _position++;
        }

        return false;
    }

    private bool FollowsWord(string word)
        => _position >= word.Length
            && _tokens is [.., { Kind: SqlTokenKind.Word } last]
            && last.Text.Equals(word, StringComparison.OrdinalIgnoreCase)
            && _sql.AsSpan(_position - word.Length, word.Length).Equals(word, StringComparison.OrdinalIgnoreCase);

    private bool FollowsUnicodePrefix()
        => _position >= 2 && _sql[_position - 1] == '&' && _sql[_position - 2] is 'u' or 'U';

    private bool Bracketed()
    {
        var end = _sql.IndexOf(']', _position);
        if (end < 0)
        {
            return false;
        }

        var name = _sql[(_position + 1)..end];
        _position = end + 1;
        _tokens.Add(new SqlToken(SqlTokenKind.Name, name));
        return Peek(0) != ']' && !name.Contains(End, StringComparison.Ordinal);
    }

    private bool DollarOrParameter()
    {
        var end = _position + 1;
        if (char.IsAsciiDigit(Peek(1)))
        {
            while (end < _sql.Length && char.IsAsciiDigit(_sql[end]))
            {
                end++;
            }

            return TakeParameter(end);
        }

        while (end < _sql.Length && _sql[end] != '$' && IsWordPart(_sql[end]))
        {
            end++;
        }

        if (end >= _sql.Length || _sql[end] != '$')
        {
            return false;
        }

        var tag = _sql[_position..(end + 1)];
        var close = _sql.IndexOf(tag, end + 1, StringComparison.Ordinal);
        if (close < 0 || _sql.AsSpan(end, close - end).Contains(End))
        {
            return false;
        }

        _position = close + tag.Length;
        _tokens.Add(new SqlToken(SqlTokenKind.Text, ""));
        return true;
    }

    /// <summary>SQLite's parameters may go on with <c>::</c> and a parenthesis; who writes that isn't understood.</summary>
    private bool Parameter()
    {
        var end = _position + 1;
        while (end < _sql.Length && IsWordPart(_sql[end]))
        {
            end++;
        }

        if (end == _position + 1 || (_sql[_position] == '$' && end < _sql.Length && _sql[end] is ':' or '('))
        {
            return false;
        }

        return TakeParameter(end);
    }

    private bool TakeParameter(int end)
    {
        _tokens.Add(new SqlToken(SqlTokenKind.Parameter, _sql[_position..end]));
        _position = end;
        return end >= _sql.Length || !IsWordPart(_sql[end]);
    }

    /// <summary>A letter right after a number is read in as many ways as there are dialects.</summary>
    private bool Number()
    {
        var start = _position;
        if (_sql[_position] == '0' && Peek(1) is 'x' or 'X')
        {
            _position += 2;
            Skip(char.IsAsciiHexDigit);
        }
        else
        {
            Skip(char.IsAsciiDigit);
            if (Peek(0) == '.')
            {
                _position++;
                Skip(char.IsAsciiDigit);
            }

            if (Peek(0) is 'e' or 'E' && (char.IsAsciiDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2)))))
            {
                _position += 2;
                Skip(char.IsAsciiDigit);
            }
        }

        _tokens.Add(new SqlToken(SqlTokenKind.Number, _sql[start.._position]));
        return _position >= _sql.Length || !IsWordPart(_sql[_position]);
    }

    private void Skip(Func<char, bool> which)
    {
        while (_position < _sql.Length && which(_sql[_position]))
        {
            _position++;
        }
    }

    private bool Word()
    {
        var start = _position;
        Skip(IsWordPart);
        _tokens.Add(new SqlToken(SqlTokenKind.Word, _sql[start.._position]));
        return true;
    }

    private static bool IsWordStart(char character)
        => char.IsAsciiLetter(character) || character == '_' || (character > '\x7f' && (char.IsLetterOrDigit(character) || char.IsSurrogate(character)));

    private static bool IsWordPart(char character) => IsWordStart(character) || char.IsAsciiDigit(character) || character == '$';
}
