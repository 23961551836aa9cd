using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
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
        (await web.Get("/actions/page?x=2&page=1")).ShouldBe(first);
        (await web.Get("/actions/page?page=2&x=1")).ShouldStartWith("[2,");
        _shop.Cache.Invalidate("pages");
        (await web.Get("/actions/page?page=1&x=1")).ShouldNotBe(first);
    }

    private Task<WebShop> StartAsync() => WebShop.StartAsync(
        _shop, app => app.MapControllers(), services => services.AddControllers().PartManager.ApplicationParts.Add(new AssemblyPart(typeof(ActionsController).Assembly)));
}
