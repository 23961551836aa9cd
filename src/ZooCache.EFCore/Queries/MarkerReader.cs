using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// Takes <c>Cacheable()</c> and <c>NotCacheable()</c> out of a query before EF translates it, so that nothing of them
/// reaches the SQL. The marker nearest to the end of the query wins; one inside a subquery speaks for the whole query.
/// </summary>
internal sealed class MarkerReader : ExpressionVisitor
{
    private QueryMarker _marker = QueryMarker.None;

    private MarkerReader()
    {
    }

    internal static MarkedQuery Read(Expression query)
    {
        var reader = new MarkerReader();
        var stripped = reader.Visit(query);
        if (reader._marker.Wish == CacheWish.None && AsksForDatabaseValues(stripped))
        {
            reader._marker = new QueryMarker(CacheWish.DatabaseValues, null, null);
        }

        return new MarkedQuery(stripped, reader._marker);
    }

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        if (node.Method.DeclaringType != typeof(ZooCacheQueryableExtensions))
        {
            return base.VisitMethodCall(node);
        }

        if (_marker.Wish == CacheWish.None)
        {
            _marker = node.Method.Name == nameof(ZooCacheQueryableExtensions.NotCacheable)
                ? new QueryMarker(CacheWish.NotCacheable, null, null)
                : Cacheable(node.Arguments.Count > 1 ? node.Arguments[1] : null);
        }

        return Visit(node.Arguments[0]);
    }

    private static QueryMarker Cacheable(Expression? options) => Unwrap(options) switch
    {
        null => new QueryMarker(CacheWish.Cacheable, null, null),
        ConstantExpression constant => new QueryMarker(CacheWish.Cacheable, FromValue(constant.Value), null),
        QueryParameterExpression parameter => new QueryMarker(CacheWish.Cacheable, null, parameter.Name),
        LambdaExpression lambda when ParameterFinder.IsIn(lambda) => throw new InvalidOperationException(
            "The options of Cacheable(…) can't use a parameter of a compiled query (EF.CompileQuery): they are read once, when it is compiled. Ask with a query that isn't compiled."),
        LambdaExpression lambda => new QueryMarker(CacheWish.Cacheable, FromValue(lambda.Compile()), null),
        _ => throw new InvalidOperationException(
            "The argument of Cacheable(…) must not depend on the rows of the query. Make the options before the query and pass the variable."),
    };

    private static CacheableOptions? FromValue(object? value) => value switch
    {
        CacheableOptions options => options,
        TimeSpan expiration => new CacheableOptions { AbsoluteExpiration = expiration },
        Action<CacheableOptions> configure => QueryMarker.Configured(configure),
        _ => null,
    };

    private static Expression? Unwrap(Expression? node)
    {
        while (node is UnaryExpression { NodeType: ExpressionType.Quote or ExpressionType.Convert } unary)
        {
            node = unary.Operand;
        }

        return node;
    }

    /// <summary>
    /// EF's <c>GetDatabaseValues</c> and <c>Reload</c> project an <see cref="object"/>-typed entity to <c>object[]</c>,
    /// which no query operator of C# gives the shape of by itself.
    /// </summary>
    private static bool AsksForDatabaseValues(Expression query)
    {
        for (var node = query; node is MethodCallExpression { Arguments.Count: > 0 } call; node = call.Arguments[0])
        {
            if (call.Method.Name == nameof(Queryable.Select)
                && call.Arguments.Count == 2
                && Unwrap(call.Arguments[1]) is LambdaExpression { Body: NewArrayExpression } lambda
                && lambda.Parameters is [{ Type: var parameter }]
                && parameter == typeof(object)
                && lambda.ReturnType == typeof(object[]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Finds what has a value only when the query runs.</summary>
    private sealed class ParameterFinder : ExpressionVisitor
    {
        private bool _hasFound;

        internal static bool IsIn(LambdaExpression lambda)
        {
            var finder = new ParameterFinder();
            finder.Visit(lambda.Body);
            return finder._hasFound;
        }

        protected override Expression VisitExtension(Expression node)
        {
            _hasFound = true;
            return node;
        }
    }
}
