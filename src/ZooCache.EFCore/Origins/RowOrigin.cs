using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Origins;

/// <summary>
/// What a query of this context has read of one entity's rows: hashes of the columns by which answers may be anchored.
/// EF's original values don't serve: applications set them, and getters, setters and constructors may change what they hold.
/// </summary>
/// <param name="shape">Which columns.</param>
/// <param name="hashes">Their values, in the shape's order; null for one that couldn't be hashed.</param>
/// <param name="reading">What read them.</param>
internal sealed class RowOrigin(OriginShape shape, ulong?[] hashes, Reading reading)
{
    internal OriginShape Shape => shape;

    internal ReadOnlySpan<ulong?> Hashes => hashes;

    internal Reading Reading => reading;

    /// <summary>The sequence before the rows were read.</summary>
    internal long Fence => reading.Fence;

    /// <summary>The columns by which queries put rows in order, with their values.</summary>
    internal IReadOnlyList<(OriginColumn Column, ulong Value)> Ordered { get; init; } = [];

    /// <summary>The included collection as a part of which they were read.</summary>
    internal LoadedRows? PartOf { get; set; }

    /// <summary>The included collections of the entity.</summary>
    internal List<LoadedRows>? Loaded { get; set; }

    /// <summary>The hash of a family's value; null if a column of it wasn't read.</summary>
    internal ulong? HashOf(Family family)
    {
        var hash = 0UL;
        foreach (var (name, kind) in family.Columns)
        {
            if (HashOf(new OriginColumn(family.Table, name, kind)) is not { } value)
            {
                return null;
            }

            hash = StoreValue.Combine(hash, value);
        }

        return hash;
    }

    /// <summary>The hash of a column; null if it wasn't read.</summary>
    internal ulong? HashOf(OriginColumn column) => shape.IndexOf(column) is >= 0 and var index ? hashes[index] : null;
}
