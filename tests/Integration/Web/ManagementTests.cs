using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

/// <summary>Operators ask a node and tell it; nobody else does.</summary>
public sealed class ManagementTests : IDisposable
{
    private readonly Scratch<ShopContext> _shop = ShopData.Scratch();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task UntilSomebodySaysWhoMay_NobodyDoes()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCacheManagement());
        _shop.Cache.Set("key", 1, new CacheEntryOptions { Tags = ["tag"] });
        foreach (var user in new[] { "", "ann" })
        {
            (await AskAll(web, user)).ShouldAllBe(s => s == HttpStatusCode.Forbidden);
        }

        using var refused = await web.Ask("/zoocache/statistics");
        (await refused.Content.ReadAsStringAsync()).ShouldContain("RequireAuthorization");
        _shop.Cache.Get<int>("key").IsHit.ShouldBeTrue();
    }

    [Fact]
    public async Task WhereAPolicyIsAskedFor_ThosePassWhomItLets()
    {
        await using var web = await WebShop.StartAsync(
            _shop,
            app =>
            {
                app.UseAuthorization();
                app.MapZooCacheManagement("/ops").RequireAuthorization("operators");
            },
            services =>
            {
                services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, NoAuthentication>("test", null);
                services.AddAuthorization(o => o.AddPolicy("operators", p => p.RequireUserName("ann")));
            });
        _shop.Cache.Set("key", 1, new CacheEntryOptions { Tags = ["tag"] });

        (await AskAll(web, "", "/ops")).ShouldAllBe(s => s == HttpStatusCode.Unauthorized);
        (await AskAll(web, "bob", "/ops")).ShouldAllBe(s => s == HttpStatusCode.Forbidden);
        _shop.Cache.Get<int>("key").IsHit.ShouldBeTrue();
        (await AskAll(web, "ann", "/ops")).ShouldAllBe(s => s == HttpStatusCode.OK || s == HttpStatusCode.NoContent);
        _shop.Cache.Get<int>("key").IsHit.ShouldBeFalse();
    }

    [Fact]
    public async Task TheNodeTellsAndInvalidates()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCacheManagement().AllowAnonymous());
        foreach (var tag in new[] { "user:42", "user:42:orders", "user:43", "other" })
        {
            _shop.Cache.Set(tag, 1, new CacheEntryOptions { Tags = [tag] });
        }

        using var statistics = await JsonDocument.ParseAsync(await (await web.Ask("/zoocache/statistics")).Content.ReadAsStreamAsync());
        statistics.RootElement.GetProperty("statistics").GetProperty("entries").GetInt32().ShouldBe(4);
        statistics.RootElement.GetProperty("enabled").GetBoolean().ShouldBeTrue();
        (await Inspect("user:42")).GetProperty("entries").GetInt32().ShouldBe(2);
        (await Inspect("user")).GetProperty("entries").GetInt32().ShouldBe(3);
        var before = (await Inspect("user:42")).GetProperty("version").GetInt64();

        (await Invalidate(web, """{"tag":"user:42"}""")).ShouldBe(HttpStatusCode.NoContent);

        _shop.Cache.Get<int>("user:42:orders").IsHit.ShouldBeFalse();
        _shop.Cache.Get<int>("user:43").IsHit.ShouldBeTrue();
        (await Inspect("user:42")).GetProperty("version").GetInt64().ShouldBeGreaterThan(before);
        (await Invalidate(web, """{"tag":"a::b"}""")).ShouldBe(HttpStatusCode.BadRequest);
        (await Invalidate(web, "{}")).ShouldBe(HttpStatusCode.BadRequest);
        (await Invalidate(web, """{"tag":"*"}""", "text/plain")).ShouldBe(HttpStatusCode.UnsupportedMediaType);
        _shop.Cache.Get<int>("other").IsHit.ShouldBeTrue();
        (await Invalidate(web, """{"tag":"*"}""")).ShouldBe(HttpStatusCode.NoContent);
        _shop.Cache.Get<int>("other").IsHit.ShouldBeFalse();
        using var wrong = await web.Ask("/zoocache/inspect?tag=a::b");
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        async Task<JsonElement> Inspect(string tag) => (await web.Client.GetFromJsonAsync<JsonElement>(new Uri($"/zoocache/inspect?tag={tag}", UriKind.Relative))).Clone();
    }

    private static async Task<List<HttpStatusCode>> AskAll(WebShop web, string user, string prefix = "/zoocache")
    {
        using var statistics = await web.Ask($"{prefix}/statistics", ("X-Test-User", user));
        using var inspected = await web.Ask($"{prefix}/inspect?tag=tag", ("X-Test-User", user));
        return [statistics.StatusCode, inspected.StatusCode, await Invalidate(web, """{"tag":"*"}""", user: user, prefix: prefix)];
    }

    private static async Task<HttpStatusCode> Invalidate(WebShop web, string body, string type = "application/json", string user = "", string prefix = "/zoocache")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{prefix}/invalidate") { Content = new StringContent(body, Encoding.UTF8, type) };
        request.Headers.TryAddWithoutValidation("X-Test-User", user);
        using var response = await web.Client.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>Knows nobody: who asks was found out before.</summary>
    private sealed class NoAuthentication(
        Microsoft.Extensions.Options.IOptionsMonitor<AuthenticationSchemeOptions> options, Microsoft.Extensions.Logging.ILoggerFactory logger, System.Text.Encodings.Web.UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());
    }
}
