using Microsoft.EntityFrameworkCore;
using Storefront.Shop;

namespace Storefront.Node;

/// <summary>What an answer says of the cache, in its headers.</summary>
internal static class CacheHeaders
{
    /// <summary>Names the write that the request has made. A read that sends it back, to whichever node, is shown that write.</summary>
    public const string Token = "X-Consistency-Token";

    /// <summary>Where a read's answer came from, and why: <c>Hit (hit)</c>, <c>Miss (invalidated …)</c>, <c>Bypass (token-unknown)</c>.</summary>
    public const string Source = "X-Cache";

    public static async ValueTask<object?> AddAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var result = await next(invocation);
        var (http, cache) = (invocation.HttpContext, invocation.HttpContext.RequestServices.GetRequiredService<ShopContext>().Cache());
        if (cache.Token is { } token)
        {
            http.Response.Headers[Token] = token.ToString();
        }

        if (HttpMethods.IsGet(http.Request.Method))
        {
            http.Response.Headers[Source] = cache.LastQuery?.ToString();
        }

        return result;
    }
}
