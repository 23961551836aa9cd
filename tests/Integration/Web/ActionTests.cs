using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.AspNetCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

[ApiController]
[Route("actions")]
[CacheableResponse]
public sealed class ActionsController(ShopContext db) : ControllerBase
{
    internal static int Runs { get; set; }

    [HttpGet("names")]
    public async Task<ActionResult<List<string>>> Names()
    {
        Runs++;
        return await db.Customers.OrderBy(c => c.Id).Select(c => c.Name).ToListAsync();
    }

    [HttpGet("fails")]
    public IActionResult Fails() => ++Runs == 1 ? throw new InvalidOperationException("no") : Ok(Runs);

    [HttpGet("page")]
    [CacheableResponse(VaryByQuery = ["page"], VaryByHeader = ["Accept"], Tags = ["pages"], AbsoluteExpirationSeconds = 60)]
    public IActionResult Page(int page) => Ok(new[] { page, ++Runs });

    [HttpGet("always")]
    [AlwaysHeader]
    public IActionResult Always() => Content($"{++Runs}");

    [HttpGet("filter")]
    [CacheableResponse(VaryByQuery = [])]
    public IActionResult Filter([FromQuery] Dictionary<string, string> f) => Content(string.Join(",", f.Select(p => $"{p.Key}={p.Value}")));

    [HttpGet("/one/{id}")]
    [HttpGet("/other/{id}")]
    public IActionResult Routes(string id) => Content($"{HttpContext.GetEndpoint()!.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()!.Route} {id}");
}

/// <summary>Runs around every result, also one that isn't the action's.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysHeaderAttribute : Attribute, IAlwaysRunResultFilter
{
    public void OnResultExecuting(ResultExecutingContext context) => context.HttpContext.Response.Headers["X-Always"] = "1";

    public void OnResultExecuted(ResultExecutedContext context)
    {
    }
}

/// <summary>Actions of controllers are kept by an attribute.</summary>
public sealed class ActionTests : IDisposable
{
    private readonly Scratch<ShopContext> _shop = ShopData.Scratch();

    public ActionTests() => ActionsController.Runs = 0;

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task AnActionRunsOnce_UntilARowChangesThatItHasRead()
    {
        await using var web = await StartAsync();
        const string Before = """["Customer 1","Customer 2","Customer 3"]""";

        // It reads what is accepted, which is learnt.
        (await web.Get("/actions/names")).ShouldBe(Before);
        (await web.Get("/actions/names")).ShouldBe(Before);
        var runs = ActionsController.Runs;
        using var kept = await web.Ask("/actions/names");
        (await kept.Content.ReadAsStringAsync()).ShouldBe(Before);
        ActionsController.Runs.ShouldBe(runs);
        using var same = await web.Ask("/actions/names", ("If-None-Match", kept.Headers.ETag!.ToString()));
        same.StatusCode.ShouldBe(HttpStatusCode.NotModified);

        using (var db = _shop.Open())
        {
            db.Customers.Single(c => c.Id == 1).Name = "New";
            db.SaveChanges();
        }

        (await web.Get("/actions/names")).ShouldBe(Before.Replace("Customer 1", "New"));
    }

    [Fact]
    public async Task AnActionThatFails_FailsAndIsNotKept()
    {
        await using var web = await StartAsync();
        using var failed = await web.Ask("/actions/fails");
        failed.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await web.Get("/actions/fails")).ShouldBe("2");
    }

    [Fact]
    public async Task AnActionsOwnWord_Wins()
    {
        await using var web = await StartAsync();
        await web.Get("/actions/page?page=1&x=1");
        var first = await web.Get("/actions/page?page=1&x=1");
        (await web.Get("/actions/page?page=1&x=2")).ShouldBe(first);
        (await web.Get("/actions/page?page=2&x=1")).ShouldStartWith("[2,");
        _shop.Cache.Invalidate("pages");
        (await web.Get("/actions/page?page=1&x=1")).ShouldNotBe(first);
    }

    [Fact]
    public async Task FiltersThatAlwaysRun_RunAroundWhatWasKept()
    {
        await using var web = await StartAsync();
        await web.Get("/actions/always");
        var first = await web.Get("/actions/always");
        using var kept = await web.Ask("/actions/always");
        (await kept.Content.ReadAsStringAsync()).ShouldBe(first);
        kept.Headers.GetValues("X-Always").ShouldBe(["1"]);
    }

    [Fact]
    public async Task WhatIsBoundFromTheQuery_TellsUpperFromLowerCase()
    {
        await using var web = await StartAsync();
        for (var i = 0; i < 3; i++)
        {
            (await web.Get("/actions/filter?f[a]=1")).ShouldBe("a=1");
            (await web.Get("/actions/filter?f[A]=1")).ShouldBe("A=1");
        }
    }

    [Fact]
    public async Task AnActionOfSeveralRoutes_HasResponsesForEach()
    {
        await using var web = await StartAsync();
        for (var i = 0; i < 3; i++)
        {
            (await web.Get("/one/a")).ShouldBe("one/{id} a");
            (await web.Get("/other/a")).ShouldBe("other/{id} a");
        }
    }

    [Fact]
    public async Task WhenControllersAreMappedAsCacheable_AnAttributeWins()
    {
        await using var web = await WebShop.StartAsync(
            _shop,
            app => app.MapControllers().Cacheable(o => o.DependsOn("controllers")),
            services => services.AddControllers().PartManager.ApplicationParts.Add(new AssemblyPart(typeof(ActionsController).Assembly)));
        await web.Get("/actions/page?page=1");
        var first = await web.Get("/actions/page?page=1");
        _shop.Cache.Invalidate("controllers");
        (await web.Get("/actions/page?page=1")).ShouldBe(first);
        _shop.Cache.Invalidate("pages");
        (await web.Get("/actions/page?page=1")).ShouldNotBe(first);
    }

    [Fact]
    public async Task WhenControllersAreMappedAsNotCacheable_AnAttributeDoesnt()
    {
        await using var web = await WebShop.StartAsync(
            _shop,
            app =>
            {
                app.MapControllers().NotCacheable();
                app.MapGet("/lambda", [CacheableResponse] () => $"{++ActionsController.Runs}").Cacheable();
            },
            services => services.AddControllers().PartManager.ApplicationParts.Add(new AssemblyPart(typeof(ActionsController).Assembly)));
        var runs = ActionsController.Runs;
        for (var i = 0; i < 4; i++)
        {
            await web.Get("/actions/names");
        }

        ActionsController.Runs.ShouldBe(runs + 4);
        (await web.Get("/lambda")).ShouldBe(await web.Get("/lambda"));
    }

    private Task<WebShop> StartAsync() => WebShop.StartAsync(
        _shop, app => app.MapControllers(), services => services.AddControllers().PartManager.ApplicationParts.Add(new AssemblyPart(typeof(ActionsController).Assembly)));
}
