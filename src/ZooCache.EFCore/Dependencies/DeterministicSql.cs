using System.Collections.Frozen;
using System.Linq.Expressions;
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
            .. SqliteSql.Functions, .. PostgresSql.Functions,
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> DateFunctions = FrozenSet.ToFrozenSet(
        ["date", "julianday", "strftime", "time", "datetime"], StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> TableFunctions = FrozenSet.ToFrozenSet(
        [.. SqliteSql.TableFunctions, .. PostgresSql.TableFunctions], StringComparer.OrdinalIgnoreCase);

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

    private static readonly FrozenSet<string> ProviderNodes = FrozenSet.ToFrozenSet([.. SqliteSql.Nodes, .. PostgresSql.Nodes]);

    internal static bool IsKnownNode(Expression node)
        => (RelationalNodes.Contains(node.GetType()) || ProviderNodes.Contains(node.GetType().FullName!))
            && (node is not TableValuedFunctionExpression function || IsKnown(function));

    internal static bool IsKnownFragment(string sql) => sql == "*" || PostgresSql.IsKnownFragment(sql);

    /// <summary>A function that is on the list; date functions only where no argument can name the present moment.</summary>
    internal static bool IsKnown(SqlFunctionExpression function)
        => Functions.Contains(function.Name)
            && function is { Schema: null, IsBuiltIn: true }
            && (!DateFunctions.Contains(function.Name) || function.Arguments is { Count: > 0 } arguments && arguments.All(IsFixedInTime))
            && (function.Name != PostgresSql.RewriteQuery || function.Arguments is { Count: 3 });

    private static bool IsKnown(TableValuedFunctionExpression function)
        => TableFunctions.Contains(function.Name) && function is { Schema: null, IsBuiltIn: true, StoreFunction: null };

    /// <summary>
    /// A conversion of text to a date or a time: PostgreSQL reads the texts <c>now</c>, <c>today</c> and the like at run
    /// time. A property of a mapped JSON document isn't such text: what the model maps as a date could not be read otherwise.
    /// </summary>
    internal static bool MayReadTheClock(SqlUnaryExpression conversion)
        => conversion is { OperatorType: ExpressionType.Convert, TypeMapping.StoreType: var store }
            && (store.StartsWith("date", StringComparison.OrdinalIgnoreCase) || store.StartsWith("time", StringComparison.OrdinalIgnoreCase))
            && IsText(conversion.Operand);

    private static bool IsText(SqlExpression operand)
        => operand.GetType().Name == "PgJsonTraversalExpression"
            || (operand.TypeMapping?.Converter?.ProviderClrType ?? operand.Type) == typeof(string);

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
