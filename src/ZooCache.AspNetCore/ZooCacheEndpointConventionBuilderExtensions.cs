using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.AspNetCore;
using ZooCache.AspNetCore.Responses;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Has endpoints answered from a <see cref="global::ZooCache.ZooCache"/>.</summary>
public static class ZooCacheEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Keeps the responses of endpoints (<c>GET</c>, status 200), until something changes that they were made of: the queries of Entity Framework Core and the cached calls that run
    /// in them tell. Each has a strong <c>ETag</c>; who has it already is told so (304). Of several requests at once one runs the endpoint.
    /// </summary>
    /// <remarks>Not kept are responses to users who are authenticated, unless the options say so, and those that set cookies, or say <c>Cache-Control: no-store</c>, or <c>private</c> where they aren't for each user.</remarks>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The endpoints, or a group of them.</param>
    /// <param name="configure">Changes the options.</param>
    /// <returns>The builder, for chaining.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or contradicts another; the message names it.</exception>
    public static TBuilder Cacheable<TBuilder>(this TBuilder builder, Action<CacheableResponseOptions>? configure = null)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new CacheableResponseOptions();
        configure?.Invoke(options);
        options.ToEntryOptions();
        var word = new CacheableEndpoint(isCacheable: true);
        builder.Add(endpoint => endpoint.Metadata.Add(word));
        builder.Finally(endpoint =>
        {
            // The last word wins: an endpoint's own comes after those of its groups.
            if (endpoint.RequestDelegate is { } inner && !(endpoint.Metadata.OfType<CacheableResponseAttribute>().Any() && endpoint.Metadata.OfType<ActionDescriptor>().Any()) && endpoint.Metadata.OfType<CacheableEndpoint>().Last() == word)
            {
                var responses = new ResponseCache(endpoint.ApplicationServices.GetService<global::ZooCache.ZooCache>() ?? global::ZooCache.ZooCache.Shared, options);
                RequestDelegate? own = null;

                // What another endpoint runs in its place makes a part of that one's response.
                own = context => context.GetEndpoint()?.RequestDelegate == own ? responses.InvokeAsync(context, inner) : inner(context);
                endpoint.RequestDelegate = own;
            }
        });
        return builder;
    }

    /// <summary>Keeps no responses of endpoints, whatever a group says that they are in.</summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The endpoints, or a group of them.</param>
    /// <returns>The builder, for chaining.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static TBuilder NotCacheable<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Add(static endpoint => endpoint.Metadata.Add(new CacheableEndpoint(isCacheable: false)));
        return builder;
    }

    /// <summary>What is said of an endpoint's responses.</summary>
    /// <param name="isCacheable">Whether they are kept.</param>
    internal sealed class CacheableEndpoint(bool isCacheable)
    {
        internal bool IsCacheable => isCacheable;
    }
}
