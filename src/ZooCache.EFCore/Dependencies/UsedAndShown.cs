namespace ZooCache.EFCore.Dependencies;

/// <summary>What an answer depends on by the columns of a reference that it uses, and by the rows that it shows.</summary>
/// <param name="Anchors">Any of these is enough; the first that can be bound in an execution is taken. The last has no columns, and can always be.</param>
/// <param name="Key">The primary key of the rows whose other columns are shown; null if none are but used ones.</param>
/// <param name="Places">Where in the result the key's columns stand, in their order.</param>
/// <param name="Order">The column by which the result is a part of an order, which isn't among the used ones of the anchors' families. Null if there is none.</param>
internal sealed record UsedAndShown(ValueList<Anchor> Anchors, Family? Key, ValueList<int> Places, OrderUse? Order)
{
    /// <summary>With more columns, most writes change one of them.</summary>
    private const int MaximumColumns = 8;

    /// <summary>The families of the anchors, and of the order with its witness.</summary>
    internal IEnumerable<Family> Families
    {
        get
        {
            var used = Anchors.SelectMany(a => a.Terms).Select(t => t.Family);
            return Order is null ? used : [.. used, .. used.Select(f => f.InOrderOf(Order.Column)), Order.Witness];
        }
    }

    /// <summary>Whether writes know of the family of the keys.</summary>
    internal bool IsUsable(Predicate<Family> isUsable) => Key is null || isUsable(Key);

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
        var byUse = anchors.Select(a => new Anchor(new ValueList<AnchorTerm>(a.Terms.Select(t => t with { Family = t.Family.Using(named) })))).ToList();
        byUse.Add(new Anchor(new ValueList<AnchorTerm>([new AnchorTerm(Family.WholeTable(columns.Table, named), new ValueList<ColumnFact>([]))])));
        var order = use.Order is { } part && !used.Contains(part.Column) ? part : null;
        var found = new UsedAndShown(
            new ValueList<Anchor>(byUse),
            places is null ? null : columns.Key,
            new ValueList<int>(places ?? []),
            order);
        return found.Families.Any(f => f.Segment.Length > TagSegment.MaximumLength) ? null : found;
    }

    /// <summary>Whether most likely each row that it depends on is shown, so that there are no others to tell apart. A guess, which costs precision alone.</summary>
    private static bool ShowsAll(ColumnUse use, HashSet<string> used, TableColumns columns, ValueList<Anchor> anchors)
        => !use.IsLimited && (anchors.Count == 0
            ? used.Count == 0
            : anchors is [{ Terms: [{ Family: var family }] }, ..] && !columns.IsUnique(family)
                && used.All(name => family.Columns.Concat(columns.Key!.Columns).Any(c => c.Name == name)));
}
