using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace ZooCache.Cli;

/// <summary>A node's management endpoints.</summary>
internal sealed class NodeClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>A thousand queries, or tags, with room to spare, in bytes.</summary>
    private const int LargestAnswer = 64 << 20;

    private readonly HttpClient client;

    /// <param name="address">Where they are, with their prefix: <c>http://web-1:8080/zoocache</c>.</param>
    /// <param name="headers">What is sent along: <c>Authorization: Bearer …</c>.</param>
    internal NodeClient(Uri address, IEnumerable<string> headers)
    {
        Address = address;
        client = new HttpClient { BaseAddress = new Uri(address.AbsoluteUri.TrimEnd('/') + "/"), Timeout = Patience, MaxResponseContentBufferSize = LargestAnswer };
        foreach (var header in headers)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            client.DefaultRequestHeaders.TryAddWithoutValidation(header[..colon].Trim(), header[(colon + 1)..].Trim());
        }
    }

    internal Uri Address { get; }

    public void Dispose() => client.Dispose();

    /// <exception cref="NodeException">It didn't answer, or refused.</exception>
    internal Task<JsonElement> GetAsync(string what, CancellationToken cancellationToken) => AskAsync(new HttpRequestMessage(HttpMethod.Get, what), cancellationToken);

    /// <exception cref="NodeException">It didn't answer, or refused.</exception>
    internal Task<JsonElement> InvalidateAsync(string tag, CancellationToken cancellationToken)
        => AskAsync(new HttpRequestMessage(HttpMethod.Post, "invalidate") { Content = JsonContent.Create(new { tag }) }, cancellationToken);

    /// <summary>A tag, with those right below it; everything if it is empty.</summary>
    /// <exception cref="NodeException">It didn't answer, or refused.</exception>
    internal Task<JsonElement> InspectAsync(string tag, CancellationToken cancellationToken) => GetAsync(tag.Length == 0 ? "inspect" : $"inspect?tag={Uri.EscapeDataString(tag)}", cancellationToken);

    /// <summary>A query, with what its answers depend on.</summary>
    /// <exception cref="NodeException">It didn't answer, or refused.</exception>
    internal Task<JsonElement> QueryAsync(string id, CancellationToken cancellationToken) => GetAsync($"queries/{Uri.EscapeDataString(id)}", cancellationToken);

    /// <summary>What it says, or why it says nothing.</summary>
    internal async Task<(NodeClient Node, JsonElement? Answer, string? Failure)> TryGetAsync(string what, CancellationToken cancellationToken)
    {
        try
        {
            return (this, await GetAsync(what, cancellationToken), null);
        }
        catch (NodeException exception)
        {
            return (this, null, exception.Message);
        }
    }

    private async Task<JsonElement> AskAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using (request)
            {
                using var response = await client.SendAsync(request, cancellationToken);
                var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellationToken));
                if (!response.IsSuccessStatusCode)
                {
                    throw new NodeException($"{Address} answers {(int)response.StatusCode}: {DetailOf(text)}");
                }

                using var document = JsonDocument.Parse(text);
                return document.RootElement.Clone();
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new NodeException(exception is JsonException
                ? $"{Address} answers something else than a node's management endpoints do. Is the prefix part of the address, as in http://host:port/zoocache?"
                : exception is OperationCanceledException ? $"{Address} hasn't answered for {Patience.TotalSeconds} s."
                : $"{Address} can't be reached: {exception.Message}");
        }
    }

    /// <summary>What a problem says (RFC 9457), or the text.</summary>
    private static string DetailOf(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Printable.Of(document.RootElement is { ValueKind: JsonValueKind.Object } said && said.TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String ? detail.GetString() : text);
        }
        catch (JsonException)
        {
            return text.Length > 0 ? Printable.Of(text) : "nothing more; are you allowed to? --header 'Authorization: …' is sent along.";
        }
    }
}

/// <summary>A node didn't answer, or refused; the message is for whoever has asked.</summary>
internal sealed class NodeException(string message) : Exception(message)
{
    private const string Odd = "A node answers in another way than this tool knows: it runs another version, or something else answers in its place.";

    /// <summary>Whether an exception is of what a node has answered, or hasn't: a member that isn't there, or is of another kind.</summary>
    internal static bool Is(Exception exception) => exception is NodeException or KeyNotFoundException or InvalidOperationException or FormatException;

    internal static string MessageOf(Exception exception) => exception is NodeException ? exception.Message : Odd;
}
