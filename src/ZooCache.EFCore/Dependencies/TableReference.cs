namespace ZooCache.EFCore.Dependencies;

/// <summary>One table reference of a query: depends on the rows with certain values, or on the whole table.</summary>
/// <param name="Table">The folded table name.</param>
/// <param name="Anchors">Any of these is enough; the first that can be bound in an execution is taken, else the table.</param>
/// <param name="Reason">Why there is no anchor; null if there is.</param>
internal sealed record TableReference(string Table, ValueList<Anchor> Anchors, string? Reason)
{
    /// <summary>The primary key of which each row of the result has a row of this reference, if there is one value for it: where a
    /// row came, no insert can make another with that key. Null otherwise.</summary>
    internal Family? RequiredKey { get; init; }

    /// <summary>What the reference depends on where that is less: what it uses and what it only shows are told apart. Null otherwise.</summary>
    internal UsedAndShown? Apart { get; init; }
}

/// <summary>What an answer depends on by the columns of a reference that it uses, and by the rows that it shows.</summary>
/// <param name="Used">Any of these is enough; the first that can be bound in an execution is taken. The last has no columns, and can always be.</param>
/// <param name="Key">The primary key of the rows whose other columns are shown; null if none are but used ones.</param>
/// <param name="Places">Where in the result the key's columns stand, in their order.</param>
internal sealed record UsedAndShown(ValueList<Anchor> Used, Family? Key, ValueList<int> Places)
{
    /// <summary>With more columns, most writes change one of them.</summary>
    private const int MaximumColumns = 8;

    /// <summary>Null where nothing is gained, or it can't be told.</summary>
    internal static UsedAndShown? Of(ColumnUse use, TableColumns columns, ValueList<Anchor> anchors)
    {
        if (columns.Key is { } key && anchors.Any(a => a.Terms.Any(t => t.Family == key)))
        {
            // Of a row that a key names, nothing is spared by its key.
            return null;
        }

        var used = new HashSet<string>(use.Used, StringComparer.Ordinal);
        List<int>? places = null;
        if (!use.Shown.Keys.All(used.Contains))
        {
            places = columns.Key?.Columns.Select(c => use.Shown.TryGetValue(c.Name, out var place) ? place : -1).ToList();
            if (places is null || places.Contains(-1))
            {
                places = null;
                used.UnionWith(use.Shown.Keys);
            }
        }

        if (used.Count > MaximumColumns || (places is not null && ShowsAll(use, used, columns, anchors)))
        {
            return null;
        }

        var named = new ValueList<string>(used.Order(StringComparer.Ordinal));
        var whole = new AnchorTerm(new Family(columns.Table, new ValueList<FamilyColumn>([]), MayBeGenerated: false), new ValueList<ColumnFact>([]));
        var apart = anchors.Append(new Anchor(new ValueList<AnchorTerm>([whole])))
            .Select(a => new Anchor(new ValueList<AnchorTerm>(a.Terms.Select(t => t with { Family = t.Family.Using(named) })))).ToList();
        return apart.Exists(a => a.Terms.Any(t => t.Family.Segment.Length > TagSegment.MaximumLength))
            ? null
            : new UsedAndShown(new ValueList<Anchor>(apart), places is null ? null : columns.Key, new ValueList<int>(places ?? []));
    }

    /// <summary>Whether each row that the anchor names is shown, so that there are no others to tell apart; more than one of them.</summary>
    private static bool ShowsAll(ColumnUse use, HashSet<string> used, TableColumns columns, ValueList<Anchor> anchors)
        => !use.IsLimited && anchors is [{ Terms: [{ Family: var family }] }, ..] && !columns.IsUnique(family)
            && used.All(name => family.Columns.Concat(columns.Key!.Columns).Any(c => c.Name == name));
}
