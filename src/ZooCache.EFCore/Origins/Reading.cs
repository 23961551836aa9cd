namespace ZooCache.EFCore.Origins;

/// <summary>One execution of a query, as what it reads is remembered.</summary>
/// <param name="fence">The sequence before anything was read.</param>
internal sealed class Reading(long fence)
{
    internal long Fence => fence;

    /// <summary>Whether it came to the end of its rows.</summary>
    internal bool HasEnded { get; set; }

    /// <summary>Whether a row may not be counted for the collection that it is of: its entity was tracked before, or was met outside
    /// the collection, or what it points to couldn't be read.</summary>
    internal bool MissesRows { get; set; }
}
