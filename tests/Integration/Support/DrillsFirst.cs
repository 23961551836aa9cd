using Xunit.Abstractions;

// Two run at once: the longest begin, so that none of them is left to run alone at the end.
[assembly: TestCollectionOrderer("ZooCache.Integration.Tests.Support.DrillsFirst", "ZooCache.Integration.Tests")]

namespace ZooCache.Integration.Tests.Support;

/// <summary>What takes longest begins first; the rest is in the order of its names, so that a run is like the one before.</summary>
public sealed class DrillsFirst : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections)
        => testCollections.OrderBy(static c => c.DisplayName.Contains("Drill", StringComparison.Ordinal) ? 0 : 1).ThenBy(static c => c.DisplayName, StringComparer.Ordinal);
}
