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

        if (depot != random.Next(10) < 9)
        {
            return All[random.Next(All.Count)];
        }

        // What is believed of rows that were read, rightly or wrongly, must meet what was asked of them.
        var from = random.Next(4) switch { 0 => DepotChanges.Believed, 1 => DepotChanges.Doubtful, _ => DepotChanges.All };
        return from[random.Next(from.Count)];
    }
}
