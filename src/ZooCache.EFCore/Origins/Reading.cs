namespace ZooCache.EFCore.Origins;

/// <summary>One execution of a query, as what it reads is remembered.</summary>
/// <param name="fence">The sequence before anything was read.</param>
/// <param name="includes">The collections that it includes as a whole.</param>
/// <param name="asksDatabase">Whether EF itself asks the database.</param>
internal sealed class Reading(long fence, IReadOnlyList<IncludedRows> includes, bool asksDatabase)
{
    private Dictionary<(IncludedRows Include, ulong Value), LoadedRows>? _loaded;

    internal long Fence => fence;

    internal IReadOnlyList<IncludedRows> Includes => includes;

    internal bool AsksDatabase => asksDatabase;

    /// <summary>The included collections that were read, by the value that their rows point to.</summary>
    internal Dictionary<(IncludedRows Include, ulong Value), LoadedRows> Loaded => _loaded ??= [];

    /// <summary>Whether it came to the end of its rows.</summary>
    internal bool HasEnded { get; set; }

    /// <summary>Whether a row may not be counted for the collection that it is of: its entity was tracked before, or was met outside
    /// the collection, or what it points to couldn't be read.</summary>
    internal bool MissesRows { get; set; }
}
