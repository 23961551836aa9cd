using System.Collections.Concurrent;

namespace ZooCache;

/// <summary>
/// The entries in memory, bounded by bytes and optionally by number.
/// </summary>
/// <remarks>
/// <para>Invariants: the entries' sizes never add up to more than the budget; every entry that leaves is released; an entry
/// is never overwritten by one with an older fence.</para>
/// <para>Algorithm: S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023).
/// New entries enter a small queue (10 %); at its end those read more than once move on to the main queue (90 %) and the rest
/// are evicted, leaving their key's hash in a ghost queue; a key that comes back while its ghost is there enters the main
/// queue at once. At the end of the main queue an entry that was read since goes round again. So a scan of keys read once
/// passes through the small queue and leaves the hot set alone. One addition: an entry that dies of an invalidation or
/// of age leaves a ghost if it had proven itself, so a hot key does not start over at each write.</para>
/// <para>Reads take no lock and write nothing but a counter of 0 to 3 per entry. Everything else is under one lock, which
/// is held for a few pointer writes: those paths follow a database call.</para>
/// </remarks>
internal sealed class MemoryStore
{
    private const int FewestGhosts = 64;

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<CacheKey, CacheEntry> entries = new(CacheKey.Comparer.Instance);
    private readonly ConcurrentDictionary<CacheKey, CacheEntry>.AlternateLookup<ReadOnlySpan<byte>> byBytes;
    private readonly EntryQueue small = new();
    private readonly EntryQueue main = new();
    private readonly GhostQueue ghosts = new();
    private readonly TagTrie trie;
    private readonly long byteBudget;
    private readonly int entryLimit;
    private readonly StripedCounter evictions;
    private bool closed;

    internal MemoryStore(TagTrie trie, long byteBudget, int? entryLimit, StripedCounter evictions)
    {
        this.trie = trie;
        this.byteBudget = byteBudget;
        this.entryLimit = entryLimit ?? int.MaxValue;
        this.evictions = evictions;
        byBytes = entries.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    internal (int Count, long Bytes) Totals
    {
        get
        {
            lock (gate)
            {
                return (small.Count + main.Count, small.Bytes + main.Bytes);
            }
        }
    }

    /// <summary>The entries, as they come and go: neither a lock nor a snapshot.</summary>
    internal IEnumerable<CacheEntry> Entries
    {
        get
        {
            foreach (var (_, entry) in entries)
            {
                yield return entry;
            }
        }
    }

    internal CacheEntry? Find(ReadOnlySpan<byte> key) => byBytes.TryGetValue(key, out var entry) ? entry : null;

    /// <summary>Takes the entry, or says why not. An entry that is not taken is not released either.</summary>
    internal StoreOutcome Add(CacheEntry entry)
    {
        lock (gate)
        {
            if (closed)
            {
                return StoreOutcome.Disposed;
            }

            var target = ghosts.Remove(entry.Key.Hash) ? main : small;
            if (entries.TryGetValue(entry.Key, out var previous))
            {
                // The fence of what was put together of others is that of its end.
                if (previous.Fence > entry.Fence || previous.StartedAt > entry.StartedAt)
                {
                    return StoreOutcome.Superseded;
                }

                target = previous.Queue!;
                entry.Frequency = previous.Frequency;
                target.Remove(previous);
            }

            while (!HasRoomFor(entry.Size))
            {
                EvictOne();
            }

            entries[entry.Key] = entry;
            target.Add(entry);
            previous?.Release(trie);
            return StoreOutcome.Stored;
        }
    }

    /// <summary>Removes this very entry; one that has taken its place stays.</summary>
    internal bool Remove(CacheEntry entry)
    {
        lock (gate)
        {
            if (entry.Queue is null)
            {
                return false;
            }

            if (entry.Queue == main || entry.Frequency > 1)
            {
                AddGhost(entry);
            }

            Drop(entry);
            return true;
        }
    }

    internal void Clear(bool close = false)
    {
        lock (gate)
        {
            closed |= close;
            while ((small.Oldest ?? main.Oldest) is { } entry)
            {
                Drop(entry);
            }

            entries.Clear();
            ghosts.Clear();
        }
    }

    private bool HasRoomFor(long size) =>
        small.Bytes + main.Bytes <= byteBudget - size && small.Count + main.Count < entryLimit;

    private void EvictOne()
    {
        var smallIsFull = small.Bytes >= byteBudget / 10 || small.Count >= Math.Max(1, entryLimit / 10);
        if (small.Count > 0 && (smallIsFull || main.Count == 0))
        {
            EvictFromSmall();
        }
        else
        {
            EvictFromMain();
        }
    }

    private void EvictFromSmall()
    {
        while (small.Oldest is { } entry)
        {
            if (entry.Frequency <= 1)
            {
                AddGhost(entry);
                Evict(entry);
                return;
            }

            small.Remove(entry);
            entry.Frequency = 0;
            main.Add(entry);
            if (main.Bytes > byteBudget - (byteBudget / 10) || main.Count > entryLimit - (entryLimit / 10))
            {
                EvictFromMain();
                return;
            }
        }
    }

    private void EvictFromMain()
    {
        // Readers count up while this counts down; the bound keeps a few very hot entries from holding the lock for ever.
        for (var rounds = (long)main.Count * CacheEntry.HighestFrequency; main.Oldest is { } entry; rounds--)
        {
            if (entry.Frequency == 0 || rounds <= 0)
            {
                Evict(entry);
                return;
            }

            entry.Frequency--;
            main.Remove(entry);
            main.Add(entry);
        }
    }

    private void Evict(CacheEntry entry)
    {
        Drop(entry);
        evictions.Increment();
    }

    private void Drop(CacheEntry entry)
    {
        entries.TryRemove(entry.Key, out _);
        entry.Queue!.Remove(entry);
        entry.Release(trie);
    }

    private void AddGhost(CacheEntry entry) => ghosts.Add(entry.Key.Hash, Math.Max(FewestGhosts, small.Count + main.Count));
}
