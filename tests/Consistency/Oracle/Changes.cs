namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Every change.</summary>
internal static class Changes
{
    internal static IReadOnlyList<Change> All { get; } = [.. SavedChanges.All(), .. Updates.All(), .. Deletions.All(), .. SetChanges.All(), .. HoldingChanges.All()];

    /// <summary>In the depot's stretches mostly of the depot.</summary>
    internal static Change Choose(Random random, bool depot)
    {
        if (random.Next(12) == 0)
        {
            return depot ? DepotChanges.Thin : All.First(c => c.Name == "thin out");
        }

        // Rows that were read are what precise invalidation believes in: what it believes wrongly must meet what it asks wrongly.
        var from = depot == random.Next(10) < 9 ? (random.Next(3) == 0 ? DepotChanges.Believed : DepotChanges.All) : All;
        return from[random.Next(from.Count)];
    }
}
