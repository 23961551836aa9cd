using System.Collections.Frozen;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// The functions and expression nodes of which it is known that they give the same value for the same arguments, whenever
/// and by whomever they are asked. What isn't listed isn't cached.
/// </summary>
internal static class DeterministicSql
{
    private static readonly FrozenSet<string> Functions = FrozenSet.ToFrozenSet(
        [
            // The SQL standard and what both providers share.
            "abs", "avg", "ceil", "ceiling", "char_length", "coalesce", "count", "floor", "length", "lower", "max", "min",
            "mod", "nullif", "power", "replace", "round", "sign", "sqrt", "substr", "substring", "sum", "trim", "ltrim",
            "rtrim", "upper",
            // SQLite.
            "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "degrees", "exp", "group_concat",
            "hex", "ifnull", "instr", "ln", "log", "log10", "log2", "pow", "radians", "sin", "sinh", "tan", "tanh",
            "total", "trunc", "unhex", "unicode", "char", "json", "json_array_length", "json_each", "json_extract",
            "json_set", "date", "julianday", "strftime", "time", "datetime",
            // EF Core's own functions for decimals and regular expressions on SQLite.
            "ef_add", "ef_avg", "ef_compare", "ef_divide", "ef_max", "ef_min", "ef_mod", "ef_multiply", "ef_negate",
            "ef_sum", "regexp",
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> DateFunctions = FrozenSet.ToFrozenSet(
        ["date", "julianday", "strftime", "time", "datetime"], StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Aggregates = FrozenSet.ToFrozenSet(
        ["avg", "count", "max", "min", "sum", "total", "group_concat", "ef_avg", "ef_max", "ef_min", "ef_sum"],
        StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<Type> RelationalNodes = FrozenSet.ToFrozenSet(
    [
        typeof(SelectExpression), typeof(ProjectionExpression), typeof(OrderingExpression), typeof(TableExpression),
        typeof(ValuesExpression), typeof(RowValueExpression), typeof(InnerJoinExpression), typeof(LeftJoinExpression),
        typeof(RightJoinExpression), typeof(CrossJoinExpression), typeof(CrossApplyExpression), typeof(OuterApplyExpression),
        typeof(UnionExpression), typeof(ExceptExpression), typeof(IntersectExpression),
        typeof(ColumnExpression), typeof(SqlConstantExpression), typeof(SqlParameterExpression), typeof(SqlBinaryExpression),
        typeof(SqlUnaryExpression), typeof(SqlFunctionExpression), typeof(SqlFragmentExpression), typeof(CaseExpression),
        typeof(CollateExpression), typeof(DistinctExpression), typeof(ExistsExpression), typeof(InExpression),
        typeof(LikeExpression), typeof(RowNumberExpression), typeof(ScalarSubqueryExpression), typeof(JsonScalarExpression),
        typeof(AtTimeZoneExpression),
    ]);

    /// <summary>Nodes of the providers, by full name: their assemblies aren't referenced.</summary>
    private static readonly FrozenSet<string> ProviderNodes = FrozenSet.ToFrozenSet(
    [
        "Microsoft.EntityFrameworkCore.Sqlite.Query.Internal.GlobExpression",
        "Microsoft.EntityFrameworkCore.Sqlite.Query.Internal.RegexpExpression",
        "Microsoft.EntityFrameworkCore.Sqlite.Query.Internal.JsonEachExpression",
    ]);

    internal static bool IsKnownNode(Type node) => RelationalNodes.Contains(node) || ProviderNodes.Contains(node.FullName!);

    internal static bool IsAggregate(SqlFunctionExpression function) => Aggregates.Contains(function.Name);

    /// <summary>A function that is on the list; date functions only where no argument can name the present moment.</summary>
    internal static bool IsKnown(SqlFunctionExpression function)
        => Functions.Contains(function.Name)
            && function is { Schema: null, IsBuiltIn: true }
            && (!DateFunctions.Contains(function.Name) || function.Arguments is { Count: > 0 } arguments && arguments.All(IsFixedInTime));

    /// <summary>
    /// SQLite reads the texts <c>now</c> and <c>localtime</c> at run time, from a constant, a parameter or a column:
    /// constants are looked at, and any other argument must not be text that a caller can set.
    /// </summary>
    private static bool IsFixedInTime(SqlExpression argument) => argument switch
    {
        SqlConstantExpression { Value: string text } => !IsPresent(text),
        SqlConstantExpression => true,
        SqlFunctionExpression => true,
        _ => argument.Type != typeof(string),
    };

    private static bool IsPresent(string text)
        => text.Trim() is var word
            && (word.Equals("now", StringComparison.OrdinalIgnoreCase)
                || word.Equals("localtime", StringComparison.OrdinalIgnoreCase)
                || word.Equals("utc", StringComparison.OrdinalIgnoreCase)
                || word.Equals("subsec", StringComparison.OrdinalIgnoreCase));
}
