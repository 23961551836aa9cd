using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

/// <summary>A shop on the web: a real server on a port of its own.</summary>
internal sealed class WebShop : IAsyncDisposable
{
    private readonly WebApplication app;

    /// <summary>The header by which a request is told from others.</summary>
    internal const string Asked = "Asked";

    private readonly ConcurrentDictionary<string, bool> failures;

    private WebShop(WebApplication app, ConcurrentDictionary<string, bool> failures)
    {
        this.app = app;
        this.failures = failures;
        Client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, MaxConnectionsPerServer = 2000 }) { BaseAddress = new Uri(app.Urls.Single()) };
    }

    internal HttpClient Client { get; }

    /// <summary>Whether a request has failed on the server.</summary>
    internal bool HasFailed(string asked) => failures.ContainsKey(asked);

    internal static async Task<WebShop> StartAsync(Scratch<ShopContext> shop, Action<WebApplication> map, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(shop.Cache);
        builder.Services.AddScoped(_ => shop.Open());
        services?.Invoke(builder.Services);
        var made = builder.Build();

        var failed = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        made.Use(async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch
            {
                failed[context.Request.Headers[Asked].ToString()] = true;
                throw;
            }
        });

        // Who asks is whom a header names, as a middleware of the application's own would have it.
        made.Use((context, next) =>
        {
            if (context.Request.Headers["X-Test-User"] is [{ Length: > 0 } name])
            {
                context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, name), new Claim(ClaimTypes.Name, name)], "test"));
            }

            return next(context);
        });
        made.UseRouting();
        map(made);
        await made.StartAsync();
        return new WebShop(made, failed);
    }

    /// <summary>Ends once so many requests have come in, and run or wait.</summary>
    internal static Task Arrivals(WebApplication app, int count)
    {
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = 0;
        app.Use((context, next) =>
        {
            var own = next(context);
            if (Interlocked.Increment(ref arrived) == count)
            {
                all.SetResult();
            }

            return own;
        });
        return all.Task;
    }

    internal async Task<string> Get(string path, params (string Name, string Value)[] headers)
    {
        using var response = await Ask(path, headers);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    internal async Task<HttpResponseMessage> Ask(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
