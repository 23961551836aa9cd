namespace ZooCache.Lmdb;

/// <summary>What a cache keeps in a file of LMDB's. Not thread-safe.</summary>
public sealed class LmdbOptions
{
    private const long Fewest = 1024 * 1024;
    private const long Most = 1L << 40;
    private const int FewestEntries = 100;
    private const int MostEntries = 10_000_000;

    /// <summary>
    /// The most bytes that the file may take. It grows as needed; of results that are kept there those that expire first make room. Processes with one
    /// path should agree. 1 MiB to 1 TiB. Default: 1 GiB.
    /// </summary>
    public long MaximumBytes { get; set; } = 1024 * 1024 * 1024;

    /// <summary>
    /// How many entries of the log of invalidations are kept. A process that has missed more of them invalidates all that it has. 100 to 10,000,000. Default: 100,000.
    /// </summary>
    public int LogCapacity { get; set; } = 100_000;

    /// <summary>Whether results are kept, too, so that a process finds there what another has loaded, or itself before it was started anew
    /// (<see cref="ZooCacheOptions.Store"/>). Default: true.</summary>
    public bool StoresResults { get; set; } = true;

    internal LmdbOptions Copy() => (LmdbOptions)MemberwiseClone();

    /// <summary>Throws <see cref="ArgumentOutOfRangeException"/>, naming the property to change.</summary>
    internal void Validate()
    {
        if (MaximumBytes is < Fewest or > Most)
        {
            throw new ArgumentOutOfRangeException(nameof(MaximumBytes), MaximumBytes, $"{nameof(LmdbOptions)}.{nameof(MaximumBytes)} must be 1 MiB to 1 TiB.");
        }

        if (LogCapacity is < FewestEntries or > MostEntries)
        {
            throw new ArgumentOutOfRangeException(nameof(LogCapacity), LogCapacity, $"{nameof(LmdbOptions)}.{nameof(LogCapacity)} must be {FewestEntries} to {MostEntries}.");
        }
    }
}
