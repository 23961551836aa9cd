namespace ZooCache;

/// <summary>The tags of what entities are stored in, which a feed tells of: <c>ef / database / table / family / value</c>.</summary>
internal static class FeedPaths
{
    internal const string Root = "ef";

    internal const int DatabaseDepth = 2;
    internal const int TableDepth = 3;
    internal const int FamilyDepth = 4;
    internal const int ValueDepth = 5;

    /// <summary>Whether a path is invalidated by what a feed tells.</summary>
    internal static bool Concern(DependencyPath path) => path.Path.Depth == 0 ? path.Subtree : path.Path.Segments[0].Name == Root;

    /// <summary>The path as every node knows it: what is below a table is a matter of what its node has asked of it.</summary>
    internal static DependencyPath KnownEverywhere(DependencyPath path)
        => Concern(path) && path.Path.Depth > TableDepth ? new DependencyPath(TagPath.Of(path.Path.Segments[..TableDepth].ToArray()), Subtree: true) : path;
}
