using ZooCache.Codec;

namespace ZooCache;

/// <summary>
/// How results are kept where other processes find them, by a cache that has such a store (<c>UseRedis(…, r => r.StoresResults = true)</c>). Without
/// one, nothing here has an effect. Not thread-safe.
/// </summary>
public sealed class StoreOptions
{
    private const int MostBytes = 256 * 1024 * 1024;

    /// <summary>The longest entry that is kept, in bytes, as it is kept: compressed, with its key. 1 to 256 MiB. Default: 1 MiB.</summary>
    public int MaximumEntryBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// After what time an entry goes, whoever reads it; earlier if its query, or <see cref="ZooCacheOptions.MaximumAge"/>, says so. Above 0, to 30 days.
    /// Default: 1 hour.
    /// </summary>
    public TimeSpan Expiration { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a request to the store is waited for; then the database is asked. Above 0, to 1 day. Default: 250 ms.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How results are compressed from 512 bytes on, if that makes them shorter; null for not at all. Default: LZ4.</summary>
    public IPayloadCompressor? Compressor { get; set; } = Lz4Compressor.Instance;

    internal StoreOptions Copy() => (StoreOptions)MemberwiseClone();

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/>, naming the property to change.</summary>
    internal void Validate()
    {
        Require(Compressor is null or Lz4Compressor or { Id: > 1 }, Compressor?.Id ?? 0, "must have an Id of 2 to 255", nameof(Compressor));
        Require(MaximumEntryBytes is > 0 and <= MostBytes, MaximumEntryBytes, "must be 1 to 256 MiB", nameof(MaximumEntryBytes));
        Require(Expiration > TimeSpan.Zero && Expiration <= TimeSpan.FromDays(30), Expiration, "must be positive and at most 30 days", nameof(Expiration));
        Require(RequestTimeout > TimeSpan.Zero && RequestTimeout <= TimeSpan.FromDays(1), RequestTimeout, "must be positive and at most 1 day", nameof(RequestTimeout));
    }

    private static void Require(bool holds, object value, string rule, string property)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(property, value, $"{nameof(StoreOptions)}.{property} {rule}.");
        }
    }
}
