namespace ZooCache;

/// <summary>
/// What an entry depends on, by its pinned node. Exact: invalid once the path or a prefix of it is bumped.
/// Subtree: also once anything below the path is.
/// </summary>
internal readonly record struct Dependency(TrieNode Node, bool Subtree);

/// <summary>What a fill is about to depend on, before its nodes are pinned.</summary>
internal readonly record struct DependencyPath(TagPath Path, bool Subtree);
