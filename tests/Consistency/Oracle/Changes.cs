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

        var from = depot == random.Next(10) < 9 ? DepotChanges.All : All;
        return from[random.Next(from.Count)];
    }
}
