using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;

namespace ZooCache.Benchmarks.Micro;

/// <summary>The engine under many entries: a look-up that hits, with and without a write since the last one, one that finds
/// nothing, and a load that is stored.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls Close when it is done.")]
public class StoreBenchmarks
{
    private const int KeyLength = 32;

    private readonly ZooCache cache = new(new ZooCacheOptions { ByteBudget = 1L << 30, MaximumAge = null });
    private readonly TagPath family = TagPath.Of("ef", "db", "ITEMS", "ID");
    private readonly TagPath[] elsewhere = [TagPath.Of("ef", "db", "SHELVES")];
    private readonly byte[] present = KeyOf(1);
    private readonly byte[] absent = KeyOf(-1);
    private readonly object value = new();

    [Params(1_000, 100_000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < Entries; i++)
        {
            Load(KeyOf(i), (ulong)i);
        }
    }

    [Benchmark]
    public object? Hit()
    {
        cache.TryGet(present, out var entry);
        return entry;
    }

    [Benchmark]
    public object? HitAfterAWriteElsewhere()
    {
        cache.Trie.Bump(elsewhere);
        cache.TryGet(present, out var entry);
        return entry;
    }

    [Benchmark]
    public object? NotFound()
    {
        cache.TryGet(absent, out var entry);
        return entry;
    }

    [Benchmark]
    public object? LoadAndStore() => Load(present, 1);

    [GlobalCleanup]
    public void Close() => cache.Dispose();

    private static byte[] KeyOf(int number)
    {
        var key = new byte[KeyLength];
        BitConverter.TryWriteBytes(key, number);
        return key;
    }

    private CacheEntry? Load(byte[] key, ulong row)
    {
        using var fill = cache.BeginFill(new CacheKey(key), [new DependencyPath(family.Append(row), Subtree: false)]);
        cache.Store(fill, value, size: 100, default, out var entry);
        return entry;
    }
}
