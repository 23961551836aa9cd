using Microsoft.Extensions.Logging;

namespace ZooCache;

/// <summary>
/// The settings of a <see cref="ZooCache"/>. They are copied and checked when the cache is made; changing them afterwards has
/// no effect. Not thread-safe.
/// </summary>
public sealed class ZooCacheOptions
{
    private const long MiB = 1024 * 1024;
    private const int LongestPrefix = 128;
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    private long? maximumResultBytes;

    /// <summary>The cache's name in metrics, and the first segment of keys that it shares with other processes. 1 to 128 characters. Default: "zoo".</summary>
    public string Prefix { get; set; } = "zoo";

    /// <summary>Whether the cache takes part from the start; see <see cref="ZooCache.Enabled"/>. Default: true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The most bytes that entries may take, estimated, with their keys and dependencies. Default: 64 MiB.</summary>
    public long ByteBudget { get; set; } = 64 * MiB;

    /// <summary>The most entries. Default: null, no limit but <see cref="ByteBudget"/>.</summary>
    public int? EntryLimit { get; set; }

    /// <summary>
    /// How long an entry lives, from when it was stored, if its query names no expiration of its own. Default: null, only
    /// <see cref="MaximumAge"/>.
    /// </summary>
    public TimeSpan? DefaultExpiration { get; set; }

    /// <summary>How old an entry may become, from when its load began, whatever else it is given. Default: 30 minutes; null for no limit.</summary>
    public TimeSpan? MaximumAge { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Larger results are not stored. At most <see cref="ByteBudget"/>. Default: 4 MiB, or the budget if that is smaller.</summary>
    public long MaximumResultBytes
    {
        get => maximumResultBytes ?? Math.Min(4 * MiB, ByteBudget);
        set => maximumResultBytes = value;
    }

    /// <summary>How long a caller waits for another caller's load of the same result before it loads for itself. Default: 10 seconds.</summary>
    public TimeSpan FlightTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often expired and invalid entries that nobody reads are removed. Default: 30 seconds.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The share of the answers to queries, 0 to 1, for which the database is asked all the same, to find answers that are stale: chosen at random, one at a time. The caller is given what the
    /// database says; if that can't be asked, what was there. Default: 0, none.
    /// </summary>
    /// <remarks>Not watched are split queries, results of calls and responses, and what is read from a replica.</remarks>
    public double WatchdogShare { get; set; }

    /// <summary>The clock. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where the cache writes what operators should know of, as category <c>ZooCache</c>. Default: null, nowhere; with <c>AddZooCache</c>, the container's.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>How the cache takes part in a log that it shares with other processes, if it is given one (<c>UseRedis</c>).</summary>
    public NodeOptions Nodes { get; internal set; } = new();

    /// <summary>How results are kept where other processes find them, if the cache is given such a store.</summary>
    public StoreOptions Store { get; internal set; } = new();

    /// <summary>Makes the log that the cache shares with those of other processes, and which it disposes if that can be disposed; null for
    /// none.</summary>
    internal Func<ZooCacheOptions, IInvalidationLog>? Log { get; set; }

    /// <summary>Makes, beside the log, the store that the cache shares with those of other processes, which it disposes after the log if that can be
    /// disposed; null for none.</summary>
    internal Func<ZooCacheOptions, ICacheStore>? SharedStore { get; set; }

    /// <summary>Not null in a simulation, which starts the node itself.</summary>
    internal NodeTiming? NodeTiming { get; set; }

    /// <summary>Whether answers are read that other nodes have kept.</summary>
    internal bool ReadsStores { get; set; }

    internal ZooCacheOptions Copy()
    {
        var copy = (ZooCacheOptions)MemberwiseClone();
        copy.Nodes = Nodes.Copy();
        copy.Store = Store.Copy();
        return copy;
    }

    /// <summary>Throws <see cref="ArgumentException"/> (or its out-of-range form), naming the property to change.</summary>
    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(Prefix) || Prefix.Length > LongestPrefix)
        {
            throw new ArgumentException($"{nameof(Prefix)} must have 1 to {LongestPrefix} characters and not be blank.", nameof(Prefix));
        }

        ArgumentNullException.ThrowIfNull(TimeProvider);
        Require(ByteBudget > 0, ByteBudget, "must be positive", nameof(ByteBudget));
        Require(EntryLimit is null or > 0, EntryLimit, "must be positive, or null for no limit", nameof(EntryLimit));
        Require(DefaultExpiration is null || DefaultExpiration > TimeSpan.Zero, DefaultExpiration, "must be positive, or null for none", nameof(DefaultExpiration));
        Require(MaximumAge is null || MaximumAge > TimeSpan.Zero, MaximumAge, "must be positive, or null for none", nameof(MaximumAge));
        Require(MaximumResultBytes > 0 && MaximumResultBytes <= ByteBudget, MaximumResultBytes, $"must be positive and at most {nameof(ByteBudget)} ({ByteBudget})", nameof(MaximumResultBytes));
        Require(WatchdogShare is >= 0 and <= 1, WatchdogShare, "must be 0 to 1", nameof(WatchdogShare));
        Nodes.Validate();
        Store.Validate();
        RequireTimer(FlightTimeout, nameof(FlightTimeout));
        RequireTimer(SweepInterval, nameof(SweepInterval));
    }

    private static void RequireTimer(TimeSpan value, string property) =>
        Require(value > TimeSpan.Zero && value <= LongestTimer, value, $"must be positive and at most {LongestTimer.Days} days", property);

    private static void Require(bool holds, object? value, string rule, string property)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(property, value, $"{nameof(ZooCacheOptions)}.{property} {rule}.");
        }
    }
}
