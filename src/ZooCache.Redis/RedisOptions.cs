namespace ZooCache.Redis;

/// <summary>What a cache keeps on Redis. Not thread-safe.</summary>
public sealed class RedisOptions
{
    private const int Fewest = 100;
    private const int Most = 100_000_000;

    /// <summary>
    /// How many entries of the log are kept, about. A node that has missed more of them invalidates all that it has. An entry takes some hundred
    /// bytes, or about 50 for each row that a save has written. 100 to 100,000,000. Default: 100,000.
    /// </summary>
    public int LogCapacity { get; set; } = 100_000;

    /// <summary>
    /// Whether results are kept on Redis, too, so that a node finds there what another has loaded (<see cref="ZooCacheOptions.Store"/>). They stand there as they came
    /// from the database, unencrypted: whoever may read this Redis may read them, and whoever may write there decides what this application believes. Default: false.
    /// </summary>
    public bool StoresResults { get; set; }

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/>, naming the property to change.</summary>
    internal void Validate()
    {
        if (LogCapacity is < Fewest or > Most)
        {
            throw new ArgumentOutOfRangeException(nameof(LogCapacity), LogCapacity, $"{nameof(RedisOptions)}.{nameof(LogCapacity)} must be {Fewest} to {Most}.");
        }
    }
}
