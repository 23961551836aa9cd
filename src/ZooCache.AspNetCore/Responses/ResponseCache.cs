using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using ZooCache.AspNetCore.Inputs;

namespace ZooCache.AspNetCore.Responses;

/// <summary>
/// The responses of one endpoint. Thread-safe.
/// </summary>
/// <remarks>
/// <para>The key of a request names the endpoint, its method, host, path, query and culture, and the inputs that are known: those that the endpoint's options name, and those that a run
/// of it has ever read. What a run reads besides becomes known, and its response isn't kept; the next one's is, under a key that has that in it.</para>
/// <para>So a response is served to requests alone which agree with its own in all that its run has read of the request. An endpoint that is told the same twice answers the same, but for
/// what has changed elsewhere, which its dependencies tell.</para>
/// </remarks>
internal sealed class ResponseCache
{
    /// <summary>How often a request may find that more is known than when its key was made.</summary>
    private const int MostAttempts = 4;

    private const int LongestTarget = 8192;
    private static long last;

    /// <summary>The host is part of each key.</summary>
    private static readonly RequestInput Host = RequestInput.Header(HeaderNames.Host);

    private readonly long number = Interlocked.Increment(ref last);
    private readonly ZooCache cache;
    private readonly CacheableResponseOptions options;
    private readonly CacheEntryOptions entryOptions;
    private readonly Lock gate = new();
    private RequestInput[] known;

    internal ResponseCache(ZooCache cache, CacheableResponseOptions options)
    {
        this.cache = cache;
        this.options = options;
        entryOptions = options.ToEntryOptions();
        known = [.. options.Inputs.Concat(options.NamesQuery ? [] : [RequestInput.WholeQuery]).Concat(options.ForEachUser ? [RequestInput.User] : []).Distinct()];
    }

    /// <summary>Answers a request: from the cache, or by running the endpoint.</summary>
    internal async Task InvokeAsync(HttpContext context, RequestDelegate endpoint)
    {
        if (!IsCacheable(context))
        {
            await endpoint(context).ConfigureAwait(false);
            return;
        }

        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var request = new Turn(this, context, endpoint, Volatile.Read(ref known));
            if (await AskAsync(request).ConfigureAwait(false) is { } response)
            {
                await response.SendAsync(context).ConfigureAwait(false);
                return;
            }

            if (request.HasRun)
            {
                return;
            }
        }

