using System.Collections.Frozen;
using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore;

/// <summary>
/// Says which queries of a context are cached that say nothing themselves. A query's own <c>Cacheable()</c> or
/// <c>NotCacheable()</c> always wins; then what was said of its entity types here, then in the model
/// (<c>IsCacheable()</c>), then <see cref="CacheWhen"/>, then <see cref="CacheAll"/>.
/// </summary>
public sealed class ZooCacheContextOptionsBuilder
{
    private readonly Dictionary<Type, bool> _entityTypes;
    private ContextSettings _settings;

    internal ZooCacheContextOptionsBuilder(ContextSettings settings)
    {
        _settings = settings;
        _entityTypes = new Dictionary<Type, bool>(settings.EntityTypes);
    }

    /// <summary>Caches every query that can be cached.</summary>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder CacheAll()
    {
        _settings = _settings with { CacheAll = true };
        return this;
    }

    /// <summary>Caches queries over <typeparamref name="TEntity"/>: those of which every entity type is so marked.</summary>
    /// <typeparam name="TEntity">The entity type.</typeparam>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder Cache<TEntity>()
        where TEntity : class
    {
        _entityTypes[typeof(TEntity)] = true;
        return this;
    }

    /// <summary>Doesn't cache queries that touch <typeparamref name="TEntity"/>.</summary>
    /// <typeparam name="TEntity">The entity type.</typeparam>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder DontCache<TEntity>()
        where TEntity : class
    {
        _entityTypes[typeof(TEntity)] = false;
        return this;
    }

