namespace ZooCache.EFCore.Dependencies;

/// <summary>The tags under which EF's tables live: <c>ef / database / table / family / value</c>.</summary>
internal static class EFPaths
{
    /// <summary>One constant: host aliases and poolers can't be told apart safely, and merging only over-invalidates.</summary>
    internal static TagPath Database { get; } = TagPath.Of("ef", "db");

    internal static TagPath Table(string foldedTable) => Database.Append(foldedTable);

    internal static TagPath Of(Family family) => Table(family.Table).Append(family.Segment);

    internal static TagPath Of(Family family, ulong valueHash) => Of(family).Append(valueHash);

    /// <summary>What an insert with a store-generated key bumps before its key is known; look-ups that may have found
    /// nothing depend on it.</summary>
    internal static TagPath NewRows(string foldedTable) => Table(foldedTable).Append("new");
}
