namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Every change to the depot.</summary>
internal static class DepotChanges
{
    internal static Change Thin { get; } = DepotRows.ThinOut();

    /// <summary>Writes that end as few answers as a write can.</summary>
    internal static IReadOnlyList<Change> Least { get; } = [.. DepotMoves.Least(), DepotSets.OneColumn()];

    /// <summary>Saves of rows that were read.</summary>
    internal static IReadOnlyList<Change> Believed { get; } = [.. DepotMoves.All()];

    /// <summary>Saves that prove what there is to prove of the rows that they write, mostly.</summary>
    internal static IReadOnlyList<Change> Precise { get; } = [.. Believed, .. DepotRows.Saved()];

    /// <summary>Saves of rows that weren't read, or aren't what they were; deletions with what was read of what points to a row.</summary>
    internal static IReadOnlyList<Change> Doubtful { get; } = [.. DepotDoubts.All(), .. DepotUnproven.All(), .. DepotWholes.All()];

    /// <summary>Set writes, and writes of rows by a model that knows less.</summary>
    internal static IReadOnlyList<Change> Others { get; } = [.. DepotSets.All(), .. DepotNarrow.All()];

    internal static IReadOnlyList<Change> All { get; } = [.. Least, .. Believed, .. Doubtful, .. DepotRows.All(), .. Others];
}
