namespace ZooCache;

/// <summary>
/// Makes a large set of tags small by saying it more coarsely: siblings become their parent.
/// </summary>
/// <remarks>
/// Invariant: each path that was in the set is still in it, or below a path that is. Algorithm: the largest family of
/// siblings first, so that the precision lost is that of the table or tag which was written most; when no two paths are
/// siblings, the deepest ones move up by one. What a new parent covers is dropped.
/// </remarks>
internal static class TagCollapse
{
    /// <summary>Collapses until at most <paramref name="most"/> paths are left; new parents are added to <paramref name="parents"/>.</summary>
    internal static void Collapse(HashSet<TagPath> paths, int most, HashSet<TagPath> parents)
    {
        while (paths.Count > most)
        {
            foreach (var family in Next(paths))
            {
                paths.ExceptWith(family);
                paths.Add(family.Key);
                parents.Add(family.Key);
                if (paths.Count <= most)
                {
                    break;
                }
            }

            paths.RemoveWhere(path => HasAncestorIn(parents, path));
            parents.IntersectWith(paths);
        }
    }

    /// <summary>Whether a path strictly above this one is in the set.</summary>
    internal static bool HasAncestorIn(HashSet<TagPath> set, TagPath path)
    {
        if (set.Count == 0)
        {
            return false;
        }

        for (var above = path; above.Depth > 0;)
        {
            above = above.Parent();
            if (set.Contains(above))
            {
                return true;
            }
        }

        return false;
    }

    private static List<IGrouping<TagPath, TagPath>> Next(HashSet<TagPath> paths)
    {
        var families = paths.Where(path => path.Depth > 0).GroupBy(path => path.Parent()).ToList();
        var siblings = families.Where(family => family.Skip(1).Any()).OrderByDescending(family => family.Count()).ToList();
        if (siblings.Count > 0)
        {
            return siblings;
        }

        var deepest = families.Max(family => family.Key.Depth);
        return [.. families.Where(family => family.Key.Depth == deepest)];
    }
}
