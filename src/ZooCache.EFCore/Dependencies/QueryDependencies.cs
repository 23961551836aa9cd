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
        => References.SelectMany(r => r.Anchors.SelectMany(a => a.Terms).Select(t => t.Family).Concat(r.ByUse?.Families ?? [])).Distinct();

    /// <summary>The dependencies of one execution.</summary>
    /// <param name="database">The tags of the database that is asked.</param>
    /// <param name="parameters">The query context's parameters.</param>
    /// <param name="isUsable">Whether writes know of a family.</param>
    internal BoundDependencies Bind(EFPaths database, IReadOnlyDictionary<string, object?> parameters, Predicate<Family> isUsable)
    {
        var bound = new BoundDependencies(database);
        foreach (var reference in References)
        {
            if (reference.ByUse is not { } use || !use.IsUsable(isUsable) || AnchorOf(use.Anchors, parameters, isUsable) is not { } used
                || (use.Order is { } by && !used.Values.TrueForAll(v => isUsable(v.Family.InOrderOf(by.Column)))))
            {
                bound.Add(reference, AnchorOf(reference.Anchors, parameters, isUsable), Need.Always);
                continue;
            }

            if (use.Key is null)
            {
                bound.Add(reference, used, Need.Always);
            }
            else
            {
                bound.Add(reference, AnchorOf(reference.Anchors, parameters, isUsable), Need.UnlessShown);
                bound.Add(reference, used, Need.IfShown);
                bound.Shows(use);
            }

            if (use.Order is { } order)
            {
                bound.Orders(order, used);
            }
        }

        return bound;
    }

    /// <summary>The first anchor that can be bound in an execution; null if none can.</summary>
    internal static BoundAnchor? AnchorOf(IEnumerable<Anchor> anchors, IReadOnlyDictionary<string, object?> parameters, Predicate<Family> isUsable)
    {
        foreach (var anchor in anchors)
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
