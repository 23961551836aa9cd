using System.Diagnostics;

namespace ZooCache.AspNetCore.Management;

/// <summary>An invalidation.</summary>
/// <param name="Sequence">Its number. A write has two: one before its commit, and one after.</param>
/// <param name="SecondsAgo">When it was.</param>
/// <param name="Cause">What it was: such as <c>SaveChanges</c>, <c>Invalidate</c>, or <c>Elsewhere</c>, on another node.</param>
/// <param name="Tags">The first of the tags.</param>
/// <param name="Count">How many there were.</param>
internal sealed record InvalidationView(long Sequence, double SecondsAgo, string? Cause, IReadOnlyList<string> Tags, int Count)
{
    internal static IEnumerable<InvalidationView> Last(ZooCache cache, long after, int atMost)
        => cache.Trie.LastBumps(after, atMost).Select(static b => new InvalidationView(b.Sequence, Math.Round(Stopwatch.GetElapsedTime(b.At).TotalSeconds, 3), b.Cause, TagsOf(b.Paths), b.Count));

    private static List<string> TagsOf(FirstPaths paths)
    {
        var tags = new List<string>(FirstPaths.Length);
        foreach (var path in paths)
        {
            if (path is not null)
            {
                tags.Add(path.Depth == 0 ? ManagementEndpoints.Everything : path.ToString());
            }
        }

        return tags;
    }
}
