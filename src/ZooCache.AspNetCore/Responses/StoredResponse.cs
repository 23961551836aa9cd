using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using ZooCache.AspNetCore.Inputs;
using ZooCache.Values;

namespace ZooCache.AspNetCore.Responses;

/// <summary>A response, as it is sent to whoever asks. Immutable.</summary>
internal sealed class StoredResponse
{
    private readonly MadeResponse made;

    /// <summary>Names what the response is; null if its run speaks against keeping it.</summary>
    private readonly string? tag;

    private readonly string? cacheControl;
    private readonly string[] varies = [];

    private StoredResponse(MadeResponse made) => this.made = made;

    private StoredResponse(MadeResponse made, IReadOnlyCollection<RequestInput> inputs)
    {
        this.made = made;
        tag = made.Headers[HeaderNames.ETag] is { Count: > 0 } own ? own.ToString() : TagOf(made);

        // Whoever keeps the response, such as a browser, is to ask each time whether it still holds, unless the endpoint says something else.
        var isPrivate = inputs.Any(static i => i.Kind == InputKind.User || i.HeaderName is "COOKIE" or "AUTHORIZATION");
        cacheControl = made.Headers[HeaderNames.CacheControl].Count > 0 ? null : isPrivate ? "private, no-cache" : "no-cache";
        varies =
        [
            .. inputs.Select(static i => i.HeaderName).OfType<string>().Where(static n => n != "HOST").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Except(made.Headers.Headers.Where(static h => h.Key.Equals(HeaderNames.Vary, StringComparison.OrdinalIgnoreCase)).SelectMany(static h => h.Value.ToString().Split(',', StringSplitOptions.TrimEntries)), StringComparer.OrdinalIgnoreCase),
        ];
    }

    /// <summary>About what it takes in memory.</summary>
    internal long Bytes => 512 + made.Body.Length + made.Headers.Headers.Sum(static h => 64 + (2L * h.Key.Length) + h.Value.Sum(static v => 32 + (2L * (v?.Length ?? 0))));

    /// <summary>A response that is kept.</summary>
    /// <param name="made">The response.</param>
    /// <param name="inputs">What it varies by, which caches on the way are told.</param>
    internal static StoredResponse Kept(MadeResponse made, IReadOnlyCollection<RequestInput> inputs) => new(made, inputs);

    /// <summary>A response that is sent once, just as the endpoint has made it.</summary>
    internal static StoredResponse Once(MadeResponse made) => new(made);

    /// <summary>Answers a request: by the whole response, or that its caller has it already.</summary>
    internal async Task SendAsync(HttpContext context)
    {
        var response = context.Response;
        var body = context.Features.Get<IHttpResponseBodyFeature>();
        var isOfEndpoint = response.Headers.ETag.Count == 0 || made.Headers[HeaderNames.ETag].Count > 0;
        made.Headers.ApplyTo(response.Headers);

        // Within another endpoint's response it is a part of that.
        if (tag is not null && body is not CapturedResponse)
        {
            if (cacheControl is not null && response.Headers.CacheControl.Count == 0)
            {
                response.Headers.CacheControl = cacheControl;
            }

            if (varies.Length > 0)
            {
                response.Headers.AppendCommaSeparatedValues(HeaderNames.Vary, varies);
            }

            // Who puts another body in the place of the response's makes something else of this one.
            if (isOfEndpoint && body is not StreamResponseBodyFeature)
            {
                response.Headers.ETag = tag;
                if (made.Headers[HeaderNames.ETag].Count == 0)
                {
                    response.OnStarting(WeakenAsync, response);
                }
            }

            if (response.Headers.ETag == tag && IsKnownTo(context.Request))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                response.ContentLength = null;
                response.Headers.Remove(HeaderNames.ContentType);
                response.Headers.Remove(HeaderNames.ContentEncoding);
                return;
            }
        }

        response.StatusCode = made.StatusCode;
        if (made.ReasonPhrase is not null)
        {
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = made.ReasonPhrase;
        }

        if (made.Body.Length > 0)
        {
            await response.Body.WriteAsync(made.Body, context.RequestAborted).ConfigureAwait(false);
        }
        else if (made.HasStarted)
        {
            await response.StartAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>Somebody between here and the client has encoded the body: its bytes are others.</summary>
    private Task WeakenAsync(object state)
    {
        var headers = ((HttpResponse)state).Headers;
        if (headers.ContentEncoding.Count > 0 && made.Headers[HeaderNames.ContentEncoding].Count == 0 && headers.ETag == tag)
        {
            headers.ETag = $"W/{tag}";
        }

        return Task.CompletedTask;
    }

    /// <summary>Whether the caller has the response already: by RFC 9110, 13.1.2, the weak comparison.</summary>
    private bool IsKnownTo(HttpRequest request)
        => request.Headers.IfNoneMatch is { Count: > 0 } known && EntityTagHeaderValue.TryParse(new StringSegment(tag), out var own)
            && EntityTagHeaderValue.TryParseList(known!, out var tags)
            && tags.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Compare(own, useStrongComparison: false));

    private static string TagOf(MadeResponse made)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, value) in made.Headers.Headers)
        {
            // Where it is said how the body is to be read, that is part of what it is.
            if (name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{name.ToUpperInvariant()}:{value}\n"));
            }
        }

        hash.AppendData(made.Body);
        return $"\"{Base64Url.EncodeToString(hash.GetHashAndReset().AsSpan(0, 16))}\"";
    }
}

/// <summary>Keeps responses as they are: nobody can change them.</summary>
internal sealed class ResponseForm : ValueForm
{
    internal static ResponseForm Instance { get; } = new();

    internal override (object Held, long Bytes)? Hold(object value) => (value, ((StoredResponse)value).Bytes);
}
