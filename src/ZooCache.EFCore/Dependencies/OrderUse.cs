using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// A query uses a column of its only table to put rows in order and for nothing else, and gives a part of that order: a page of it, or its end.
/// </summary>
/// <remarks>
/// <para>Lemma, of a page: let an update change of a row that isn't on the page nothing that the query uses but this column, from one value to another. The page consists of
/// the rows at certain places of the order. If both values are less than all on the page, or both greater, then as many rows as before are in front of each
/// row of the page, and the page is what it was. If there is no row on it, it changes with the number of rows alone.</para>
/// <para>Of the greatest value: if both are less than it, it still is the greatest. Of the least likewise.</para>
/// </remarks>
/// <param name="Column">The folded name of the column.</param>
/// <param name="Part">Which part of the order.</param>
/// <param name="Place">Where in the result its values stand.</param>
/// <param name="Witness">The family of rows by their key that tells whether the column of one may have changed.</param>
internal sealed record OrderUse(string Column, OrderPart Part, int Place, Family Witness)
{
    /// <summary>The order that a query whose only command this is puts its only table in, before it is known whether the column is used besides.</summary>
    internal static (OrderUse Order, ColumnExpression Column)? Of(SelectExpression select)
    {
        if (select is not { Tables: [TableExpression { Table: ITable table }], IsDistinct: false, GroupBy.Count: 0, Having: null }
            || ColumnIn(select) is not var (part, column, place))
        {
            return null;
        }

        var name = Family.Fold(column.Name);
        return TableColumns.Of(table).OrderWitness(name) is { } witness ? (new OrderUse(name, part, place, witness), column) : null;
    }

    /// <summary>The values that no update may touch or cross; null if it can't be told. None: no update of the column alone changes the result.</summary>
    internal ValueList<ValueInterval>? IntervalIn(RowSet rows)
    {
        if (rows.RowCount == 0)
        {
            return new ValueList<ValueInterval>([]);
        }

        var (least, greatest) = (long.MaxValue, long.MinValue);
        for (var row = 0; row < rows.RowCount; row++)
        {
            if (!StoreValue.TryRead(rows, row, Place, out var value))
            {
                // NULL has a place in an order that only the store knows; as an extreme it says that there is no row, or that all have NULL.
                return null;
            }

            (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
        }

        return new ValueList<ValueInterval>(
        [
            Part switch
            {
                OrderPart.Greatest => new ValueInterval(greatest, long.MaxValue),
                OrderPart.Least => new ValueInterval(long.MinValue, least),
                _ => new ValueInterval(least, greatest),
            },
        ]);
    }

    private static (OrderPart Part, ColumnExpression Column, int Place)? ColumnIn(SelectExpression select) => select switch
    {
        { Orderings: [{ Expression: ColumnExpression column }, ..], Projection: var shown } when select.Limit is not null || select.Offset is not null
            => shown.ToList().FindIndex(p => p.Expression.Equals(column)) is >= 0 and var place ? (OrderPart.Page, column, place) : null,
        { Orderings: [], Limit: null, Offset: null, Projection: [{ Expression: SqlFunctionExpression { IsBuiltIn: true, Schema: null, Instance: null, Arguments: [ColumnExpression column] } function }] }
            => EndOf(function.Name) is { } end ? (end, column, 0) : null,
        _ => null,
    };

    private static OrderPart? EndOf(string function)
        => function.Equals("MAX", StringComparison.OrdinalIgnoreCase) ? OrderPart.Greatest
            : function.Equals("MIN", StringComparison.OrdinalIgnoreCase) ? OrderPart.Least
            : null;
}

/// <summary>A part of an order of rows.</summary>
internal enum OrderPart
{
    /// <summary>The rows from one place to another.</summary>
    Page,

    /// <summary>The greatest value.</summary>
    Greatest,

    /// <summary>The least value.</summary>
    Least,
}
