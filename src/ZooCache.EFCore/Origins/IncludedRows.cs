using Microsoft.EntityFrameworkCore.Metadata;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Origins;

/// <summary>
/// A collection that a query includes as a whole: of each entity that has it, all rows of the table that point to it, as
/// nothing filters or limits them (<see cref="IncludeReader"/>). Immutable.
/// </summary>
/// <param name="Navigation">The navigation of EF's model.</param>
/// <param name="Family">The table of the rows, and the columns of theirs that point.</param>
/// <param name="Key">The columns to which they point, in the family's order.</param>
internal sealed record IncludedRows(INavigation Navigation, Family Family, ValueList<OriginColumn> Key)
{
    /// <summary>Whether entities of this shape are rows of the table.</summary>
    internal bool IsOf(OriginShape shape) => shape.Columns.Any(c => c.Table == Family.Table);

    /// <summary>The value that is pointed to, as it was read of the entity that has the collection; null where it wasn't.</summary>
    internal ulong? KeyOf(RowOrigin origin)
    {
        var hash = 0UL;
        foreach (var column in Key)
        {
            if (origin.HashOf(column) is not { } value)
            {
                return null;
            }

            hash = StoreValue.Combine(hash, value);
        }

        return hash;
    }

    /// <summary>To which value the row points, as it was read.</summary>
    internal ulong? ValueOf(RowOrigin origin)
    {
        var hash = 0UL;
        foreach (var (name, kind) in Family.Columns)
        {
            if (origin.HashOf(new OriginColumn(Family.Table, name, kind)) is not { } value)
            {
                return null;
            }

            hash = StoreValue.Combine(hash, value);
        }

        return hash;
    }
}

/// <summary>The rows of an included collection of one entity, as one query has read them.</summary>
/// <param name="include">Which collection.</param>
/// <param name="value">The value that they point to.</param>
/// <param name="reading">The execution that reads them.</param>
internal sealed class LoadedRows(IncludedRows include, ulong value, Reading reading)
{
    internal IncludedRows Include => include;

    internal ulong Value => value;

    internal long Fence => reading.Fence;

    /// <summary>How many have been read.</summary>
    internal int Count { get; set; }

    /// <summary>Whether these are all that there were, and each is known by its origin.</summary>
    internal bool AreAll => reading is { HasEnded: true, HasMetOthers: false };
}

/// <summary>One execution of a query, as what it reads is remembered.</summary>
/// <param name="fence">The sequence before anything was read.</param>
internal sealed class Reading(long fence)
{
    internal long Fence => fence;

    /// <summary>Whether it came to the end of its rows.</summary>
    internal bool HasEnded { get; set; }

    /// <summary>Whether it has met entities that were tracked before: what it read of their rows isn't remembered.</summary>
    internal bool HasMetOthers { get; set; }
}
