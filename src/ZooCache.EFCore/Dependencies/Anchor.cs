namespace ZooCache.EFCore.Dependencies;

/// <summary><c>family = values</c>, with one fact for each of the family's columns, in their order.</summary>
internal sealed record AnchorTerm(Family Family, ValueList<ColumnFact> Facts)
{
    internal string Describe(Func<string, string> nameOf)
        => string.Join(" and ", Family.Columns.Zip(Facts, (c, f) => $"{nameOf(c.Name)} = {string.Join(" or ", f.Values)}"));

    /// <summary>The combinations of the columns' values in an execution; null if they can't be known or are too many.</summary>
    internal List<ulong>? Bind(IReadOnlyDictionary<string, object?> parameters)
    {
        List<ulong> combined = [0];
        for (var i = 0; i < Facts.Count; i++)
        {
            var hashes = new List<ulong>(1);
            if (!Facts[i].TryHash(Family.Columns[i].Kind, parameters, hashes) || combined.Count * hashes.Count > Anchor.MaximumValues)
            {
                return null;
            }

            var extended = new List<ulong>(combined.Count * hashes.Count);
            foreach (var first in combined)
            {
                foreach (var second in hashes)
                {
                    extended.Add(StoreValue.Combine(first, second));
                }
            }

            combined = extended;
        }

        return combined;
    }
}

/// <summary>
/// What every row of a table reference that can influence the result must satisfy: one of these terms.
/// </summary>
internal sealed record Anchor(ValueList<AnchorTerm> Terms)
{
    /// <summary>More values than these make a dependency on the whole table.</summary>
    internal const int MaximumValues = 64;

    /// <summary>The condition without values, for people.</summary>
    internal string Describe(Func<string, string> nameOf) => string.Join(", or ", Terms.Select(t => t.Describe(nameOf)));

    /// <summary>The values in an execution, at most <see cref="MaximumValues"/>; null if they can't be known, are too many, or
    /// one that must not be NULL is. An empty list: no row can influence the result.</summary>
    internal List<(Family Family, ulong Value)>? Bind(IReadOnlyDictionary<string, object?> parameters)
    {
        var bound = new List<(Family, ulong)>(Terms.Count);
        foreach (var term in Terms)
        {
            if (term.Bind(parameters) is not { } values || bound.Count + values.Count > MaximumValues)
            {
                return null;
            }

            foreach (var value in values)
            {
                bound.Add((term.Family, value));
            }
        }

        return bound;
    }
}
