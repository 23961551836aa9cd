using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Origins;

/// <summary>The rows of an included collection of one entity, as one query has read them.</summary>
/// <param name="include">Which collection.</param>
/// <param name="value">The value that they point to.</param>
/// <param name="reading">The execution that reads them.</param>
internal sealed class LoadedRows(IncludedRows include, ulong value, Reading reading)
{
    internal IncludedRows Include => include;

    internal ulong Value => value;

    /// <summary>How many have been read.</summary>
    internal int Count { get; set; }

    /// <summary>Under which condition no others point there: nobody has bumped its witness since before they were read.</summary>
    internal UnchangedSince ConditionIn(EFPaths database) => new(database.Of(include.Witness, value), reading.Fence);

    /// <summary>Whether these are all that there were, and each is known by its origin.</summary>
    internal bool AreAll => reading is { HasEnded: true, MissesRows: false };
}
