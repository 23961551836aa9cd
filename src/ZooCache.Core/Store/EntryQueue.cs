namespace ZooCache;

/// <summary>A first-in-first-out queue of entries, linked through the entries, so that any of them leaves in O(1).</summary>
internal sealed class EntryQueue
{
    private CacheEntry? newest;

    internal CacheEntry? Oldest { get; private set; }

    internal int Count { get; private set; }

    internal long Bytes { get; private set; }

    internal void Add(CacheEntry entry)
    {
        (entry.Queue, entry.Older, entry.Newer) = (this, newest, null);
        if (newest is null)
        {
            Oldest = entry;
        }
        else
        {
            newest.Newer = entry;
        }

        newest = entry;
        Count++;
        Bytes += entry.Size;
    }

    internal void Remove(CacheEntry entry)
    {
        if (entry.Older is null)
        {
            Oldest = entry.Newer;
        }
        else
        {
            entry.Older.Newer = entry.Newer;
        }

        if (entry.Newer is null)
        {
            newest = entry.Older;
        }
        else
        {
            entry.Newer.Older = entry.Older;
        }

        (entry.Queue, entry.Older, entry.Newer) = (null, null, null);
        Count--;
        Bytes -= entry.Size;
    }
}
