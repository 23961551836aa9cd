using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ZooCache.AspNetCore.Dashboard;
using ZooCache.Integration.Tests.Support;
using ZooCache.Integration.Tests.Web;

namespace ZooCache.Integration.Tests.Dashboard;

/// <summary>The dashboard is one small page, for those who may.</summary>
public sealed class DashboardEndpointTests : IDisposable
{
    private readonly Scratch<ShopContext> _shop = ShopData.Scratch();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task ThePageIsOne_AndSmall_AndKeepsOthersOut()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCache().AllowAnonymous());
        using var response = await web.Ask("/zoocache/");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        var page = await response.Content.ReadAsByteArrayAsync();
        page.Length.ShouldBeLessThan(80_000);
        page.ShouldBe(DashboardPage.Bytes);
        Header("Cache-Control").ShouldBe("no-store");
        Header("X-Content-Type-Options").ShouldBe("nosniff");
        Header("X-Frame-Options").ShouldBe("DENY");
        Header("Referrer-Policy").ShouldBe("no-referrer");
        var policy = Header("Content-Security-Policy").Split("; ");
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain("connect-src 'self'");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldContain("require-trusted-types-for 'script'");
        policy.ShouldAllBe(p => !p.Contains("unsafe", StringComparison.Ordinal) && !p.Contains('*'));

        string Header(string name) => response.Headers.GetValues(name).Single();
    }

    [Theory]
    [InlineData("/zoocache", "/zoocache?a=1", "./zoocache/?a=1")]
    [InlineData("/ops/cache", "/ops/cache", "./cache/")]
    [InlineData("/ops/cache", "/shop/ops/cache", "./cache/")]
    [InlineData("/a b", "/a%20b", "./a%20b/")]
    [InlineData("", "/shop", "./shop/")]
    public async Task TheAddressWithoutItsSlash_LeadsToTheOneWith(string prefix, string address, string location)
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            app.UsePathBase("/shop");
            app.UseRouting();
            app.MapZooCache(prefix).AllowAnonymous();
        });
        using var response = await web.Ask(address);
        response.StatusCode.ShouldBe(HttpStatusCode.TemporaryRedirect);
        response.Headers.Location!.OriginalString.ShouldBe(location);
        using var page = await web.Ask(new Uri(new Uri(web.Client.BaseAddress!, address), response.Headers.Location).PathAndQuery);
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task UntilSomebodySaysWhoMay_NobodySeesIt()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCache());
        (await StatusFor(web, "")).ShouldBe((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden));
        (await StatusFor(web, "ann")).ShouldBe((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden));
        using var refused = await web.Ask("/zoocache/");
        (await refused.Content.ReadAsStringAsync()).ShouldContain("RequireAuthorization");
    }

    [Fact]
    public async Task WhereAPolicyIsAskedFor_ThoseSeeItWhomItLets()
    {
        await using var web = await WebShop.StartAsync(
            _shop,
            app =>
            {
                app.UseAuthorization();
                app.MapZooCache().RequireAuthorization("operators");
            },
            services =>
            {
                services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, Challenge>("test", null);
                services.AddAuthorization(o => o.AddPolicy("operators", p => p.RequireUserName("ann")));
            });
        (await StatusFor(web, "")).ShouldBe((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized));
        (await StatusFor(web, "bob")).ShouldBe((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden));
        (await StatusFor(web, "ann")).ShouldBe((HttpStatusCode.TemporaryRedirect, HttpStatusCode.OK));
    }

    private static async Task<(HttpStatusCode Without, HttpStatusCode With)> StatusFor(WebShop web, string user)
    {
        using var without = await web.Ask("/zoocache", ("X-Test-User", user));
        using var with = await web.Ask("/zoocache/", ("X-Test-User", user));
        return (without.StatusCode, with.StatusCode);
    }

    /// <summary>Knows nobody: who asks was found out before.</summary>
    private sealed class Challenge(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, System.Text.Encodings.Web.UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());
    }
}
