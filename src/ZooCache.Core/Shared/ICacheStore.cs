namespace ZooCache;

/// <summary>
/// Keeps entries where other processes find them. It may lose any of them at any time, and hand out whatever somebody has put in their place: whoever reads
/// judges. Fails as it likes; whoever asks goes on without it. Thread-safe.
/// </summary>
internal interface ICacheStore
{
    /// <summary>The entry that is kept under a name; null if there is none.</summary>
    ValueTask<ReadOnlyMemory<byte>?> GetAsync(EntryName name);

    /// <summary>Keeps an entry in the place of what was there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="expiration">After what time it is to go by itself: nothing is kept for good.</param>
    ValueTask SetAsync(EntryName name, ReadOnlyMemory<byte> entry, TimeSpan expiration);
}
