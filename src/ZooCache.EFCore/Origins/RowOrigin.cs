namespace ZooCache.EFCore.Origins;

/// <summary>
/// What a query of this context has read of one entity's rows: hashes of the columns by which answers may be anchored.
/// EF's original values don't serve: applications set them, and getters, setters and constructors may change what they hold.
/// </summary>
/// <param name="Shape">Which columns.</param>
/// <param name="Hashes">Their values, in the shape's order; null for one that couldn't be hashed.</param>
/// <param name="Fence">The sequence before the rows were read.</param>
internal sealed record RowOrigin(OriginShape Shape, ulong?[] Hashes, long Fence);
