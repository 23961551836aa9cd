using System.Collections.Concurrent;

namespace ZooCache.Tests;

/// <summary>A store in memory, which caches of one process share as if they were processes. Thread-safe.</summary>
internal sealed class MemoryCacheStore : ICacheStore
{
    internal ConcurrentDictionary<EntryName, ReadOnlyMemory<byte>> Entries { get; } = [];

    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(EntryName name)
        => new(Entries.TryGetValue(name, out var entry) ? entry : default(ReadOnlyMemory<byte>?));

    public ValueTask SetAsync(EntryName name, ReadOnlyMemory<byte> entry, TimeSpan expiration)
    {
        Entries[name] = entry;
        return default;
    }
}
