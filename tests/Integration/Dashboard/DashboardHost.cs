using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Integration.Tests.Web;

namespace ZooCache.Integration.Tests.Dashboard;

/// <summary>A shop with a dashboard, whose endpoints a test can have answer something else.</summary>
internal sealed class DashboardHost : IAsyncDisposable
{
    private const string Prefix = "/zoocache";
    private const string All = "*";

    /// <summary>The endpoint that explains queries: their numbers aren't known.</summary>
    internal const string Explanation = "queries/";

    private readonly Scratch<ShopContext> _shop;
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _answers = new(StringComparer.Ordinal);
    private WebShop _web = null!;

    private DashboardHost(ZooCacheOptions? options) => _shop = ShopData.Scratch(options);

    internal ZooCache Cache => _shop.Cache;

    internal ConcurrentQueue<string> Asked { get; } = new();

    internal Uri Address => new(_web.Client.BaseAddress!, $"{Prefix}/");

    internal static async Task<DashboardHost> StartAsync(ZooCacheOptions? options = null)
    {
        var host = new DashboardHost(options);
        host._web = await WebShop.StartAsync(host._shop, app =>
        {
            app.Use(host.AnswerAsync);
            app.MapZooCache(Prefix).AllowAnonymous();
        });
        return host;
    }

    /// <summary>From now on an endpoint answers so.</summary>
    internal void Answer(string endpoint, object answer) => Answer(endpoint, c => c.Response.WriteAsJsonAsync(answer));

    internal void Answer(string endpoint, Func<HttpContext, Task> answer) => _answers[endpoint] = answer;

    /// <summary>From now on they all do; null for what each answers itself.</summary>
    internal void AnswerAll(Func<HttpContext, Task>? answer)
    {
        if (answer is null)
        {
            _answers.TryRemove(All, out _);
        }
        else
        {
            Answer(All, answer);
        }
    }

    internal ShopContext Open() => _shop.Open();

    /// <summary>Asks the shop so many times for the orders of one customer.</summary>
    internal void Ask(int times, int customer = 1)
    {
        for (var i = 0; i < times; i++)
        {
            using var db = _shop.Open();
            db.Orders.Where(o => o.CustomerId == customer).Cacheable().ToList().Count.ShouldBe(2);
        }
    }

    internal void Write(int customer = 1)
    {
        using var db = _shop.Open();
        db.Orders.First(o => o.CustomerId == customer).Total++;
        db.SaveChanges();
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _shop.Dispose();
    }

    private Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        var endpoint = context.Request.Path.Value![Prefix.Length..].TrimStart('/');
        Asked.Enqueue(endpoint + context.Request.QueryString);
        endpoint = endpoint.StartsWith(Explanation, StringComparison.Ordinal) ? Explanation : endpoint;
        return (_answers.GetValueOrDefault(All) ?? _answers.GetValueOrDefault(endpoint) ?? (_ => next(context)))(context);
    }
}
