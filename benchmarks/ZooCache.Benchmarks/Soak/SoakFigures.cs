namespace ZooCache.Benchmarks.Soak;

/// <summary>What one process saw; it goes to the parent process as one line of JSON. Memory in bytes.</summary>
internal sealed record SoakFigures
{
    public double Seconds { get; init; }

    public long PrivateBytes { get; init; }

    public long PeakPrivateBytes { get; init; }

    /// <summary>Live objects after the queries, beyond those before them.</summary>
    public long HeapGrowth { get; init; }

    /// <summary>The same once the cache was emptied.</summary>
    public long HeapGrowthWhenEmpty { get; init; }

    public long PrivateBytesWhenEmpty { get; init; }

    /// <summary>After the queries; null without a cache.</summary>
    public CacheContent? Full { get; init; }

    public CacheContent? Before { get; init; }

    /// <summary>After the whole table was invalidated and the cache purged.</summary>
    public CacheContent? AfterInvalidation { get; init; }

    /// <summary>After each row was invalidated by itself, with nothing in the cache.</summary>
    public CacheContent? AfterRowInvalidations { get; init; }

    /// <summary>After a refill had grown too old and the cache was purged.</summary>
    public CacheContent? AfterExpiry { get; init; }

    /// <summary>The refill, before it grew old.</summary>
    public CacheContent? Refilled { get; init; }
}

internal sealed record CacheContent(int Entries, long Bytes, int TrieNodes, long Evictions)
{
    public static CacheContent Of(ZooCache cache) => cache.GetStatistics() is var s ? new(s.Entries, s.Bytes, s.TrieNodes, s.Evictions) : null!;
}
