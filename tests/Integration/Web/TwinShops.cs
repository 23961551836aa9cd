using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.AspNetCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

/// <summary>The same application twice: with its responses cached, and without.</summary>
internal sealed class TwinShops : IAsyncDisposable
{
    /// <summary>What a response is allowed to have for being cached, and what differs from one to the next.</summary>
    private static readonly HashSet<string> Ignored = new(StringComparer.OrdinalIgnoreCase) { "ETag", "Cache-Control", "Vary", "Date", "Server", "Content-Length", "Transfer-Encoding" };

    /// <summary>Whether a client sees of what fails that it has failed, or a connection that breaks off, depends on how much was sent: of a response that is held back, nothing.</summary>
    private const string Failed = "failed";

    private readonly WebShop cached;
    private readonly WebShop plain;

    private TwinShops(WebShop cached, WebShop plain) => (this.cached, this.plain) = (cached, plain);

    internal HttpClient Cached => cached.Client;

    internal static async Task<TwinShops> StartAsync(
        Scratch<ShopContext> shop, Action<WebApplication, Func<IEndpointConventionBuilder, IEndpointConventionBuilder>> map, Action<CacheableResponseOptions>? options = null,
        Action<IServiceCollection>? services = null)
        => new(
            await WebShop.StartAsync(shop, app => map(app, made => made.Cacheable(options)), services),
            await WebShop.StartAsync(shop, app => map(app, made => made), services));

    /// <summary>Asks both the same.</summary>
    /// <returns>What they have answered, if they differ; else null.</returns>
    internal async Task<string?> Difference(string path, params (string Name, string Value)[] headers)
    {
        var (expected, actual) = (await Ask(plain, path, headers), await Ask(cached, path, headers));
        return expected == actual ? null : $"expected:\n{expected}\nbut was:\n{actual}";
    }

    public async ValueTask DisposeAsync()
    {
        await cached.DisposeAsync();
        await plain.DisposeAsync();
    }

    private static async Task<string> Ask(WebShop shop, string path, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(shop.Client.BaseAddress + path[1..], new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        foreach (var (name, value) in headers)
        {
            if (name == "Body")
            {
                request.Content = new StringContent(value);
                request.Headers.TransferEncodingChunked = true;
            }
            else if (name == "Version")
            {
                request.Version = Version.Parse(value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        var asked = Guid.NewGuid().ToString();
        request.Headers.Add(WebShop.Asked, asked);
        try
        {
            using var response = await shop.Client.SendAsync(request);
            if ((int)response.StatusCode >= 500)
            {
                return Failed;
            }

            var body = await response.Content.ReadAsStringAsync();
            if (shop.HasFailed(asked))
            {
                // HTTP 1.0 has no way to say so.
                return Failed;
            }

            var lines = response.Headers.Concat(response.Content.Headers).Where(h => !Ignored.Contains(h.Key))
                .Select(h => $"{h.Key}: {string.Join(", ", h.Value)}").Order(StringComparer.Ordinal);
            return $"{(int)response.StatusCode} {response.ReasonPhrase}\n{string.Join('\n', lines)}\n\n{body}\n{string.Join('\n', response.TrailingHeaders.Select(h => $"{h.Key}: {string.Join(", ", h.Value)}"))}";
        }
        catch (HttpRequestException)
        {
            return Failed;
        }
    }
}
