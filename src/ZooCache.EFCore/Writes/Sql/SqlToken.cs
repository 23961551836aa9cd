namespace ZooCache.EFCore.Writes.Sql;

internal enum SqlTokenKind
{
    /// <summary>An unquoted name or keyword, as written.</summary>
    Word,

    /// <summary>A quoted name, without its quotes.</summary>
    Name,

    /// <summary>A string; what it holds is of no interest.</summary>
    Text,
    Number,
    Parameter,

    /// <summary>A single character, or <c>::</c>.</summary>
    Symbol,
}

internal readonly record struct SqlToken(SqlTokenKind Kind, string Text)
{
    internal bool IsWord(string word) => Kind == SqlTokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    internal bool IsSymbol(char symbol) => Kind == SqlTokenKind.Symbol && Text.Length == 1 && Text[0] == symbol;

    internal bool IsNameOrWord => Kind is SqlTokenKind.Word or SqlTokenKind.Name;
}
