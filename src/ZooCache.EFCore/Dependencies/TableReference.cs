using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Dependencies;

/// <summary>One table reference of a query: depends on the whole table, or, with an anchor, on the rows with one key.</summary>
/// <param name="Table">The folded table name.</param>
/// <param name="Anchor">The key equality that every row of this reference must satisfy; null if there is none.</param>
internal sealed record TableReference(string Table, KeyAnchor? Anchor);

/// <summary><c>family = value</c>, with one value source for each of the family's columns, in their order.</summary>
internal sealed record KeyAnchor(Family Family, ValueList<AnchorValue> Values);

/// <summary>A constant of the query, or a parameter that is bound at each execution.</summary>
internal sealed record AnchorValue(object? Constant, string? Parameter, CoreTypeMapping? Mapping)
{
    internal bool TryHash(IReadOnlyDictionary<string, object?> parameters, out ulong hash)
    {
        if (Parameter is null)
        {
            return StoreValue.TryHash(StoreValue.Of(Constant, Mapping), out hash);
        }

        hash = 0;
        return parameters.TryGetValue(Parameter, out var value) && StoreValue.TryHash(StoreValue.Of(value, Mapping), out hash);
    }
}
