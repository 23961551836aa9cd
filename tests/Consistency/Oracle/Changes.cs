namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Every change.</summary>
internal static class Changes
{
    internal static IReadOnlyList<Change> All { get; } = [.. SavedChanges.All(), .. Updates.All(), .. Deletions.All(), .. SetChanges.All(), .. HoldingChanges.All()];

    /// <summary>In the depot's stretches mostly of the depot.</summary>
    internal static Change Choose(Random random, Stretch kind)
    {
        if (random.Next(kind == Stretch.Anchors ? 40 : 12) == 0)
        {
            return kind == Stretch.World ? All.First(c => c.Name == "thin out") : DepotChanges.Thin;
        }

        if ((kind != Stretch.World) != (random.Next(10) < 9))
        {
            return All[random.Next(All.Count)];
        }

        // What is believed of rows that were read, rightly or wrongly, must meet what was asked of them.
        var from = (kind, random.Next(4)) switch
        {
            (Stretch.Anchors, < 2) => DepotChanges.Least,
            (Stretch.Anchors, 2) => DepotChanges.Precise,
            (_, 0) => DepotChanges.Believed,
            (_, 1) => DepotChanges.Doubtful,
            (Stretch.Proofs, 2) => DepotChanges.Others,
            _ => DepotChanges.All,
        };
        return from[random.Next(from.Count)];
    }
}
