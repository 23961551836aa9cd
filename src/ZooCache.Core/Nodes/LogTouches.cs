namespace ZooCache;

/// <summary>
/// What the log's entries have touched, by stamps: the same at a given entry on every node, but for what each has forgotten.
/// </summary>
/// <remarks>
/// A write proves what a row was only if nobody has written the row between the writer's reading it and its writing it. Nobody knows
/// that where the write is made, because what another node has written may still be under way; where the entries are applied, in their
/// order, each node knows. Entries of the node itself count like all others. What is forgotten counts as touched. Not thread-safe.
/// </remarks>
internal sealed class LogTouches(int capacity)
{
    private RecentBumps recent = new(capacity);

    /// <summary>Begins anew: nothing is known of before.</summary>
    internal void Reset(HlcStamp stamp) => recent = new RecentBumps(capacity, Place(stamp));

    /// <summary>An entry has touched a path, and what is below it.</summary>
    internal void Touch(TagPath path, HlcStamp stamp)
    {
        for (var depth = 0; depth < path.Depth; depth++)
        {
            recent.Record(path.PrefixHash(depth), self: 0, Place(stamp));
        }

        recent.Record(path.PrefixHash(path.Depth), Place(stamp), Place(stamp));
    }

    /// <summary>Whether no entry after the stamp has touched the path or what it is below.</summary>
    internal bool IsUntouchedSince(TagPath path, HlcStamp stamp)
    {
        for (var depth = 0; depth <= path.Depth; depth++)
        {
            if (recent.Find(path.PrefixHash(depth)).Self > Place(stamp))
            {
                return false;
            }
        }

        return Place(stamp) < long.MaxValue;
    }

    /// <summary>As the other, for all that is below the path, too.</summary>
    internal bool IsUntouchedBelowSince(TagPath path, HlcStamp stamp)
        => IsUntouchedSince(path, stamp) && recent.Find(path.PrefixHash(path.Depth)).Max <= Place(stamp);

    /// <summary>What no clock will tell for an age counts as one: nothing is known to be untouched since.</summary>
    private static long Place(HlcStamp stamp) => (long)Math.Min(stamp.Value, long.MaxValue);
}
