using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ZooCache.EFCore.Dependencies;

/// <summary>Reads the conditions that give facts. Whatever else there is gives none.</summary>
internal static class Conditions
{
    /// <summary><c>column = value</c>, <c>column IN (values)</c>, <c>column IS NULL</c>, or a column that is true.</summary>
    internal static (ColumnExpression? Column, ValueList<AnchorValue>? Values) ReadFact(SqlExpression condition)
    {
        switch (condition)
        {
            case SqlBinaryExpression { OperatorType: ExpressionType.Equal, Left: ColumnExpression column, Right: var right }:
                return (column, AnchorValue.Of([right]));
            case SqlBinaryExpression { OperatorType: ExpressionType.Equal, Right: ColumnExpression column, Left: var left }:
                return (column, AnchorValue.Of([left]));
            case SqlUnaryExpression { OperatorType: ExpressionType.Equal, Operand: ColumnExpression column }:
                return (column, new ValueList<AnchorValue>([AnchorValue.Null]));
            case InExpression { Item: ColumnExpression column, Values: { } values }:
                return (column, AnchorValue.Of(values));
            case InExpression { Item: ColumnExpression column, ValuesParameter: { } list }:
                return (column, new ValueList<AnchorValue>([AnchorValue.ListOf(list)]));
            case ColumnExpression { TypeMapping: { } mapping } column when column.Type == typeof(bool):
                return (column, new ValueList<AnchorValue>([new AnchorValue(true, null, IsList: false, mapping)]));
            default:
                return PostgresSql.ReadAnyEqual(condition) is ({ } item, { } array)
                    ? (item, new ValueList<AnchorValue>([AnchorValue.ListOf(array)]))
                    : default;
        }
    }

    /// <summary>
    /// <c>column = column</c>, where equality says that both have one store value: the same store type, hashed the same way.
    /// </summary>
    /// <param name="condition">The condition.</param>
    /// <param name="kindOf">The kind of a column's values; null if it isn't known how the store compares them.</param>
    internal static (ColumnExpression Left, ColumnExpression Right)? ReadEquality(SqlExpression condition, Func<ColumnExpression, StoreKind?> kindOf)
        => condition is SqlBinaryExpression { OperatorType: ExpressionType.Equal, Left: ColumnExpression left, Right: ColumnExpression right }
            && kindOf(left) is { } kind && kind == kindOf(right)
            && string.Equals(left.TypeMapping!.StoreType, right.TypeMapping!.StoreType, StringComparison.OrdinalIgnoreCase)
                ? (left, right)
                : null;

    /// <summary>The branches of an OR.</summary>
    internal static IEnumerable<SqlExpression> Branches(SqlExpression condition)
        => condition is SqlBinaryExpression { OperatorType: ExpressionType.OrElse } or
            ? Branches(or.Left).Concat(Branches(or.Right))
            : [condition];
}
