namespace ZooCache.EFCore;

/// <summary>
/// What one query asks of the cache. All durations count from the moment the answer was loaded. Queries that ask for
/// different expirations or tags have answers of their own.
/// </summary>
public sealed class CacheableOptions
{
    private TimeSpan? _absoluteExpiration;
    private TimeSpan? _slidingExpiration;
    private string[] _tags = [];
    private Type[] _entityTypes = [];
    private string[] _tables = [];

    /// <summary>How long the answer may be served at most. Default: the cache's
    /// <see cref="ZooCacheOptions.DefaultExpiration"/>. Always capped by <see cref="ZooCacheOptions.MaximumAge"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The duration is zero or negative.</exception>
    public TimeSpan? AbsoluteExpiration
    {
        get => _absoluteExpiration;
        set => _absoluteExpiration = Positive(value, nameof(AbsoluteExpiration));
    }

    /// <summary>How long the answer may be served after it was last asked for. Default: no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The duration is zero or negative.</exception>
    public TimeSpan? SlidingExpiration
    {
        get => _slidingExpiration;
        set => _slidingExpiration = Positive(value, nameof(SlidingExpiration));
    }

    /// <summary>Tags that the answer depends on besides its tables, as <c>user:42:orders</c>; it is dropped when one of
    /// them, or a tag above, is invalidated. Default: none.</summary>
    /// <exception cref="FormatException">One of them is not a tag.</exception>
    public IReadOnlyCollection<string> Tags
    {
        get => _tags;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (var tag in value)
            {
                TagPath.Parse(tag);
            }

            _tags = [.. value.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>
    /// What is promised of this answer where several nodes share the cache: <see cref="CacheConsistency.Eventual"/> takes less than a strict cache
    /// promises, and spares the question to the log. Default: null, what the cache promises (<see cref="NodeOptions.Consistency"/>).
    /// A query can't ask for more than its cache's own settings promise: when it runs, such a query throws <see cref="InvalidOperationException"/>.
    /// </summary>
    public CacheConsistency? Consistency { get; set; }

    /// <summary>
    /// Has the answer show the write that the token names, and what its node has written before, whichever node has made it: waits for it
    /// to be known here, for at most <see cref="NodeOptions.TokenWait"/>, and else asks the database (reason <c>token-unknown</c>). The
    /// last of several calls counts.
    /// </summary>
    /// <param name="token">From <see cref="DbContextCache.Token"/>; null for none.</param>
    /// <returns>These options.</returns>
    public CacheableOptions AsOf(ConsistencyToken? token)
    {
        Token = token;
        return this;
    }

    internal ConsistencyToken? Token { get; private set; }

    /// <summary>Whether to ask the database even if there is a valid answer, and to replace that. Default: false.</summary>
    public bool Refresh { get; set; }

    /// <summary>
    /// Declares that the answer depends on the tables of <typeparamref name="TEntity"/>, besides those that ZooCache finds
    /// itself. A query over raw SQL, a view or a function of the database is cached only if what it reads is declared,
    /// here or in the model (<c>CacheDependsOn</c>).
    /// </summary>
    /// <typeparam name="TEntity">An entity type of the context's model.</typeparam>
    /// <returns>These options.</returns>
    public CacheableOptions DependsOn<TEntity>()
        where TEntity : class
    {
        _entityTypes = [.. _entityTypes.Append(typeof(TEntity)).Distinct().OrderBy(t => t.FullName, StringComparer.Ordinal)];
        return this;
    }

    /// <summary>Declares that the answer depends on a table that no entity type may be mapped to.</summary>
    /// <param name="table">The table's name, without schema; case doesn't matter.</param>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentException"><paramref name="table"/> is null or empty.</exception>
    public CacheableOptions DependsOnTable(string table)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        _tables = [.. _tables.Append(table.ToUpperInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return this;
    }

    internal IReadOnlyList<Type> EntityTypes => _entityTypes;

    internal IReadOnlyList<string> Tables => _tables;

    internal bool HasDependencies => _entityTypes.Length > 0 || _tables.Length > 0;

    private static TimeSpan? Positive(TimeSpan? value, string name)
        => value is null || value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"CacheableOptions.{name} must be positive; leave it null for the cache's default.");
}
