using System.Collections;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Dependencies;

/// <summary>A constant of the query, or a parameter that is bound at each execution.</summary>
/// <param name="Constant">The constant; null if it is NULL or a parameter.</param>
/// <param name="Parameter">The parameter's name in the query context; null for a constant.</param>
/// <param name="IsList">Whether the parameter is a list of values, any of which it may be.</param>
/// <param name="Mapping">How a value goes to the store.</param>
internal sealed record AnchorValue(object? Constant, string? Parameter, bool IsList, CoreTypeMapping? Mapping)
{
    internal static AnchorValue Null { get; } = new(null, null, IsList: false, null);

    /// <summary>The value of a node of the query's tree; null if it is neither a constant nor a parameter.</summary>
    internal static AnchorValue? Of(SqlExpression node) => node switch
    {
        SqlConstantExpression constant => new AnchorValue(constant.Value, null, IsList: false, constant.TypeMapping),
        SqlParameterExpression parameter => new AnchorValue(null, parameter.InvariantName, IsList: false, parameter.TypeMapping),
        _ => null,
    };

    /// <summary>The values of a list of constants and parameters; null if one is neither.</summary>
    internal static ValueList<AnchorValue>? Of(IEnumerable<SqlExpression> nodes)
    {
        var values = nodes.Select(Of).ToList();
        return values.TrueForAll(v => v is not null) ? new ValueList<AnchorValue>(values!) : null;
    }

    internal static AnchorValue ListOf(SqlParameterExpression parameter)
        => new(null, parameter.InvariantName, IsList: true, parameter.TypeMapping?.ElementTypeMapping);

    /// <summary>Whether its values are hashed as the column's are.</summary>
    internal bool IsOf(StoreKind kind) => ReferenceEquals(this, Null) || StoreValue.KindOf(Mapping) == kind;

    /// <summary>Adds the hashes of the values it has in an execution; false if one isn't of the kind, or there are too many.</summary>
    internal bool TryAddHashes(IReadOnlyDictionary<string, object?> parameters, StoreKind kind, List<ulong> hashes)
    {
        var value = Constant;
        if (Parameter is not null && !parameters.TryGetValue(Parameter, out value))
        {
            return false;
        }

        if (!IsList)
        {
            return TryAdd(value, kind, hashes);
        }

        if (value is not IEnumerable items)
        {
            return false;
        }

        foreach (var item in items)
        {
            if (hashes.Count > Anchor.MaximumValues || !TryAdd(item, kind, hashes))
            {
                return false;
            }
        }

        return true;
    }

    public override string ToString()
        => Parameter is not null ? (IsList ? $"any of @{Parameter}" : $"@{Parameter}") : Constant is null ? "NULL" : "a constant";

    private bool TryAdd(object? value, StoreKind kind, List<ulong> hashes)
    {
        if (!StoreValue.TryHash(value, Mapping, kind, out var hash))
        {
            return false;
        }

        if (!hashes.Contains(hash))
        {
            hashes.Add(hash);
        }

        return true;
    }
}

/// <summary>What the rows that count have in one column: one of these values.</summary>
/// <param name="Values">The values.</param>
/// <param name="UnlessNull">It is only so where none of the values is NULL: the column's table, or the one from which it was carried on, may be absent from a row.</param>
internal sealed record ColumnFact(ValueList<AnchorValue> Values, bool UnlessNull)
{
    /// <summary>Adds the hashes of the values of an execution, each once; false if they can't be known, or one is NULL that must not be.</summary>
    internal bool TryHash(StoreKind kind, IReadOnlyDictionary<string, object?> parameters, List<ulong> hashes)
    {
        foreach (var value in Values)
        {
            if (!value.TryAddHashes(parameters, kind, hashes))
            {
                return false;
            }
        }

        return !UnlessNull || !hashes.Contains(StoreValue.NullHash);
    }
}
