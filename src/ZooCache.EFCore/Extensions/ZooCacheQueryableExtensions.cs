using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using ZooCache.EFCore;
using ZooCache.EFCore.Explanations;
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
        => source?.Provider is EntityQueryProvider provider
            ? provider.CreateQuery<TSource>(Expression.Call(Markers<TSource>.Cacheable, source.Expression))
            : Unmarked(source);

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
        return source?.Provider is EntityQueryProvider provider
            ? provider.CreateQuery<TSource>(Expression.Call(Markers<TSource>.CacheableWithOptions, source.Expression, CapturedOptions.Of(options)))
            : Unmarked(source);
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
        => source?.Provider is EntityQueryProvider provider
            ? provider.CreateQuery<TSource>(Expression.Call(Markers<TSource>.NotCacheable, source.Expression))
            : Unmarked(source);

    /// <summary>
    /// Says what the cache makes of the query: whether it is cached, how it would be answered now, and which rows of which tables its
    /// answer depends on. Nothing is executed and nothing changes; EF compiles the query if it is new.
    /// </summary>
    /// <typeparam name="TSource">The element type.</typeparam>
    /// <param name="source">The query, as it would be enumerated.</param>
    /// <returns>The explanation.</returns>
    /// <exception cref="InvalidOperationException">The query is no query of a context with <c>UseZooCache()</c>, or EF can't
    /// translate it.</exception>
    public static QueryExplanation ExplainCache<TSource>(this IQueryable<TSource> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return QueryExplainer.Explain<IEnumerable<TSource>>(source.Provider, source.Expression);
    }

    /// <summary>As <see cref="ExplainCache{TSource}(IQueryable{TSource})"/>, of a query that ends with an operator such as
    /// <c>Single</c> or <c>Count</c>: <c>db.Orders.ExplainCache(q => q.Count(o => o.CustomerId == id))</c>.</summary>
    /// <typeparam name="TSource">The element type.</typeparam>
    /// <typeparam name="TResult">What the operator gives.</typeparam>
    /// <param name="source">The query before the operator.</param>
    /// <param name="terminal">The operator.</param>
    /// <returns>The explanation.</returns>
    /// <exception cref="InvalidOperationException">The query is no query of a context with <c>UseZooCache()</c>, or EF can't
    /// translate it.</exception>
    public static QueryExplanation ExplainCache<TSource, TResult>(
        this IQueryable<TSource> source, Expression<Func<IQueryable<TSource>, TResult>> terminal)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(terminal);
        return QueryExplainer.Explain<TResult>(
            source.Provider, ReplacingExpressionVisitor.Replace(terminal.Parameters[0], source.Expression, terminal.Body));
    }

    /// <summary>A sequence that isn't EF Core's.</summary>
    private static IQueryable<TSource> Unmarked<TSource>(IQueryable<TSource>? source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source;
    }

    /// <summary>The methods above for one element type: finding them anew takes longer than all else that a marker does.</summary>
    private static class Markers<TSource>
    {
        internal static readonly MethodInfo Cacheable = CacheableMethod.MakeGenericMethod(typeof(TSource));

        internal static readonly MethodInfo CacheableWithOptions = CacheableWithOptionsMethod.MakeGenericMethod(typeof(TSource));

        internal static readonly MethodInfo NotCacheable = NotCacheableMethod.MakeGenericMethod(typeof(TSource));
    }
}
