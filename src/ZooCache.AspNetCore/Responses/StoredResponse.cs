using System.Security.Cryptography;
using System.Buffers.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using ZooCache.Values;

namespace ZooCache.AspNetCore.Responses;

/// <summary>A response, as it is sent to whoever asks. Immutable.</summary>
internal sealed class StoredResponse
{
    private static readonly HashSet<string> Hop = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.TransferEncoding, HeaderNames.Upgrade, HeaderNames.Trailer, HeaderNames.Date,
    };

    private readonly KeyValuePair<string, StringValues>[] headers;
    private readonly byte[] body;
    private readonly StringValues etag;

    internal StoredResponse(int status, IEnumerable<KeyValuePair<string, StringValues>> headers, byte[] body)
    {
        Status = status;
        this.headers = [.. headers.Where(h => !Hop.Contains(h.Key))];
        this.body = body;
        etag = this.headers.FirstOrDefault(h => h.Key.Equals(HeaderNames.ETag, StringComparison.OrdinalIgnoreCase)).Value is { Count: > 0 } own ? own : TagOf(status, this.headers, body);
    }

    internal int Status { get; }

    /// <summary>About what it takes in memory.</summary>
    internal long Bytes => 256 + body.Length + headers.Sum(h => 64 + (2L * h.Key.Length) + h.Value.Sum(v => 32 + (2L * (v?.Length ?? 0))));

    /// <summary>Answers a request: by the whole response, or that its caller has it already.</summary>
    internal async Task SendAsync(HttpContext context)
    {
        var response = context.Response;
        foreach (var (name, value) in headers)
        {
            response.Headers[name] = value;
        }

        if (Status == StatusCodes.Status200OK)
        {
            response.Headers.ETag = etag;
        }

        if (IsKnownTo(context.Request))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            response.ContentLength = null;
            response.Headers.Remove(HeaderNames.ContentType);
            return;
        }

        response.StatusCode = Status;
        if (body.Length > 0)
        {
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>By RFC 9110, 13.1.2: the weak comparison.</summary>
    private bool IsKnownTo(HttpRequest request)
    {
        if (Status != StatusCodes.Status200OK || request.Headers.IfNoneMatch is not { Count: > 0 } known || !EntityTagHeaderValue.TryParse(new StringSegment(etag.ToString()), out var own))
        {
            return false;
        }

        return EntityTagHeaderValue.TryParseList(known!, out var tags) && tags.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Compare(own, useStrongComparison: false));
    }

    private static StringValues TagOf(int status, KeyValuePair<string, StringValues>[] headers, byte[] body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(status));
        foreach (var (name, value) in headers)
        {
            // Where it is said how the body is to be read, that is part of what it is.
            if (name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
            {
                hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{name.ToUpperInvariant()}:{value}\n"));
            }
        }

        hash.AppendData(body);
        return $"\"{Base64Url.EncodeToString(hash.GetHashAndReset().AsSpan(0, 16))}\"";
    }
}

/// <summary>Keeps responses as they are: nobody can change them.</summary>
internal sealed class ResponseForm : ValueForm
{
    internal static ResponseForm Instance { get; } = new();

    internal override (object Held, long Bytes)? Hold(object value) => (value, ((StoredResponse)value).Bytes);
}