        await endpoint(context).ConfigureAwait(false);
    }

    /// <summary>The response; null if there is none to be sent any more, or if the endpoint hasn't run.</summary>
    private ValueTask<StoredResponse?> AskAsync(Turn request)
    {
        var key = KeyBuffer.Rent();
        try
        {
            return TryWriteKey(key, request.Context, request.Inputs)
                ? cache.Functions.GetOrCreateAsync(key, request, static (turn, scope, _) => turn.RunAsync(scope), entryOptions, async: true, request.Context.RequestAborted)
                : default;
        }
        finally
        {
            key.Return();
        }
    }

    private bool IsCacheable(HttpContext context)
    {
        var request = context.Request;
        if (!(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            || request.Path.Value?.Length + request.QueryString.Value?.Length > LongestTarget
            || request.Headers.ContainsKey(HeaderNames.Range) || request.Headers.ContainsKey(HeaderNames.Upgrade)
            || request.ContentLength > 0 || context.Response.HasStarted)
        {
            return false;
        }

        return options.ForEachUser || options.SharedByUsers
            || (context.User.Identities.All(i => !i.IsAuthenticated) && !request.Headers.ContainsKey(HeaderNames.Authorization)
                && context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is null);
    }

    private bool TryWriteKey(KeyBuffer key, HttpContext context, RequestInput[] inputs)
    {
        var request = context.Request;
        key.Write((long)KeySpace.Response);
        key.Write(number);
        Write(key, request.Method);
        Write(key, request.Scheme);
        Write(key, request.Host.Value);
        Write(key, request.PathBase.Value);
        Write(key, request.Path.Value);
        Write(key, CultureInfo.CurrentCulture.Name);
        Write(key, CultureInfo.CurrentUICulture.Name);
        foreach (var value in options.Values)
        {
            Write(key, value(context));
        }

        foreach (var input in inputs)
        {
            KeyScalars.WriteTag(key, KeyTag.Varying);
            key.Write((byte)input.Kind);
            Write(key, input.Name);
            if (!TryWrite(key, context, input))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryWrite(KeyBuffer key, HttpContext context, RequestInput input)
    {
        var request = context.Request;
        switch (input.Kind)
        {
            case InputKind.Header:
                WriteAll(key, request.Headers[input.Name]);
                return true;
            case InputKind.Query:
                WriteAll(key, request.Query[input.Name]);
                return true;
            case InputKind.Cookie:
                Write(key, request.Cookies[input.Name]);
                return true;
            case InputKind.QueryNames:
                WriteAll(key, request.Query.Keys.Select(k => k.ToUpperInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
                return true;
            case InputKind.WholeQuery:
                Write(key, request.QueryString.Value);
                return true;
            default:
                var identity = RequestIdentity.Of(context.User);
                WriteAll(key, identity ?? []);
                return identity is not null;
        }
    }

    private static void WriteAll(KeyBuffer key, IEnumerable<string?> values)
    {
        KeyScalars.WriteTag(key, KeyTag.Items);
        foreach (var value in values)
        {
            Write(key, value);
        }

        KeyScalars.WriteTag(key, KeyTag.EndOfItems);
    }

    private static void Write(KeyBuffer key, string? value)
    {
        if (value is null)
        {
            KeyScalars.WriteTag(key, KeyTag.Null);
        }
        else
        {
            KeyScalars.WriteBytes(key, KeyTag.String, MemoryMarshal.AsBytes(value.AsSpan()));
        }
    }

    /// <summary>Whether a run has read nothing but what was known; what it has read besides is known from now on.</summary>
    private bool HasReadOnly(RequestInput[] inputs, IReadOnlyCollection<RequestInput> read)
    {
        // Of a query that is part of the key as a whole each value is.
        var more = read.Where(r => r != Host && !inputs.Contains(r) && !(r.Kind is InputKind.Query or InputKind.QueryNames && inputs.Contains(RequestInput.WholeQuery))).ToList();
        if (more.Count == 0)
        {
            return true;
        }

        lock (gate)
        {
            Volatile.Write(ref known, [.. known.Concat(more).Distinct()]);
        }

        return false;
    }

    /// <summary>One request's way to its response.</summary>
    private sealed class Turn(ResponseCache responses, HttpContext context, RequestDelegate endpoint, RequestInput[] inputs)
    {
        internal HttpContext Context => context;

        internal RequestInput[] Inputs => inputs;

        /// <summary>Whether the endpoint has run for this request, so that it is answered or about to be.</summary>
        internal bool HasRun { get; private set; }

        /// <summary>Runs the endpoint; null if its response has gone out already, or nothing ran because more is known by now than the key says.</summary>
        internal async ValueTask<StoredResponse?> RunAsync(CacheScope scope)
        {
            if (Volatile.Read(ref responses.known) != inputs)
            {
                scope.DontCache();
                return null;
            }

            HasRun = true;
            var log = new InputLog();
            var captured = new CapturedResponse(context, responses.options.MaximumBodyBytes);
            var hasEnded = false;
            StoredResponse? response;
            using (new ObservedFeatures(context, log))
            {
                try
                {
                    await endpoint(context).ConfigureAwait(false);
                    response = await captured.EndAsync(inputs).ConfigureAwait(false);
                    hasEnded = true;
                }
                finally
                {
                    if (!hasEnded)
                    {
                        captured.Restore();
                    }

                    await captured.DisposeAsync().ConfigureAwait(false);
                }
            }

            var knew = responses.HasReadOnly(inputs, log.Close());
            if (response is null || log.Problem is not null || !knew || !MayKeep(context.Response))
            {
                scope.Refuse(log.Problem ?? (knew ? "declined" : "inputs-learnt"));
            }

            return response;
        }

        private bool MayKeep(HttpResponse response)
            => response.StatusCode == StatusCodes.Status200OK
                && !response.Headers.ContainsKey(HeaderNames.SetCookie)
                && !(CacheControlHeaderValue.TryParse(response.Headers.CacheControl.ToString(), out var control)
                    && (control.NoStore || (control.Private && !inputs.Contains(RequestInput.User))));
    }
}
