namespace ZooCache;

/// <summary>
/// A cached result. What it says never changes; around it are its place in the eviction queues (guarded by the store's lock)
/// and a few words that readers write without a lock.
/// </summary>
/// <remarks>
/// Invariant: an entry is judged by its own fence on every read. Its nodes are pinned as long as it is in the store; once it
/// has left, bumps may no longer reach them. So every judgement ends with <see cref="IsReleased"/>, read after the walk.
/// </remarks>
internal sealed class CacheEntry(CacheKey key, object value, long size, Dependency[] dependencies, long fence, long validatedAt)
{
    internal const byte HighestFrequency = 3;

    private long validatedAt = validatedAt;
    private long lastRead;
    private bool released;
    private byte frequency;

    internal CacheKey Key { get; } = key;

    internal object Value { get; } = value;

    /// <summary>Bytes, with everything that comes and goes with the entry.</summary>
    internal long Size { get; } = size;

    internal Dependency[] Dependencies { get; } = dependencies;

    /// <summary>The sequence that was published before the database was asked.</summary>
    internal long Fence { get; } = fence;

    /// <summary>The sequence before the first of what is in it was read, which is older than the fence if it was put together of others.</summary>
    internal long Oldest { get; init; } = fence;

    /// <summary>
    /// A sequence at which the entry was valid: that of its last judgement while its nodes were pinned. A judgement that began
    /// before the entry left the store and ended after may have met nodes which bumps no longer reach, so of an entry that
    /// has left only the fence is sure. The flag is read last: it was up before the first such judgement.
    /// </summary>
    internal long ValidAt
    {
        get
        {
            var judged = Volatile.Read(ref validatedAt);
            return IsReleased ? Fence : judged;
        }
    }

    /// <summary>A timestamp, or <see cref="EntryClock.Never"/>.</summary>
    internal long ExpiresAt { get; init; } = EntryClock.Never;

    /// <summary>A timestamp: when the load has begun.</summary>
    internal long StartedAt { get; init; }

    /// <summary>In timestamp units: how long the load has taken; 0 if somebody else has loaded it, or that isn't known.</summary>
    internal long LoadTime { get; init; }

    /// <summary>In timestamp units, or <see cref="EntryClock.Never"/>.</summary>
    internal long Sliding { get; init; } = EntryClock.Never;

    internal long LastRead
    {
        get => Volatile.Read(ref lastRead);
        init => lastRead = value;
    }

    /// <summary>Whether it was loaded by somebody else: it is right by all that was told, but how old it is isn't known.</summary>
    internal bool IsShared { get; init; }

    /// <summary>Whether it is the result of a call which differs by the context that it was read through.</summary>
    internal bool VariesByContext { get; init; }

    internal bool CanExpire => (ExpiresAt & Sliding) != EntryClock.Never;

    internal EntryQueue? Queue { get; set; }

    internal CacheEntry? Older { get; set; }

    internal CacheEntry? Newer { get; set; }

    /// <summary>Reads since the entry was queued, at most 3. Races lose a count now and then, which eviction doesn't mind.</summary>
    internal byte Frequency
    {
        get => Volatile.Read(ref frequency);
        set => Volatile.Write(ref frequency, value);
    }

    internal bool IsReleased => Volatile.Read(ref released);

    /// <summary>
    /// Whether nothing it depends on was bumped since its fence. O(1) when nothing at all was published since the last walk:
    /// the stamp is the sequence read before that walk, so a bump during the walk is met by the next one.
    /// </summary>
    internal bool IsValid(TagTrie trie)
    {
        var published = trie.Sequence;
        if (Volatile.Read(ref validatedAt) == published)
        {
            return true;
        }

        if (!TagTrie.IsValid(Dependencies, Fence))
        {
            return false;
        }

        trie.WalkProbe?.Invoke();
        Volatile.Write(ref validatedAt, published);
        return true;
    }

    internal bool IsExpired(long now) => now >= ExpiresAt || (Sliding != EntryClock.Never && now - LastRead >= Sliding);

    /// <summary>Notes a read. A hot entry has its frequency at the top already and is not written at all.</summary>
    internal void Touch(long now)
    {
        var seen = Frequency;
        if (seen < HighestFrequency)
        {
            Frequency = (byte)(seen + 1);
        }

        if (Sliding != EntryClock.Never)
        {
            Volatile.Write(ref lastRead, now);
        }
    }

    /// <summary>
    /// Lets the entry's nodes go: once, because the store calls it, under its lock, when it takes the entry out of its queue. The
    /// flag is up before the first pin is gone.
    /// </summary>
    internal void Release(TagTrie trie)
    {
        Volatile.Write(ref released, true);
        trie.Unpin(Dependencies);
    }
}
