namespace ZooCache;

/// <summary>Where <see cref="LogPlace"/> keeps what grows. Not thread-safe.</summary>
internal interface ILogStorage
{
    /// <summary>Adds an entry at the end, and drops the oldest ones beyond the capacity.</summary>
    void Add(LogEntry entry, int capacity);

    /// <summary>The entries after a stamp, in order.</summary>
    IReadOnlyList<LogEntry> Read(HlcStamp after, int atMost);

    /// <summary>Places a mark, in the place of what its write had told before.</summary>
    void SetMark(LogEntry mark);

    void RemoveMark(ulong node, ulong write);

    IEnumerable<LogEntry> Marks();

    /// <summary>False if the fact is known.</summary>
    bool TryAddFact(ReadOnlyMemory<byte> fact);

    IReadOnlyList<ReadOnlyMemory<byte>> Facts();

    /// <summary>Drops everything.</summary>
    void Clear();
}
