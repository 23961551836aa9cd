using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore.Query.Internal;
using ZooCache.EFCore;
using ZooCache.EFCore.Queries;

namespace Microsoft.EntityFrameworkCore;

/// <summary>
/// What a query says of caching. These are markers: they may stand anywhere in the query, the one nearest to its end
/// wins, and nothing of them reaches the SQL. On a sequence that isn't EF Core's they do nothing. The context must be
/// configured with <c>UseZooCache()</c>: on one that isn't, EF Core takes them for operators of the query and throws that
/// the expression with <c>Cacheable()</c> could not be translated, since nothing of ZooCache runs there.
/// </summary>
public static class ZooCacheQueryableExtensions
{
    private static readonly MethodInfo CacheableMethod =
        new Func<IQueryable<object>, IQueryable<object>>(Cacheable).Method.GetGenericMethodDefinition();

    private static readonly MethodInfo CacheableWithOptionsMethod =
        new Func<IQueryable<object>, CacheableOptions, IQueryable<object>>(Cacheable).Method.GetGenericMethodDefinition();

    private static readonly MethodInfo NotCacheableMethod =
        new Func<IQueryable<object>, IQueryable<object>>(NotCacheable).Method.GetGenericMethodDefinition();

    /// <summary>Answers the query from the cache where it can, with the cache's default expiration.</summary>
    /// <typeparam name="TSource">The element type.</typeparam>
    /// <param name="source">The query.</param>
    /// <returns>The query.</returns>
    public static IQueryable<TSource> Cacheable<TSource>(this IQueryable<TSource> source)
        => Mark(source, CacheableMethod);

    /// <summary>Answers the query from the cache where it can.</summary>
    /// <typeparam name="TSource">The element type.</typeparam>
    /// <param name="source">The query.</param>
    /// <param name="absoluteExpiration">How long an answer may be served at most, from when it was loaded.</param>
    /// <returns>The query.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="absoluteExpiration"/> is zero or negative.</exception>
    public static IQueryable<TSource> Cacheable<TSource>(this IQueryable<TSource> source, TimeSpan absoluteExpiration)
        => Cacheable(source, new CacheableOptions { AbsoluteExpiration = absoluteExpiration });

    /// <summary>Answers the query from the cache where it can.</summary>
    /// <typeparam name="TSource">The element type.</typeparam>
    /// <param name="source">The query.</param>
    /// <param name="options">Expirations, tags, refresh. Read when the query runs; don't change it meanwhile.</param>
    /// <returns>The query.</returns>
    public static IQueryable<TSource> Cacheable<TSource>(this IQueryable<TSource> source, CacheableOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Mark(source, CacheableWithOptionsMethod, CapturedOptions.Of(options));
    }

    /// <summary>Answers the query from the cache where it can.</summary>
    /// <typeparam name="TSource">The element type.</typeparam>
    /// <param name="source">The query.</param>
    /// <param name="configure">Sets expirations, tags, refresh.</param>
    /// <returns>The query.</returns>
    public static IQueryable<TSource> Cacheable<TSource>(this IQueryable<TSource> source, Action<CacheableOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new CacheableOptions();
        configure(options);
        return Cacheable(source, options);
    }

    /// <summary>Answers the query from the database, whatever the context's policy says.</summary>
    /// <typeparam name="TSource">The element type.</typeparam>
    /// <param name="source">The query.</param>
    /// <returns>The query.</returns>
    public static IQueryable<TSource> NotCacheable<TSource>(this IQueryable<TSource> source)
        => Mark(source, NotCacheableMethod);

    private static IQueryable<TSource> Mark<TSource>(IQueryable<TSource> source, MethodInfo method, params Expression[] arguments)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Provider is EntityQueryProvider
            ? source.Provider.CreateQuery<TSource>(
                Expression.Call(method.MakeGenericMethod(typeof(TSource)), [source.Expression, .. arguments]))
            : source;
    }
}
