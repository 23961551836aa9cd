using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Asks in something whose result is cached, and which names nothing that it depends on.</summary>
internal interface ICaller : IAsyncDisposable
{
    /// <summary>Whether what it asks is asked in the ambient transaction of whoever asks: over the network it isn't, and sees less.</summary>
    bool IsInAmbientTransactions { get; }

    Task<(ulong, ulong)> Call(string key, Func<Task<(ulong, ulong)>> ask);
}

/// <summary>A cached call.</summary>
internal sealed class DirectCaller(ZooCache cache) : ICaller
{
    private static readonly CacheEntryOptions Options = new() { KeyNamesContext = true };

    public bool IsInAmbientTransactions => true;

    public async Task<(ulong, ulong)> Call(string key, Func<Task<(ulong, ulong)>> ask) => await cache.GetOrCreateAsync(key, ask, static async (a, _, _) => await a(), Options);

    public ValueTask DisposeAsync() => default;
}

/// <summary>An endpoint of a server, which is asked over the network.</summary>
internal sealed class WebCaller : ICaller
{
    private readonly ConcurrentDictionary<string, Func<Task<(ulong, ulong)>>> questions = new(StringComparer.Ordinal);
    private readonly WebApplication app;
    private readonly HttpClient client;

    internal WebCaller(ZooCache cache)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(cache);
        app = builder.Build();
        app.MapGet("/", async (string question) =>
        {
            var (own, other) = await questions[question]();
            return $"{own} {other}";
        }).Cacheable(o => o.KeyNamesContext = true);
        ((IHost)app).Start();
        client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public bool IsInAmbientTransactions => false;

    public async Task<(ulong, ulong)> Call(string key, Func<Task<(ulong, ulong)>> ask)
    {
        questions[key] = ask;
        var answer = await client.GetStringAsync(new Uri($"?question={Uri.EscapeDataString(key)}", UriKind.Relative));
        return answer.Split(' ') is [var own, var other] ? (ulong.Parse(own, CultureInfo.InvariantCulture), ulong.Parse(other, CultureInfo.InvariantCulture)) : throw new FormatException(answer);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
