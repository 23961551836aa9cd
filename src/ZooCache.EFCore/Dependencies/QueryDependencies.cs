using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Dependencies;

/// <summary>A parameter of a query's SQL.</summary>
/// <param name="Name">Its name in the query context.</param>
/// <param name="Mapping">How its values go to the store.</param>
internal sealed record QueryParameter(string Name, CoreTypeMapping? Mapping);

/// <summary>
/// What a query depends on, found once when EF compiles it; <see cref="Bind"/> fills in the parameters of an execution.
/// Immutable and safe for concurrent use.
/// </summary>
internal sealed class QueryDependencies(
    IReadOnlyList<TableReference> references, IReadOnlyList<QueryParameter> parameters, bool oneRowByKey, string? undeclared,
    IReadOnlyList<string> unlistedFunctions)
{
    internal IReadOnlyList<TableReference> References { get; } = references;

    /// <summary>The parameters that the SQL is made from.</summary>
    internal IReadOnlyList<QueryParameter> Parameters { get; } = parameters;

    /// <summary>
    /// The query reads one table reference by one key and returns that row's columns: where a row came, no insert can
    /// make another row with that key, so that <c>table / new</c> need not be kept.
    /// </summary>
    internal bool OneRowByKey { get; } = oneRowByKey;

    /// <summary>The reason not to cache the query unless it declares what it depends on: it reads raw SQL, a view or a
    /// function, and the model doesn't say which tables stand behind. Null if everything is known.</summary>
    internal string? Undeclared { get; } = undeclared;

    /// <summary>The names of the functions that only the settings of a context can vouch for.</summary>
    internal IReadOnlyList<string> UnlistedFunctions { get; } = unlistedFunctions;

    /// <summary>The dependencies of one execution.</summary>
    /// <param name="database">The tags of the database that is asked.</param>
    /// <param name="parameters">The query context's parameters.</param>
    /// <param name="newRowsIndex">The index of the dependency on new rows that a result with a row may drop, or -1.</param>
    /// <param name="wholeTables">Whether to depend on whole tables, whatever the query says of rows.</param>
    internal List<DependencyPath> Bind(
        EFPaths database, IReadOnlyDictionary<string, object?> parameters, bool wholeTables, out int newRowsIndex)
    {
        newRowsIndex = -1;
        var paths = new List<DependencyPath>(References.Count * 2);
        foreach (var reference in References)
        {
            if (!wholeTables && reference.Anchor is { } anchor && TryHash(anchor, parameters, out var hash))
            {
                Add(paths, new DependencyPath(database.Of(anchor.Family, hash), Subtree: false));
                if (Add(paths, new DependencyPath(database.NewRows(reference.Table), Subtree: false)) && OneRowByKey)
                {
                    newRowsIndex = paths.Count - 1;
                }
            }
            else
            {
                Add(paths, new DependencyPath(database.Table(reference.Table), Subtree: true));
            }
        }

        return paths;
    }

    /// <summary>A NULL, or a value whose equality isn't exact, doesn't anchor.</summary>
    private static bool TryHash(KeyAnchor anchor, IReadOnlyDictionary<string, object?> parameters, out ulong hash)
    {
        hash = 0;
        foreach (var value in anchor.Values)
        {
            if (!value.TryHash(parameters, out var part))
            {
                return false;
            }

            hash = StoreValue.Combine(hash, part);
        }

        return true;
    }

    private static bool Add(List<DependencyPath> paths, DependencyPath path)
    {
        if (paths.Contains(path))
        {
            return false;
        }

        paths.Add(path);
        return true;
    }
}
