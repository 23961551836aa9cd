using Microsoft.Extensions.Caching.Hybrid;

namespace ZooCache;

/// <summary>The settings of a <see cref="HybridCache"/> on a <see cref="ZooCache"/>. They are checked when it is made. Not thread-safe.</summary>
public sealed class ZooHybridCacheOptions
{
    private const int LongestKey = 1024 * 1024;

    /// <summary>What is asked where a call says nothing: durations and flags. Default: null, the cache's own <see cref="ZooCacheOptions.DefaultExpiration"/>, and no flags.</summary>
    public HybridCacheEntryOptions? DefaultEntryOptions { get; set; }

    /// <summary>The longest key whose results are kept, in characters; with a longer one every call makes its own. 1 to 1 048 576. Default: 1024.</summary>
    public int MaximumKeyLength { get; set; } = 1024;

    /// <summary>Results that take more bytes aren't kept: as they are serialised, or about as many as they take in memory. 1 or more;
    /// <see cref="ZooCacheOptions.MaximumResultBytes"/> holds besides. Default: 1 MiB.</summary>
    public long MaximumPayloadBytes { get; set; } = 1024 * 1024;

    /// <summary>Whether keys say all that the <c>DbContext</c>s which factories use differ by: see <see cref="CacheEntryOptions.KeyNamesContext"/>. Default: false.</summary>
    public bool KeyNamesContext { get; set; }

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/>, naming the property to change.</summary>
    internal void Validate()
    {
        Require(MaximumKeyLength is > 0 and <= LongestKey, MaximumKeyLength, "must be 1 to 1 048 576", nameof(MaximumKeyLength));
        Require(MaximumPayloadBytes > 0, MaximumPayloadBytes, "must be positive", nameof(MaximumPayloadBytes));
    }

    private static void Require(bool holds, object value, string rule, string property)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(property, value, $"{nameof(ZooHybridCacheOptions)}.{property} {rule}.");
        }
    }
}
