using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.AspNetCore;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Lets users read what they have written, on whatever node.</summary>
public static class ZooCacheSessionExtensions
{
    /// <summary>
    /// Whoever writes by a request is given a cookie, or a header, that names what he has written; what reads within a request that brings it along shows it, whichever node answers:
    /// a <see cref="global::ZooCache.ConsistencySession"/> for each request. Put it before whatever reads or writes. Without other nodes it does nothing.
    /// </summary>
    /// <remarks>A write after the response has started can't be told any more.</remarks>
    /// <param name="app">The application.</param>
    /// <param name="configure">Changes the options.</param>
    /// <returns>The application, for chaining.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="app"/> is null.</exception>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public static IApplicationBuilder UseZooCacheSession(this IApplicationBuilder app, Action<ZooCacheSessionOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        var options = new ZooCacheSessionOptions();
        configure?.Invoke(options);
        options.Validate();
        var cache = app.ApplicationServices.GetService<global::ZooCache.ZooCache>() ?? global::ZooCache.ZooCache.Shared;
        if (cache.Node is null)
        {
            return app;
        }

        var lifetime = options.Lifetime ?? (cache.Options.Nodes.LeaseTime + cache.Options.Nodes.MaxStaleness);
        return app.Use(async (context, next) =>
        {
            using var session = cache.BeginSession(TextOf(context.Request, options));
            context.Response.OnStarting(() =>
            {
                if (session.HasWritten)
                {
                    Tell(context, session.ToString(), options, lifetime);
                }

                return Task.CompletedTask;
            });
            await next(context).ConfigureAwait(false);
        });
    }

    private static string? TextOf(HttpRequest request, ZooCacheSessionOptions options)
        => options.HeaderName is { Length: > 0 } header && request.Headers[header] is [{ Length: > 0 } text] ? text
            : options.CookieName is { Length: > 0 } cookie ? request.Cookies[cookie]
            : null;

    private static void Tell(HttpContext context, string text, ZooCacheSessionOptions options, TimeSpan lifetime)
    {
        if (options.HeaderName is { Length: > 0 } header)
        {
            context.Response.Headers[header] = text;
        }

        if (options.CookieName is { Length: > 0 } cookie)
        {
            context.Response.Cookies.Append(
                cookie, text, new CookieOptions { HttpOnly = true, IsEssential = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = "/", MaxAge = lifetime });
        }
    }
}
