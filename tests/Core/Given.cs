using System.Text;
using ZooCache.Tests;

namespace ZooCache.Core.Tests;

/// <summary>Words that the tests share.</summary>
internal static class Given
{
    internal static DependencyPath Exact(string tag) => new(TagPath.Parse(tag), Subtree: false);

    internal static DependencyPath Whole(string tag) => new(TagPath.Parse(tag), Subtree: true);

    internal static CacheKey Key(string name) => new(Encoding.UTF8.GetBytes(name));

    internal static ZooCache Cache(ManualTimeProvider? time = null, Action<ZooCacheOptions>? configure = null)
    {
        var options = new ZooCacheOptions { TimeProvider = time ?? new ManualTimeProvider() };
        configure?.Invoke(options);
        return new ZooCache(options);
    }

    internal static StoreOutcome Store(this ZooCache cache, Fill fill, object value, long size = 10) =>
        cache.Store(fill, value, size, default, out _);

    internal static StoreOutcome Load(this ZooCache cache, string key, object value, params DependencyPath[] dependencies) =>
        cache.Store(cache.BeginFill(Key(key), dependencies), value);

    internal static LookupStatus Get(this ZooCache cache, string key) => cache.TryGet(Key(key).Bytes, out _);

    internal static object? Read(this ZooCache cache, string key) =>
        cache.TryGet(Key(key).Bytes, out var entry) == LookupStatus.Hit ? entry!.Value : null;

    internal static WriteScope Write(this ZooCache cache, params string[] tags) =>
        cache.BeginWrite(tags.Select(TagPath.Parse).ToArray());

    internal static long Bump(this TagTrie trie, params string[] tags) => trie.Bump(tags.Select(TagPath.Parse).ToArray());

    internal static Dependency[] Pin(this TagTrie trie, params DependencyPath[] paths)
    {
        var pinned = new Dependency[paths.Length];
        trie.Pin(paths, pinned);
        return pinned;
    }
}
