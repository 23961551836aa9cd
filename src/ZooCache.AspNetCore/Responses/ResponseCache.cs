using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
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
    private const int MostAttempts = 16;

    private const int LongestTarget = 8192;

    /// <summary>The host is part of each key.</summary>
    private static readonly RequestInput Host = RequestInput.Header(HeaderNames.Host);

    /// <summary>Such a header speaks of one response alone.</summary>
    private static readonly string[] OfOneResponse =
    [
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.TransferEncoding, HeaderNames.Upgrade, HeaderNames.Trailer, HeaderNames.Date, HeaderNames.ContentRange,
    ];

    private static long last;

    /// <summary>An endpoint's metadata may be another each time: then it is another endpoint.</summary>
    private readonly ConditionalWeakTable<object, StrongBox<long>> numbers = [];
    private readonly ZooCache cache;
    private readonly CacheableResponseOptions options;
    private readonly CacheEntryOptions entryOptions;
    private readonly KnownInputs known;

    internal ResponseCache(ZooCache cache, CacheableResponseOptions options)
    {
        this.cache = cache;
        this.options = options;
        entryOptions = options.ToEntryOptions();
        known = new KnownInputs(options.Inputs.Concat(options.NamesQuery ? [] : [RequestInput.WholeQuery]).Concat(options.ForEachUser ? [RequestInput.User] : []).Distinct());
    }

    /// <summary>Answers a request: from the cache, or by running the endpoint.</summary>
    internal async Task InvokeAsync(HttpContext context, RequestDelegate endpoint)
    {
        if (context is DefaultHttpContext own && IsCacheable(own) && IsOfCacheableUser(own))
        {
            for (var attempt = 0; attempt < MostAttempts; attempt++)
            {
                var turn = new Turn(this, own, endpoint, known.AbsenceCount, known.Current);
                var response = await AskAsync(turn).ConfigureAwait(false);
                if (turn.HasRun || (response is not null && turn.HasSeenAbsences))
                {
                    // Without one, the endpoint has sent its own.
                    await (response?.SendAsync(context) ?? Task.CompletedTask).ConfigureAwait(false);
                    return;
                }

                if (turn.HasNoKey)
                {
                    break;
                }
            }
        }

        await endpoint(context).ConfigureAwait(false);
    }

    /// <summary>The response; null if there is none to be sent any more, or if the endpoint hasn't run.</summary>
    private ValueTask<StoredResponse?> AskAsync(Turn turn)
    {
        var key = KeyBuffer.Rent();
        try
        {
            turn.HasNoKey = !ResponseKey.TryWrite(key, NumberOf(turn.Context), turn.Context, options.Values, turn.Inputs);
            return turn.HasNoKey
                ? default
                : cache.Functions.GetOrCreateAsync(key, turn, static (turn, scope, _) => turn.RunAsync(scope), entryOptions, async: true, turn.Context.RequestAborted);
        }
        finally
        {
            key.Return();
        }
    }

    private long NumberOf(HttpContext context) => numbers.GetValue(context.GetEndpoint() ?? (object)this, static _ => new StrongBox<long>(Interlocked.Increment(ref last))).Value;

    private bool IsCacheable(DefaultHttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        return request.Method == HttpMethods.Get
            && !(request.Path.Value?.Length + request.QueryString.Value?.Length > LongestTarget)
            && !request.Headers.ContainsKey(HeaderNames.Range) && !request.Headers.ContainsKey(HeaderNames.Upgrade)
            && !(request.ContentLength > 0) && !request.Headers.ContainsKey(HeaderNames.TransferEncoding)
            && context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }
            && !response.HasStarted && response.StatusCode == StatusCodes.Status200OK
            && context.Features.Get<IHttpResponseFeature>() is { ReasonPhrase: null or "" }
            && (context.RequestServices.GetService<ZooCache>() ?? ZooCache.Shared) == cache;
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
        var isCacheable = (options.ForEachUser || RequestIdentity.IsNobody(context.User))
            && context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult is not { Succeeded: true }
            && !context.Request.Headers.ContainsKey(HeaderNames.Authorization) && context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is null;
        if (!isCacheable)
        {
            cache.RecordBypass("authenticated");
        }

        return isCacheable;
    }

    /// <summary>One request's way to its response.</summary>
    private sealed class Turn(ResponseCache responses, DefaultHttpContext context, RequestDelegate endpoint, int absences, RequestInput[] inputs)
    {
        internal DefaultHttpContext Context => context;

        internal RequestInput[] Inputs => inputs;

        /// <summary>Whether everything was looked at of which it is known that it has to be absent.</summary>
        internal bool HasSeenAbsences => responses.known.AbsenceCount == absences;

        /// <summary>Whether the request has something that can't be part of a key.</summary>
        internal bool HasNoKey { get; set; }

        /// <summary>Whether the endpoint has run for this request, so that it is answered or about to be.</summary>
        internal bool HasRun { get; private set; }

        /// <summary>Runs the endpoint; null if its response has gone out already, or nothing ran because more is known by now than the key says.</summary>
        internal async ValueTask<StoredResponse?> RunAsync(CacheScope scope)
        {
            if (responses.known.Current != inputs)
            {
                scope.DontCache();
                return null;
            }

            await ObservedAuthentication.RequireAsync(context.RequestServices).ConfigureAwait(false);
            HasRun = true;
            var run = responses.known.BeginRun();
            var log = new InputLog(input => Says(input, run), scope.LetOthersGo);
            var captured = new CapturedResponse(context, log, responses.options.MaximumBodyBytes);
            MadeResponse? made = null;
            var (matched, route) = (context.GetEndpoint(), context.Request.RouteValues.ToArray());
            ObservedAuthentication.Watch(log);
            var features = ObservedFeatures.Begin(context, log);
            try
            {
                features.Answer<IHttpResponseFeature>(captured);
                features.Answer<IHttpResponseBodyFeature>(captured);
                await endpoint(context).ConfigureAwait(false);
                made = await captured.EndAsync().ConfigureAwait(false);
            }
            catch
            {
                captured.Fail();

                // It is of this request alone: others may be asking something else, and have a response in another state.
                scope.Refuse("failed");
                throw;
            }
            finally
            {
                features.End(context);
                if (features.LeavesAnything)
                {
                    log.Refuse("leaves-items");
                }

                if (context.GetEndpoint() != matched || !context.Request.RouteValues.SequenceEqual(route))
                {
                    log.Refuse("changes-request");
                }

                log.Close();
                if (log.Problem is { } problem)
                {
                    scope.Refuse(problem);
                }
            }

            if (made is null)
            {
                return null;
            }

            if (ProblemOf(made) is { } ofResponse)
            {
                scope.Refuse(ofResponse);
            }

            return scope.Problem is null ? StoredResponse.Kept(made, inputs) : StoredResponse.Once(made);
        }

        /// <summary>Whether the key says what was read, or it is known by now that something has to be absent.</summary>
        private bool Says(RequestInput input, long run)
        {
            // Of a query that is part of the key as a whole each value is.
            if (input == Host || (input.Kind is InputKind.Query or InputKind.QueryNames && inputs.Contains(RequestInput.WholeQuery)))
            {
                return true;
            }

            var isKnown = responses.known.Learn(input, run);
            return input.IsAbsence ? isKnown : inputs.Contains(input);
        }

        private string? ProblemOf(MadeResponse made)
            => made is not { StatusCode: StatusCodes.Status200OK, ReasonPhrase: null } ? "status"
                : Array.Exists(OfOneResponse, name => made.Headers[name].Count > 0) || made.Headers[HeaderNames.Vary].Contains("*") ? "header-of-one-response"
                : made.Headers[HeaderNames.ContentLength] is { Count: > 0 } length && length != HeaderUtilities.FormatNonNegativeInt64(made.Body.Length) ? "incomplete"
                : MayKeep(made.Headers[HeaderNames.CacheControl].ToString()) ? null : "cache-control";

        /// <summary>What can't be read may forbid it.</summary>
        private bool MayKeep(string cacheControl)
            => cacheControl.Length == 0
                || (CacheControlHeaderValue.TryParse(cacheControl, out var control) && !control.NoStore && !(control.Private && !inputs.Contains(RequestInput.User)));
    }
}
