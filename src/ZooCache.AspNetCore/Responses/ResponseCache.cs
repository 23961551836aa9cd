using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using ZooCache.AspNetCore.Inputs;

namespace ZooCache.AspNetCore.Responses;

/// <summary>
/// The responses of one endpoint. Thread-safe.
/// </summary>
/// <remarks>
/// <para>The key of a request names the endpoint, its host, path, query, route values and culture, and the inputs that are known: those that the endpoint's options name, and those that a run
/// of it has ever read. What a run reads besides becomes known, and its response isn't kept; the next one's is, under a key that has that in it. That something isn't there is no part of the
/// key, but a condition for being served: it becomes known before the response is kept, and whoever is served looks at it afterwards.</para>
/// <para>So a response is served to requests alone which agree with its own in all that its run has read of the request. An endpoint that is told the same twice answers the same, but for
/// what has changed elsewhere, which its dependencies tell.</para>
/// </remarks>
internal sealed class ResponseCache
{
    /// <summary>How often a request may find that more is known than when its key was made.</summary>
    private const int MostAttempts = 4;

    /// <summary>Beyond it, what an endpoint reads depends on who asks: nothing more is learnt, and what reads something else isn't kept.</summary>
    private const int MostInputs = 64;

    private const int LongestTarget = 8192;

    /// <summary>The host is part of each key.</summary>
    private static readonly RequestInput Host = RequestInput.Header(HeaderNames.Host);

    /// <summary>Such a header speaks of one response alone.</summary>
    private static readonly string[] OfOneResponse =
    [
        HeaderNames.SetCookie, HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.TransferEncoding, HeaderNames.Upgrade, HeaderNames.Trailer, HeaderNames.Date, HeaderNames.ContentRange,
    ];

