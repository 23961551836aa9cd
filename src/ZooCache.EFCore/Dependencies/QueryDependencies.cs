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
internal sealed class QueryDependencies(IReadOnlyList<TableReference> references, IReadOnlyList<QueryParameter> parameters)
{
    internal IReadOnlyList<TableReference> References { get; } = references;

    /// <summary>The parameters that the SQL is made from.</summary>
    internal QueryParameter[] Parameters { get; } = [.. parameters];

    /// <summary>The reason not to cache the query unless it declares what it depends on: it reads raw SQL, a view or a
    /// function, and the model doesn't say which tables stand behind. Null if everything is known.</summary>
    internal string? Undeclared { get; init; }

    /// <summary>The names of the functions that only the settings of a context can vouch for.</summary>
    internal IReadOnlyList<string> UnlistedFunctions { get; init; } = [];

    /// <summary>Whether every column of an entity that the query gives is the column of a table's row, as it stands there:
    /// nothing of it comes from raw SQL, a view or a function.</summary>
    internal bool ReadsRowsAsStored { get; init; }

    /// <summary>The families that the query's anchors are in.</summary>
    internal IEnumerable<Family> Families
        => References.SelectMany(r => r.Anchors).SelectMany(a => a.Terms).Select(t => t.Family).Distinct();

    /// <summary>The dependencies of one execution.</summary>
    /// <param name="database">The tags of the database that is asked.</param>
    /// <param name="parameters">The query context's parameters.</param>
    /// <param name="isUsable">Whether writes know of a family.</param>
    /// <param name="unlessEmpty">The indexes of dependencies that a result with a row in it doesn't have.</param>
    internal List<DependencyPath> Bind(
        EFPaths database, IReadOnlyDictionary<string, object?> parameters, Predicate<Family> isUsable, out int[] unlessEmpty)
    {
        var paths = new List<DependencyPath>(References.Count * 2);
        HashSet<DependencyPath>? known = null;
        HashSet<string>? needed = null;
        HashSet<string>? neededIfEmpty = null;
        foreach (var reference in References)
        {
            if (AnchorOf(reference, parameters, isUsable) is not { } bound)
            {
                Add(new DependencyPath(database.Table(reference.Table), Subtree: true));
                continue;
            }

            foreach (var (family, value) in bound.Values)
            {
                Add(new DependencyPath(database.Of(family, value), Subtree: false));
                if (family.MayBeGenerated)
                {
                    _ = bound.Values.Count == 1 && family == reference.RequiredKey
                        ? (neededIfEmpty ??= new(StringComparer.Ordinal)).Add(reference.Table)
                        : (needed ??= new(StringComparer.Ordinal)).Add(reference.Table);
                }
            }
        }

        foreach (var table in needed ?? [])
        {
            Add(new DependencyPath(database.NewRows(table), Subtree: false));
        }

        var certain = paths.Count;
        foreach (var table in neededIfEmpty ?? [])
        {
            if (needed?.Contains(table) != true)
            {
                paths.Add(new DependencyPath(database.NewRows(table), Subtree: false));
            }
        }

        unlessEmpty = paths.Count == certain ? [] : [.. Enumerable.Range(certain, paths.Count - certain)];
        return paths;

        // Most queries have one or two.
        void Add(DependencyPath path)
        {
            if (paths.Count == 0)
            {
                paths.Add(path);
            }
            else if ((known ??= [.. paths]).Add(path))
            {
                paths.Add(path);
            }
        }
    }

    /// <summary>The anchor that a reference has in an execution; null if it depends on its whole table.</summary>
    internal static BoundAnchor? AnchorOf(TableReference reference, IReadOnlyDictionary<string, object?> parameters, Predicate<Family> isUsable)
    {
        foreach (var anchor in reference.Anchors)
        {
            if (anchor.Terms.All(t => isUsable(t.Family)) && anchor.Bind(parameters) is { } values)
            {
                return new BoundAnchor(anchor, values);
            }
        }

        return null;
    }
}

/// <summary>An anchor with the values of one execution.</summary>
internal sealed record BoundAnchor(Anchor Anchor, List<(Family Family, ulong Value)> Values);
