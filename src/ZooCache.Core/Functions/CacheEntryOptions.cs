using ZooCache.Values;

namespace ZooCache;

/// <summary>
/// What a cached call, or a value that is set, asks of the cache. Immutable, so that one can be kept in a static field and used by all: a call that hits
/// then allocates nothing. Safe to share between threads.
/// </summary>
public sealed record CacheEntryOptions
{
    private readonly TagPath[] paths = [];
    private readonly TimeSpan? absoluteExpiration;
    private readonly TimeSpan? slidingExpiration;
    private readonly TimeSpan? flightTimeout;

    internal static CacheEntryOptions Default { get; } = new();

    /// <summary>Tags that the result depends on, as <c>user:42:orders</c>; those that are known only during the call are named by <see cref="CacheScope.DependsOn(ReadOnlySpan{string})"/>.
    /// It is dropped when one of them, or a tag above, is invalidated. Default: none.</summary>
    /// <exception cref="ArgumentException">A tag is null or empty.</exception>
    /// <exception cref="FormatException">One of them is not a tag; see <see cref="TagPath.Parse"/>.</exception>
    public IReadOnlyCollection<string> Tags
    {
        get => [.. paths.Select(p => p.ToString())];
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            paths = [.. value.Select(TagPath.Parse).Distinct()];
        }
    }

    /// <summary>As <see cref="Tags"/>, as paths, whose segments may be anything. Takes the place of <see cref="Tags"/>.</summary>
    public IReadOnlyCollection<TagPath> TagPaths
    {
        get => [.. paths];
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            paths = [.. value.Distinct()];
        }
    }

    /// <summary>How long the result may be served at most, from when it is stored. Default: <see cref="ZooCacheOptions.DefaultExpiration"/>. Always capped by
    /// <see cref="ZooCacheOptions.MaximumAge"/>, and by what is left of the results that went into it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The duration is zero or negative.</exception>
    public TimeSpan? AbsoluteExpiration
    {
        get => absoluteExpiration;
        init => absoluteExpiration = Positive(value, nameof(AbsoluteExpiration));
    }

    /// <summary>How long the result may be served after it was last asked for: each read extends it. Default: no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The duration is zero or negative.</exception>
    public TimeSpan? SlidingExpiration
    {
        get => slidingExpiration;
        init => slidingExpiration = Positive(value, nameof(SlidingExpiration));
    }

    /// <summary>How long this call waits for another one that makes the same result, before it makes it for itself. Default:
    /// <see cref="ZooCacheOptions.FlightTimeout"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The duration is zero or negative, or longer than 24 days.</exception>
    public TimeSpan? FlightTimeout
    {
        get => flightTimeout;
        init => flightTimeout = value is null || value <= TimeSpan.FromDays(24)
            ? Positive(value, nameof(FlightTimeout))
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(CacheEntryOptions)}.{nameof(FlightTimeout)} must be at most 24 days.");
    }

    /// <summary>Whether to make the result anew even if there is a valid one, and to replace that. Default: false.</summary>
    public bool Refresh { get; init; }

    /// <summary>Whether what this result depends on is handed on to the cached call that it is asked for in, whose result then depends on it, too. Switched off, that
    /// one may be served although this one has changed. Default: true.</summary>
    public bool PropagatesDependencies { get; init; } = true;

    /// <summary>
    /// Whether the key says all that the answers of the <c>DbContext</c>s which the call uses differ by, beyond the queries themselves: what <c>VaryBy(…)</c> names, and what query filters
    /// read of the context, such as its tenant. Otherwise the result of a call that uses such a context isn't kept (reason <c>context-varies</c>), because it would be served
    /// to another tenant. Default: false.
    /// </summary>
    public bool KeyNamesContext { get; init; }

    /// <summary>
    /// Whether everybody gets the very object that the call has made. The application promises that nobody changes it. Otherwise what can be changed is copied
    /// for each who asks. Default: false.
    /// </summary>
    public bool SharesValue { get; init; }

    /// <summary>What is promised of this result where several nodes share the cache: see <see cref="NodeOptions.Consistency"/>, which it can't go beyond. Default: null, what
    /// the cache promises.</summary>
    public CacheConsistency? Consistency { get; init; }

    /// <summary>Has the result show the write that the token names, whichever node has made it: waits for it to be known here, for at most
    /// <see cref="NodeOptions.TokenWait"/>, and else makes the result anew. Default: null.</summary>
    public ConsistencyToken? AsOf { get; init; }

    /// <summary>
    /// Whether the result is also kept where other processes find it, if the cache has such a store (<c>UseRedis(…, r => r.StoresResults = true)</c>, <c>UseLmdb</c>): then the key has to say everything that the result
    /// differs by from one process to another. Kept are results of types of which it is known to the last of their parts what they consist of: numbers, text, dates, and lists, dictionaries, tuples
    /// and objects of them. Default: false.
    /// </summary>
    public bool StoresResult { get; init; }

    internal ReadOnlySpan<TagPath> Paths => paths;

    /// <summary>How values are kept, if not as by themselves.</summary>
    internal ValueForm? Form { get; init; }

    /// <summary>Whether the result is handed out and not kept.</summary>
    internal bool KeepsNothing { get; init; }

    internal EntryLifetime Lifetime => new(absoluteExpiration, slidingExpiration);

    private static TimeSpan? Positive(TimeSpan? value, string name)
        => value is null || value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(CacheEntryOptions)}.{name} must be positive; leave it null for the cache's default.");
}
