namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Every change to the depot.</summary>
internal static class DepotChanges
{
    internal static Change Thin { get; } = DepotRows.ThinOut();

    internal static IReadOnlyList<Change> All { get; } =
        [.. DepotMoves.All(), .. DepotUnproven.All(), .. DepotDoubts.All(), .. DepotRows.All(), .. DepotSets.All(), .. DepotNarrow.All()];
}
