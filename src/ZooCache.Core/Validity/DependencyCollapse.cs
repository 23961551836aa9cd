namespace ZooCache;

/// <summary>
/// Makes a large set of dependencies small by saying it more coarsely: siblings become one dependency on all that is below their parent.
/// </summary>
/// <remarks>
/// Invariant: whenever one of the given dependencies is invalid by a fence, one of the few is. Algorithm: as <see cref="TagCollapse"/>, the largest family of siblings
/// first; where no two are siblings, the deepest ones move up by one.
/// </remarks>
internal static class DependencyCollapse
{
    internal static IReadOnlyCollection<Dependency> Of(IReadOnlyCollection<Dependency> dependencies, int most)
    {
        var few = new HashSet<Dependency>(dependencies);
        while (few.Count > most)
        {
            foreach (var family in Next(few))
            {
                few.ExceptWith(family);
                few.Add(new Dependency(family.Key, Subtree: true));
                if (few.Count <= most)
                {
                    break;
                }
            }
        }

        return few;
    }

    private static List<IGrouping<TrieNode, Dependency>> Next(HashSet<Dependency> few)
    {
        var families = few.Where(d => d.Node.Parent is not null).GroupBy(d => d.Node.Parent!).ToList();
        var siblings = families.Where(f => f.Skip(1).Any()).OrderByDescending(f => f.Count()).ToList();
        if (siblings.Count > 0)
        {
            return siblings;
        }

        var deepest = families.Max(f => DepthOf(f.Key));
        return [.. families.Where(f => DepthOf(f.Key) == deepest)];
    }

    private static int DepthOf(TrieNode node)
    {
        var depth = 0;
        for (var above = node.Parent; above is not null; above = above.Parent)
        {
            depth++;
        }

        return depth;
    }
}
