using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Storefront.Node;
using Storefront.Shop;

namespace Storefront.Load;

/// <summary>What a read has shown.</summary>
internal sealed record ShownProducts(IReadOnlyList<ProductView> Products, bool IsHit);

/// <summary>What a write has done.</summary>
internal sealed record ReturnedAnswer(Written Written, long Began, long Returned, string? Token);

/// <summary>Talks to one node.</summary>
internal sealed class StoreClient(int node, Uri url) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = url, Timeout = TimeSpan.FromSeconds(15) };

    public int Node => node;

    public Uri Url => url;

    public Task<ShownProducts> GetProductAsync(int id, string? token = null) =>
        GetAsync<ProductView>(Invariant($"/products/{id}"), token, static product => [product]);

    public Task<ShownProducts> GetCategoryAsync(int id, string? token = null) =>
        GetAsync<List<ProductView>>(Invariant($"/categories/{id}/products"), token, static products => products);

    public Task<ShownProducts> SearchAsync(string term) =>
        GetAsync<List<ProductView>>($"/products?search={Uri.EscapeDataString(term)}", token: null, static products => products);

    /// <summary>Throws if the order can't be seen.</summary>
    public Task GetOrderAsync(int id, string token) => GetAsync<OrderView>(Invariant($"/orders/{id}"), token, static _ => []);

    public Task<ReturnedAnswer> ChangePriceAsync(int product, decimal price) =>
        SendAsync(HttpMethod.Put, Invariant($"/products/{product}/price"), new PriceChange(price));

    public Task<ReturnedAnswer> OrderAsync(int product, int quantity) =>
        SendAsync(HttpMethod.Post, "/orders", new OrderRequest(product, quantity));

    public async Task<NodeStatistics> GetStatisticsAsync() =>
        (await http.GetFromJsonAsync<NodeStatistics>(new Uri("/stats", UriKind.Relative)))!;

    /// <summary>Null if the node's cache answers, else why not.</summary>
    public async Task<string?> GetHealthAsync()
    {
        try
        {
            using var response = await http.GetAsync(new Uri("/health", UriKind.Relative));
            return response.IsSuccessStatusCode ? null : await response.Content.ReadAsStringAsync();
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<ShownProducts> GetAsync<T>(string path, string? token, Func<T, IReadOnlyList<ProductView>> products)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null)
        {
            request.Headers.Add(CacheHeaders.Token, token);
        }

        using var response = await http.SendAsync(request);
        var body = await ReadAsync<T>(response);
        var isHit = response.Headers.TryGetValues(CacheHeaders.Source, out var source) && source.First().StartsWith("Hit", StringComparison.Ordinal);
        return new ShownProducts(products(body), isHit);
    }

    private async Task<ReturnedAnswer> SendAsync<T>(HttpMethod method, string path, T content)
    {
        using var body = JsonContent.Create(content);
        using var request = new HttpRequestMessage(method, path) { Content = body };
        var began = Stopwatch.GetTimestamp();
        using var response = await http.SendAsync(request);
        var returned = Stopwatch.GetTimestamp();
        var written = await ReadAsync<Written>(response);
        return new ReturnedAnswer(written, began, returned, response.Headers.TryGetValues(CacheHeaders.Token, out var token) ? token.First() : null);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri}: {(int)response.StatusCode} {response.ReasonPhrase}");
        }

        return await response.Content.ReadFromJsonAsync<T>() ?? throw new JsonException("The answer is null.");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
