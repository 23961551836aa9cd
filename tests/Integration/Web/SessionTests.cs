using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests.Web;

/// <summary>A user who writes on one node reads that on the next.</summary>
public sealed class SessionTests : IDisposable
{
    private readonly GaugeNodes _nodes = new(CacheConsistency.Eventual);

    public void Dispose() => _nodes.Dispose();

    [Theory]
    [InlineData("cookie", "/query")]
    [InlineData("cookie", "/response")]
    [InlineData("header", "/query")]
    public async Task WhoHasWrittenOnOneNode_ReadsThatOnTheNext(string way, string path)
    {
        await using var a = await StartAsync(_nodes[0], way);
        await using var b = await StartAsync(_nodes[1], way);
        using var writer = Client(way);
        using var other = Client(way);
        (await other.GetStringAsync(Url(b, path))).ShouldBe("0");
        (await other.GetStringAsync(Url(b, path))).ShouldBe("0");
        _nodes[1].Log.IsDeaf = true;

        await Write(writer, a, 7, way);

        (await other.GetStringAsync(Url(b, path))).ShouldBe("0", "who hasn't written hasn't asked for more");
        (await writer.GetStringAsync(Url(b, path))).ShouldBe("7");
        (await writer.GetStringAsync(Url(a, path))).ShouldBe("7");
    }

    [Fact]
    public async Task WhoHasNotWritten_IsGivenNothing_AndWhatHeInventsChangesNothing()
    {
        await using var a = await StartAsync(_nodes[0], "both");
        using var client = new HttpClient();
        using var response = await client.GetAsync(Url(a, "/query"));
        response.Headers.Contains("Set-Cookie").ShouldBeFalse();
        response.Headers.Contains("X-Seen").ShouldBeFalse();
        foreach (var text in new[] { "", "nonsense", new string('~', 2000), "s.1" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Url(a, "/query"));
            request.Headers.TryAddWithoutValidation("X-Seen", text);
            using var asked = await client.SendAsync(request);
            (await asked.Content.ReadAsStringAsync()).ShouldBe("0");
        }
    }

    [Fact]
    public async Task TheCookie_IsForThisApplicationAlone_AndLivesUntilEveryNodeKnows()
    {
        await using var a = await StartAsync(_nodes[0], "cookie");
        using var client = new HttpClient();
        using var response = await client.PostAsync(Url(a, "/write/7"), null);

        var cookie = response.Headers.GetValues("Set-Cookie").Single();
        cookie.ShouldStartWith("zoocache-seen=s.");
        cookie.ShouldContain("max-age=15");
        cookie.ShouldContain("httponly");
        cookie.ShouldContain("samesite=lax");
    }

    [Fact]
    public void WhatIsWrong_IsSaidWhenTheApplicationIsMade()
    {
        var app = WebApplication.CreateSlimBuilder().Build();
        Should.Throw<ArgumentException>(() => app.UseZooCacheSession(o => o.CookieName = null)).Message.ShouldContain("ZooCacheSessionOptions.CookieName");
        Should.Throw<ArgumentException>(() => app.UseZooCacheSession(o => o.Lifetime = TimeSpan.Zero)).Message.ShouldContain("ZooCacheSessionOptions.Lifetime");
        Should.Throw<ArgumentException>(() => app.UseZooCacheSession(o => o.CookieName = "a b")).Message.ShouldContain("ZooCacheSessionOptions.CookieName");
        Should.Throw<ArgumentException>(() => app.UseZooCacheSession(o => o.HeaderName = "a:b")).Message.ShouldContain("ZooCacheSessionOptions.HeaderName");
        app.UseZooCacheSession().ShouldBe(app, "it has no other nodes");
    }

    private static Uri Url(WebApplication app, string path) => new(app.Urls.Single() + path);

    private static HttpClient Client(string way) => new(new HttpClientHandler { UseCookies = way == "cookie" });

    private static async Task Write(HttpClient client, WebApplication app, int value, string way)
    {
        using var response = await client.PostAsync(Url(app, $"/write/{value}"), null);
        response.EnsureSuccessStatusCode();
        if (way == "header")
        {
            client.DefaultRequestHeaders.Add("X-Seen", response.Headers.GetValues("X-Seen").Single());
        }
    }

    private static async Task<WebApplication> StartAsync(GaugeNode node, string way)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(node.Cache);
        var app = builder.Build();
        app.UseZooCacheSession(o =>
        {
            o.CookieName = way == "header" ? null : o.CookieName;
            o.HeaderName = way == "cookie" ? null : "X-Seen";
        });
        app.MapGet("/query", async () => await Read(cached: true));
        app.MapGet("/response", async () => await Read(cached: false)).Cacheable();
        app.MapPost("/write/{value:int}", async (int value) =>
        {
            await using var db = node.Open();
            (await db.Gauges.SingleAsync(g => g.Id == 1)).Value = value;
            await db.SaveChangesAsync();
        });
        await app.StartAsync();
        return app;

        async Task<int> Read(bool cached)
        {
            await using var db = node.Open();
            var values = db.Gauges.Where(g => g.Id == 1).Select(g => g.Value);
            return await (cached ? values.Cacheable() : values).SingleAsync();
        }
    }
}