    /// <summary>Decides at each execution whether a query is cached; a query over a type marked with
    /// <see cref="DontCache{TEntity}"/> is never asked about.</summary>
    /// <param name="predicate">True to cache. Called on the query's thread; must be fast and safe for concurrent use.</param>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder CacheWhen(Func<QueryCandidate, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        _settings = _settings with { When = predicate };
        return this;
    }

    /// <summary>
    /// Doesn't keep a result that the predicate is true of; its callers get it all the same. Calls add up: one that is true
    /// is enough. An answer that another context has stored is served whatever this context says.
    /// </summary>
    /// <param name="predicate">Called once for each result that was loaded and could be kept, on the thread of its query,
    /// when it has been read to its end; must be fast and safe for concurrent use. What it throws is thrown to the query's
    /// caller, and nothing is kept.</param>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder DontCacheIf(Func<QueryResultInfo, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        _settings = _settings with { DontCacheIf = [.. _settings.DontCacheIf, predicate] };
        return this;
    }

    /// <summary>
    /// Keeps the cache out of the context's queries, whatever they say themselves (reason <c>disabled</c>). The context's
    /// writes go on invalidating. <see cref="ZooCache.Enabled"/> does the same for all contexts of a cache, at run time.
    /// </summary>
    /// <param name="disabled">Whether to keep it out. Default: true.</param>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder Disabled(bool disabled = true)
    {
        _settings = _settings with { Disabled = disabled };
        return this;
    }

    /// <summary>
    /// Vouches for a function of the database: its value follows from its arguments alone, whatever they are; it reads no
    /// table, no clock and no state of the session. Queries that call it can then be cached. For functions of the model,
    /// <c>modelBuilder.HasDbFunction(…).IsDeterministic()</c> says the same.
    /// </summary>
    /// <param name="name">The name as the reason <c>unknown-function: name</c> gives it, with the schema if that does; case
    /// counts.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public ZooCacheContextOptionsBuilder DeterministicFunction(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _settings = _settings with { DeterministicFunctions = _settings.DeterministicFunctions.Append(name).ToFrozenSet(StringComparer.Ordinal) };
        return this;
    }

    /// <summary>
    /// Says that the context's queries may be answered by read replicas, and how far behind its primary one can be at most.
    /// An answer is then kept only if nothing that it depends on was invalidated for that long before it was loaded: what a
    /// replica may not have shown yet isn't kept. Without it a connection string that may lead to a replica isn't cached
    /// (reason <c>replica</c>); replicas that the connection string doesn't tell of (a proxy, a DNS name) must be declared.
    /// </summary>
    /// <param name="maximum">The longest lag; not negative. A replica further behind gives stale answers.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The lag is negative.</exception>
    public ZooCacheContextOptionsBuilder ReplicaLag(TimeSpan maximum)
    {
        if (maximum < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(maximum), maximum, "ReplicaLag(…) takes a time that isn't negative: how far a replica can be behind at most.");
        }

        _settings = _settings with { ReplicaLag = maximum };
        return this;
    }

    /// <summary>
    /// Makes a value part of what an answer is an answer to, asked for at each execution of a query: the tenant, the role or
    /// the language by which the database answers differently, though the SQL is the same. Calls add up. With it a context is
    /// cached whose connection interceptors, or SQL of its own, set the session: say <b>all</b> that the session's state
    /// depends on.
    /// </summary>
    /// <param name="value">Gives a text, number, <see cref="Guid"/>, date or time, enum, null, or a list of these, from the
    /// application's services: those of the scope in which <c>AddDbContext</c> made the context, but of the root with a
    /// context pool or factory, where a scoped service isn't the request's (ask <c>IHttpContextAccessor</c>, or use the other
    /// overload). Called on the query's thread, with hits too, so it must be fast; safe for concurrent use. What it throws is
    /// thrown to the query's caller; so is an <see cref="InvalidOperationException"/> for a value of another type, and
    /// where the context's options have no application services.</param>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder VaryBy(Func<IServiceProvider, object?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return VaryBy(VaryingValue.Of(value));
    }

    /// <summary>As <see cref="VaryBy(Func{IServiceProvider, object?})"/>, with a value that the context knows:
    /// <c>z.VaryBy((DbContext db) => ((ShopContext)db).Tenant)</c>.</summary>
    /// <param name="value">Gives the value from the context that runs the query.</param>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder VaryBy(Func<DbContext, object?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return VaryBy(VaryingValue.Of(value));
    }

    /// <summary>
    /// Says that the application's connection interceptors don't change what a query answers (they set no role, search
    /// path or session variable that the database looks at), nor does SQL of its own that sets the session. Without it or
    /// <see cref="VaryBy(Func{IServiceProvider, object?})"/>, a context with a connection interceptor of somebody else's isn't
    /// cached, nor what is asked on a connection after a statement such as <c>SET</c>.
    /// </summary>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder SessionIndependent()
    {
        _settings = _settings with { SessionIndependent = true };
        return this;
    }

    /// <summary>
    /// Names the database that the context reads and writes, so that contexts of differently named databases don't
    /// invalidate each other's answers; without it all contexts of a cache are taken to share one database. It is a promise:
    /// <b>every</b> context that reads or writes the same physical database must give the same name, and two names for one
    /// database give stale answers.
    /// </summary>
    /// <param name="name">1 to 512 characters, such as <c>billing</c>; compared exactly. Default: <c>db</c>. The cache
    /// remembers the tables of each name for its lifetime.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    public ZooCacheContextOptionsBuilder Database(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > TagSegment.MaximumLength)
        {
            throw new ArgumentException($"Database(…) takes a name of at most {TagSegment.MaximumLength} characters; this one has {name.Length}.", nameof(name));
        }

        _settings = _settings with { Database = new EFPaths(name) };
        return this;
    }

    /// <summary>
    /// Makes each answer that the context loads depend on its tables as a whole: any write to one of them drops it. For comparison, and
    /// to rule precision out where an answer is suspected.
    /// </summary>
    /// <param name="wholeTables">Whether to. Default: true.</param>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder WholeTables(bool wholeTables = true)
    {
        _settings = _settings with { WholeTables = wholeTables };
        return this;
    }

    /// <summary>Tells how each query of the context was answered.</summary>
    /// <param name="observer">Called on the query's thread before its first row; must be fast and safe for concurrent
    /// use. What it throws is thrown to the query's caller.</param>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder OnQuery(Action<QueryOutcome> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        _settings = _settings with { OnQuery = observer };
        return this;
    }

    /// <summary>Tells what each write of the context has invalidated, cascades, triggers and declared routines included.</summary>
    /// <param name="observer">Called once per write, or per transaction, when that is complete and its invalidation has taken
    /// effect, before the call that completed it returns; also after a rollback, which has cost the answers all the same. It
    /// may be called on any thread and must be fast and safe for concurrent use. What it throws is swallowed, and counted
    /// in <see cref="CacheStatistics.FailedHooks"/>: the write is done.</param>
    /// <returns>This builder.</returns>
    public ZooCacheContextOptionsBuilder OnInvalidated(Action<InvalidationInfo> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        _settings = _settings with { OnInvalidated = observer };
        return this;
    }

    private ZooCacheContextOptionsBuilder VaryBy(VaryingValue value)
    {
        _settings = _settings with { VaryBy = [.. _settings.VaryBy, value] };
        return this;
    }

    internal ContextSettings Build() => _settings with { EntityTypes = new Dictionary<Type, bool>(_entityTypes) };
}