    private static long last;

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
        if (await FindAsync(context, endpoint).ConfigureAwait(false) is { } response)
        {
            await response.SendAsync(context).ConfigureAwait(false);
        }
    }

    /// <summary>The response that is to be sent; null if the endpoint has sent its own.</summary>
    internal async ValueTask<StoredResponse?> FindAsync(HttpContext context, RequestDelegate endpoint)
    {
        if (context is DefaultHttpContext own && IsCacheable(own))
        {
            for (var attempt = 0; attempt < MostAttempts; attempt++)
            {
                var turn = new Turn(this, own, endpoint, Volatile.Read(ref known));
                var response = await AskAsync(turn).ConfigureAwait(false);
                if (turn.HasRun || (response is not null && turn.IsUpToDate))
                {
                    return response;
                }

                if (turn.HasNoKey)
                {
                    break;
                }
            }
        }

        await endpoint(context).ConfigureAwait(false);
        return null;
    }

    /// <summary>The response; null if there is none to be sent any more, or if the endpoint hasn't run.</summary>
    private ValueTask<StoredResponse?> AskAsync(Turn turn)
    {
        var key = KeyBuffer.Rent();
        try
        {
            turn.HasNoKey = !ResponseKey.TryWrite(key, number, turn.Context, options.Values, turn.Inputs);
            return turn.HasNoKey
                ? default
                : cache.Functions.GetOrCreateAsync(key, turn, static (turn, scope, _) => turn.RunAsync(scope), entryOptions, async: true, turn.Context.RequestAborted);
        }
        finally
        {
            key.Return();
        }
    }

    private bool IsCacheable(DefaultHttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        return HttpMethods.IsGet(request.Method)
            && !(request.Path.Value?.Length + request.QueryString.Value?.Length > LongestTarget)
            && !request.Headers.ContainsKey(HeaderNames.Range) && !request.Headers.ContainsKey(HeaderNames.Upgrade)
            && !(request.ContentLength > 0) && !request.Headers.ContainsKey(HeaderNames.TransferEncoding)
            && context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }
            && !response.HasStarted && response.StatusCode == StatusCodes.Status200OK
            && context.Features.Get<IHttpResponseFeature>() is { ReasonPhrase: null or "" }
            && IsOfCacheableUser(context);
    }

    private bool IsOfCacheableUser(DefaultHttpContext context)
    {
        if (options.SharedByUsers)
        {
            return true;
        }

        if (options.ForEachUser && RequestIdentity.IsAuthenticated(context.User))
        {
            return true;
        }

        // Nothing is to be seen of anybody; or, for each user, nothing but what he claims himself.
        return (options.ForEachUser || RequestIdentity.IsNobody(context.User))
            && !context.Request.Headers.ContainsKey(HeaderNames.Authorization) && context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is null;
    }

    /// <summary>Whether the key of a run says all that it has read; what it has read besides is known from now on.</summary>
    private bool HasReadOnly(RequestInput[] inputs, IReadOnlyCollection<RequestInput> read, bool hasFailed)
    {
        // Of a query that is part of the key as a whole each value is.
        var more = read.Where(r => r != Host && !inputs.Contains(r) && !(r.Kind is InputKind.Query or InputKind.QueryNames && inputs.Contains(RequestInput.WholeQuery))).ToList();
        if (more.Count == 0)
        {
            return true;
        }

        lock (gate)
        {
            var all = known.Concat(more.Where(static i => i.CanBeLearnt)).Distinct().Take(Math.Max(MostInputs, known.Length)).ToArray();
            if (all.Length > known.Length)
            {
                Volatile.Write(ref known, all);
            }

            return !hasFailed && more.TrueForAll(i => i.IsAbsence && all.Contains(i));
        }
    }

    /// <summary>One request's way to its response.</summary>
    private sealed class Turn(ResponseCache responses, DefaultHttpContext context, RequestDelegate endpoint, RequestInput[] inputs)
    {
        internal DefaultHttpContext Context => context;

        internal RequestInput[] Inputs => inputs;

        /// <summary>Whether nothing has become known since the key was made.</summary>
        internal bool IsUpToDate => Volatile.Read(ref responses.known) == inputs;

        /// <summary>Whether the request has something that can't be part of a key.</summary>
        internal bool HasNoKey { get; set; }

        /// <summary>Whether the endpoint has run for this request, so that it is answered or about to be.</summary>
        internal bool HasRun { get; private set; }

        /// <summary>Runs the endpoint; null if its response has gone out already, or nothing ran because more is known by now than the key says.</summary>
        internal async ValueTask<StoredResponse?> RunAsync(CacheScope scope)
        {
            if (!IsUpToDate)
            {
                scope.DontCache();
                return null;
            }

            HasRun = true;
            var log = new InputLog();
            var captured = new CapturedResponse(context, log, responses.options.MaximumBodyBytes, scope.LetOthersGo);
            MadeResponse? made = null;
            var hasFailed = true;
            var features = ObservedFeatures.Begin(context, log);
            try
            {
                features.Answer<IHttpResponseFeature>(captured);
                features.Answer<IHttpResponseBodyFeature>(captured);
                await endpoint(context).ConfigureAwait(false);
                made = await captured.EndAsync().ConfigureAwait(false);
                hasFailed = false;
            }
            finally
            {
                if (hasFailed)
                {
                    captured.Fail();
                }

                features.End(context);

                // Also of a run that fails, which would be told to others that may be asking something else.
                if (log.Problem is { } problem)
                {
                    scope.Refuse(problem);
                }

                if (!responses.HasReadOnly(inputs, log.Close(), hasFailed))
                {
                    scope.Refuse("inputs-learnt");
                }
            }

            if (made is null)
            {
                return null;
            }

            if (!MayKeep(made))
            {
                scope.Refuse("declined");
            }

            return scope.Problem is null ? StoredResponse.Kept(made, inputs) : StoredResponse.Once(made);
        }

        private bool MayKeep(MadeResponse made)
            => made is { StatusCode: StatusCodes.Status200OK, ReasonPhrase: null }
                && !Array.Exists(OfOneResponse, name => made.Headers[name].Count > 0)
                && made.Headers[HeaderNames.Vary] is var vary && !vary.Contains("*")
                && (made.Headers[HeaderNames.ContentLength] is not { Count: > 0 } length || length == HeaderUtilities.FormatNonNegativeInt64(made.Body.Length))
                && !(CacheControlHeaderValue.TryParse(made.Headers[HeaderNames.CacheControl].ToString(), out var control)
                    && (control.NoStore || (control.Private && !inputs.Contains(RequestInput.User))));
    }
}
