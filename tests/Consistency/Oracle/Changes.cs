namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Every change.</summary>
internal static class Changes
{
    internal static IReadOnlyList<Change> All { get; } = [.. SavedChanges.All(), .. Updates.All(), .. Deletions.All(), .. SetChanges.All(), .. HoldingChanges.All()];

    internal static Change Choose(Random random)
        => random.Next(12) == 0 ? All.First(c => c.Name == "thin out") : All[random.Next(All.Count)];
}
