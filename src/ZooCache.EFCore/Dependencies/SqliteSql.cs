namespace ZooCache.EFCore.Dependencies;

/// <summary>What EF Core's provider for SQLite adds to the common SQL, as far as it is deterministic.</summary>
internal static class SqliteSql
{
    internal static string[] Functions { get; } =
    [
        "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "degrees", "exp", "group_concat",
        "hex", "ifnull", "instr", "ln", "log", "log10", "log2", "pow", "radians", "sin", "sinh", "tan", "tanh",
        "total", "trunc", "unhex", "unicode", "char", "json", "json_array_length", "json_extract", "json_set",
        "date", "julianday", "strftime", "time", "datetime",
        // EF Core's own functions for decimals and regular expressions.
        "ef_add", "ef_avg", "ef_compare", "ef_divide", "ef_max", "ef_min", "ef_mod", "ef_multiply", "ef_negate",
        "ef_sum", "regexp",
    ];

    internal static string[] TableFunctions { get; } = ["json_each"];

    /// <summary>Nodes, by full name: the provider isn't referenced. Each hands all its children to a visitor.</summary>
    internal static string[] Nodes { get; } =
    [
        "Microsoft.EntityFrameworkCore.Sqlite.Query.Internal.GlobExpression",
        "Microsoft.EntityFrameworkCore.Sqlite.Query.Internal.RegexpExpression",
        "Microsoft.EntityFrameworkCore.Sqlite.Query.Internal.JsonEachExpression",
    ];
}
