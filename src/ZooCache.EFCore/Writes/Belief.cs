namespace ZooCache.EFCore.Writes;

/// <summary>
/// What a write in flight believes because it was read: what a row was, or which rows point to one. It holds as long as
/// nobody else has bumped the tag.
/// </summary>
internal sealed class Belief(UnchangedSince condition)
{
    internal TagPath Tag => condition.Path;

    /// <summary>Since when nobody else may have bumped it: before it was read, and then this write's own last bump.</summary>
    internal long Fence { get; set; } = condition.Fence;

    internal bool Holds { get; set; } = true;

    /// <summary>The row that is mapped by it; null as long as it isn't written.</summary>
    internal WrittenRow? Row { get; set; }

    internal UnchangedSince Condition => new(Tag, Fence);
}
