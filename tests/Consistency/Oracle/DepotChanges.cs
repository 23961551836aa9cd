namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Every change to the depot.</summary>
internal static class DepotChanges
{
    internal static Change Thin { get; } = DepotRows.ThinOut();

    /// <summary>Saves of rows that were read.</summary>
    internal static IReadOnlyList<Change> Believed { get; } = [.. DepotMoves.All()];

    internal static IReadOnlyList<Change> All { get; } =
        [.. Believed, .. DepotUnproven.All(), .. DepotDoubts.All(), .. DepotRows.All(), .. DepotSets.All(), .. DepotNarrow.All()];
}
