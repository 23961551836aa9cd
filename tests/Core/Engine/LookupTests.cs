using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class LookupTests
{
    [Fact]
    public void Keys_that_share_a_hash_code_are_told_apart()
    {
        // 200 000 keys and 32 bits of hash code: some two of them meet (the chance that none do is 1 in 10 000).
        var seen = new Dictionary<int, CacheKey>();
        var pairs = new List<(CacheKey, CacheKey)>();
        for (var i = 0; i < 200_000; i++)
        {
            var key = Key($"key {i}");
            if (!seen.TryAdd(key.GetHashCode(), key))
            {
                pairs.Add((seen[key.GetHashCode()], key));
            }
        }

        using var cache = Cache();
        foreach (var (first, second) in pairs)
        {
            cache.Store(cache.BeginFill(first, [Exact("a")]), "first").ShouldBe(StoreOutcome.Stored);

            // Turned red by `true` instead of comparing the bytes in CacheKey.Comparer.Equals.
            cache.TryGet(second.Bytes, out _).ShouldBe(LookupStatus.NotFound);
            cache.Store(cache.BeginFill(second, [Exact("a")]), "second").ShouldBe(StoreOutcome.Stored);
            cache.TryGet(first.Bytes, out var entry).ShouldBe(LookupStatus.Hit);
            entry!.Value.ShouldBe("first");
        }
    }

    [Fact]
    public void A_hit_allocates_nothing()
    {
        using var cache = Cache();
        cache.Load("key", "value", Exact("t:f:1"), Whole("u"));
        ReadOnlySpan<byte> key = "key"u8;
        for (var i = 0; i < 100; i++)
        {
            cache.TryGet(key, out _);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            cache.TryGet(key, out var entry);
            cache.RecordHit(entry!, CacheMeasurements.BeginHit());
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    // Guards CacheEntry.ValidAt: IsReleased.
    [Fact]
    public void Of_an_entry_that_has_left_only_its_fence_is_sure()
    {
        using var cache = Cache();
        cache.Load("key", "value", Exact("t:f:1"));
        cache.TryGet(Key("key").Bytes, out var entry).ShouldBe(LookupStatus.Hit);
        cache.Invalidate("other");
        entry!.IsValid(cache.Trie).ShouldBeTrue();
        entry.ValidAt.ShouldBe(cache.Trie.Sequence);

        cache.Clear();
        cache.Invalidate("t:f:1");
        entry.IsValid(cache.Trie);

        entry.ValidAt.ShouldBe(entry.Fence);
    }
}
