using Microsoft.EntityFrameworkCore.Metadata;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Origins;

/// <summary>
/// A collection that a query includes as a whole: of each entity that has it, all rows of the table that point to it, as
/// nothing filters or limits them (<see cref="IncludeReader"/>). Immutable.
/// </summary>
/// <param name="Navigation">The navigation of EF's model.</param>
/// <param name="Family">The table of the rows, and the columns of theirs that point.</param>
/// <param name="Witness">Tells whether rows may have come to point to a value, ceased to, or got another key, by which the one who read them would write them.</param>
/// <param name="Key">The columns to which they point, in the family's order.</param>
internal sealed record IncludedRows(INavigation Navigation, Family Family, Family Witness, ValueList<OriginColumn> Key)
{
    /// <summary>Whether entities of this shape are rows of the table.</summary>
    internal bool IsOf(OriginShape shape) => shape.Tables.Contains(Family.Table);

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
}
