using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using ZooCache.AspNetCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

[Route("tenants")]
[CacheableResponse(VaryByQuery = [])]
public sealed class TenantsController : Controller
{
    internal static int Runs { get; set; }

    [HttpGet("values")]
    [Tenant(Where = "values")]
    public IActionResult FromRouteData() => Content($"{RouteData.Values["tenant"]}");

    [HttpGet("tokens")]
    [Tenant(Where = "tokens")]
    public IActionResult FromDataTokens() => Content($"{RouteData.DataTokens["tenant"]}");

    [HttpGet("state")]
    [Tenant(Where = "state")]
    public IActionResult FromModelState() => Content($"{ModelState["tenant"]?.Errors[0].ErrorMessage}");

    [HttpGet("providers")]
    [TenantProvider]
    public IActionResult FromProviders(string? tenant) => Content($"{tenant}");

    [HttpGet("temp")]
    public IActionResult Temp()
    {
        TempData["a"] = "b";
        return Content("temp");
    }

    [HttpGet("list")]
    public IActionResult List([FromQuery] List<string> f) => Ok(new[] { f.Count, ++Runs });

    [HttpGet("pairs")]
    public IActionResult Pairs([FromQuery] Dictionary<string, string> f, [FromHeader(Name = "X-Lang")] string? lang) => Content($"{f.Count} {lang} {++Runs}");
}

/// <summary>A filter of authorization that leaves something for the action.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TenantAttribute : Attribute, IAuthorizationFilter
{
    public string Where { get; set; } = "";

    public void OnAuthorization(AuthorizationFilterContext context)
    {
        var mark = context.HttpContext.Request.Headers["X-Mark"].ToString();
        switch (Where)
        {
            case "values":
                context.RouteData.Values["tenant"] = mark;
                break;
            case "tokens":
                context.RouteData.DataTokens["tenant"] = mark;
                break;
            default:
                context.ModelState.AddModelError("tenant", mark);
                break;
        }
    }
}

/// <summary>A filter of resources, before the cache's, that gives one request's actions values.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TenantProviderAttribute : Attribute, IResourceFilter, IOrderedFilter
{
    public int Order => -1;

    public void OnResourceExecuting(ResourceExecutingContext context) => context.ValueProviderFactories.Insert(0, new Values(context.HttpContext.Request.Headers["X-Mark"].ToString()));

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }

    private sealed class Values(string mark) : IValueProviderFactory
    {
        public Task CreateValueProviderAsync(ValueProviderFactoryContext context)
        {
            context.ValueProviders.Insert(0, new RouteValueProvider(BindingSource.Path, new RouteValueDictionary { ["tenant"] = mark }));
            return Task.CompletedTask;
        }
    }
}

/// <summary>What stands around an endpoint: middlewares that make something else of its response, filters, other endpoints, and those who ask at the same time.</summary>
public sealed class ResponseSurroundingsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>What may be done with a response after the endpoint.</summary>
    private static readonly Dictionary<string, Func<HttpContext, RequestDelegate, Task>> After = new(StringComparer.Ordinal)
    {
        ["footer"] = async (context, next) =>
        {
            await next(context);
            await context.Response.WriteAsync("<footer>");
        },
        ["rewritten"] = async (context, next) =>
        {
            var body = context.Response.Body;
            using var own = new MemoryStream();
            context.Response.Body = own;
            await next(context);
            context.Response.Body = body;
            await context.Response.WriteAsync($"<{Encoding.UTF8.GetString(own.ToArray())} for {context.Request.Headers["X-Mark"]}>");
        },
        ["items"] = (context, next) =>
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers["X-Title"] = context.Items["title"] as string ?? "none";
                return Task.CompletedTask;
            });
            return next(context);
        },
    };

    /// <summary>What endpoints return, and what they are asked with.</summary>
    private static readonly Dictionary<string, (Delegate Endpoint, (string, string)[][] Asked)> Results = new(StringComparer.Ordinal)
    {
        ["file"] = (
            () => TypedResults.File("hello"u8.ToArray(), "text/plain", "a.txt", enableRangeProcessing: true, new DateTimeOffset(2020, 1, 2, 0, 0, 0, TimeSpan.Zero), new EntityTagHeaderValue("\"x\"")),
            [
                [], [("If-Modified-Since", "Fri, 03 Jan 2020 00:00:00 GMT")], [("If-Modified-Since", "Wed, 01 Jan 2020 00:00:00 GMT")], [("If-None-Match", "\"x\"")], [("If-None-Match", "\"y\"")],
                [("If-Match", "\"y\"")], [("If-Match", "\"x\"")], [("Range", "bytes=0-1")], [("Range", "bytes=0-1"), ("If-Range", "\"y\"")], [("Range", "bytes=900-")],
            ]),
        ["stream"] = (() => TypedResults.Stream(new MemoryStream("hello"u8.ToArray()), "text/plain", enableRangeProcessing: true), [[], [], [("Range", "bytes=0-1")]]),
        ["stream by itself"] = (() => TypedResults.Stream(async s => await s.WriteAsync("hello"u8.ToArray()), "text/plain"), [[], []]),
        ["events"] = (() => TypedResults.ServerSentEvents(Numbers()), [[], []]),
        ["numbers"] = (Numbers, [[], [], [("X-Mark", "a")]]),
        ["problem"] = (() => TypedResults.Problem("x", statusCode: 200), [[], [("Accept", "text/html")], [("Accept", "application/json")]]),
        ["title"] = (
            (HttpContext context) =>
            {
                context.Items["title"] = "title";
                return "x";
            },
            [[], []]),
        ["json"] = (() => TypedResults.Json(new { A = 1 }), [[], [("X-Mark", "ann")], [("X-Mark", "bob")]]),
    };

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch();
    private int _runs;

    public ResponseSurroundingsTests() => TenantsController.Runs = 0;

    public void Dispose() => _shop.Dispose();

    public static IEnumerable<object[]> Around => from after in (string[])["", .. After.Keys] from result in Results.Keys where after is "" or "items" || result is not ("file" or "stream") select new object[] { after, result };

    [Theory]
    [MemberData(nameof(Around))]
    public async Task WhateverIsMadeOfAResponseAfterwards_TheClientSeesTheSame(string after, string result)
    {
        await using var twins = await TwinShops.StartAsync(_shop, (app, cached) =>
        {
            if (after.Length > 0)
            {
                app.Use((RequestDelegate next) => context => After[after](context, next));
                app.UseRouting();
            }

            cached(app.MapGet("/", Results[result].Endpoint));
        });
        var differences = new List<string>();
        for (var round = 0; round < 4; round++)
        {
            foreach (var headers in round % 2 == 0 ? Results[result].Asked : Results[result].Asked.Reverse())
            {
                if (await twins.Difference("/", headers) is { } difference)
                {
                    differences.Add($"{string.Join(", ", headers)}, round {round}: {difference}");
                }
            }
        }

        differences.ShouldBeEmpty();
    }

    [Fact]
    public async Task WhatIsRewrittenOnTheWay_HasNoTagOfOurs()
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            app.Use((RequestDelegate next) => context => After["rewritten"](context, next));
            app.UseRouting();
            app.MapGet("/", () => TypedResults.Json(new { A = 1 })).Cacheable();
        });
        for (var i = 0; i < 3; i++)
        {
            using var response = await web.Ask("/", ("X-Mark", "ann"), ("If-None-Match", "*"));
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Headers.ETag.ShouldBeNull();
        }
    }

    [Fact]
    public async Task WhatOthersSayOfCaches_Stays()
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            app.Use((context, next) =>
            {
                context.Response.Headers.CacheControl = "no-store";
                context.Response.Headers.ETag = "\"own\"";
                return next(context);
            });
            app.MapGet("/", () => "x").Cacheable();
        });
        for (var i = 0; i < 3; i++)
        {
            using var response = await web.Ask("/", ("If-None-Match", "*"));
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Headers.CacheControl!.NoStore.ShouldBeTrue();
            response.Headers.ETag!.Tag.ShouldBe("\"own\"");
        }
    }

    [Fact]
    public async Task WhatCachesOnTheWayAreTold_IsAllThatTheEndpointReads()
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            app.MapGet("/cookies", (HttpContext context) => string.Join(',', context.Request.Cookies.Select(c => c.Key))).Cacheable();
            app.MapGet("/language", (HttpContext context) =>
            {
                context.Response.Headers.Vary = "Accept-Language";
                return $"{context.Request.Headers.AcceptLanguage}";
            }).Cacheable();
        });
        await web.Get("/cookies");
        await web.Get("/language");
        using var cookies = await web.Ask("/cookies");
        cookies.Headers.Vary.ShouldBe(["COOKIE"]);
        cookies.Headers.CacheControl!.Private.ShouldBeTrue();
        using var language = await web.Ask("/language");
        language.Headers.Vary.ShouldBe(["Accept-Language"]);
    }

    [Theory]
    [InlineData("no-store, max-age=-1")]
    [InlineData("private, no-store, must-revalidate; x")]
    [InlineData("no-store;")]
    [InlineData("no-store, max-age=abc")]
    public async Task WhatCantBeReadOfCacheControl_MayForbidIt(string control)
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/", (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = control;
            return $"{++_runs}";
        }).Cacheable());
        (await web.Get("/")).ShouldBe("1");
        (await web.Get("/")).ShouldBe("2");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnEndpointThatAnswersByAnother_AddsToItsResponse(bool isCacheable)
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            app.MapGet("/inner", () => TypedResults.Json(new { A = 1 })).Cacheable();
            var outer = app.MapGet("/", async (HttpContext context, EndpointDataSource endpoints) =>
            {
                await endpoints.Endpoints.OfType<RouteEndpoint>().Single(e => e.RoutePattern.RawText == "/inner").RequestDelegate!(context);
                await context.Response.WriteAsync($"<{_runs}>");
            });
            _ = isCacheable ? outer.Cacheable(o => o.DependsOn("runs")) : outer;
        });
        for (var i = 0; i < 3; i++)
        {
            (await web.Get("/")).ShouldBe("""{"a":1}<0>""");
        }

        using var first = await web.Ask("/");
        _runs = 1;
        _shop.Cache.Invalidate("runs");
        using var second = await web.Ask("/", first.Headers.ETag is { } tag ? [("If-None-Match", tag.ToString())] : []);
        (await second.Content.ReadAsStringAsync()).ShouldBe("""{"a":1}<1>""");
    }

    [Theory]
    [InlineData("values")]
    [InlineData("tokens")]
    [InlineData("state")]
    [InlineData("providers")]
    public async Task WhatFiltersLeaveBeforehand_IsForNobodyElse(string where)
    {
        await using var web = await StartControllersAsync();
        for (var i = 0; i < 3; i++)
        {
            (await web.Get($"/tenants/{where}", ("X-Mark", "ann"))).ShouldBe("ann");
            (await web.Get($"/tenants/{where}", ("X-Mark", "bob"))).ShouldBe("bob");
        }
    }

    [Fact]
    public async Task TempData_IsSetEachTime()
    {
        await using var web = await StartControllersAsync();
        for (var i = 0; i < 4; i++)
        {
            using var response = await web.Ask("/tenants/temp");
            response.Headers.Contains("Set-Cookie").ShouldBeTrue($"{i}");
        }
    }

    [Theory]
    [InlineData("list", "f[{0}]=1")]
    [InlineData("pairs", "f[n{0}]=1")]
    public async Task WhenOneHasAskedWithMuchThatIsRead_OthersAreServedAsBefore(string path, string form)
    {
        await using var web = await StartControllersAsync();
        await web.Get($"/tenants/{path}?{string.Join('&', Enumerable.Range(0, 100).Select(i => string.Format(CultureInfo.InvariantCulture, form, i)))}");
        for (var i = 0; i < 4; i++)
        {
            await web.Get($"/tenants/{path}", ("X-Lang", "en"));
        }

        var first = await web.Get($"/tenants/{path}", ("X-Lang", "en"));
        (await web.Get($"/tenants/{path}", ("X-Lang", "en"))).ShouldBe(first);
    }

    [Theory]
    [InlineData("items")]
    [InlineData("cookie")]
    [InlineData("status")]
    public async Task WhenAResponseWontBeKept_NobodyWaitsForIt(string why)
    {
        var gate = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            app.Use((context, next) =>
            {
                context.Items["mark"] = context.Request.Headers["X-Mark"].ToString();
                return next(context);
            });
            app.MapGet("/", async (HttpContext context) =>
            {
                if (why == "cookie")
                {
                    context.Response.Cookies.Append("own", "own");
                }
                else if (why == "status")
                {
                    context.Response.StatusCode = 203;
                }

                var answer = why == "items" ? $"{context.Items["mark"]}" : $"{Interlocked.Increment(ref _runs)}";
                if (answer is "ann" or "1")
                {
                    begun.SetResult();
                    await gate.Task;
                }

                return answer;
            }).Cacheable();
        });
        var ann = web.Get("/", ("X-Mark", "ann"));
        await begun.Task.WaitAsync(Patience);

        // Before the time that a flight is waited for.
        (await web.Get("/", ("X-Mark", "bob")).WaitAsync(TimeSpan.FromSeconds(8))).ShouldBe(why == "items" ? "bob" : "2");
        ann.IsCompleted.ShouldBeFalse();
        gate.SetResult();
        (await ann).ShouldBe(why == "items" ? "ann" : "1");
    }

    [Fact]
    public async Task AnEndpointThatAsksItself_DoesntWaitForItself()
    {
        HttpClient? client = null;
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/", async (HttpContext context) =>
        {
            if (context.Request.Headers["X-Depth"].Count > 0)
            {
                return "inner";
            }

            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            request.Headers.Add("X-Depth", "1");
            using var response = await client!.SendAsync(request);
            return "outer " + await response.Content.ReadAsStringAsync();
        }).Cacheable());
        client = web.Client;

        // Before the time that a flight is waited for.
        (await web.Get("/").WaitAsync(TimeSpan.FromSeconds(8))).ShouldBe("outer inner");
    }

    [Fact]
    public async Task WhenTheOneWhoRunsFails_EachFailsByHimself()
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            var both = WebShop.Arrivals(app, 2);
            app.Use(async (context, next) =>
            {
                try
                {
                    await next(context);
                }
                catch (InvalidOperationException)
                {
                    await context.Response.WriteAsync("conflict");
                }
            });
            app.MapGet("/", async (HttpContext context) =>
            {
                context.Response.StatusCode = 409;
                await both;
                throw new InvalidOperationException("It fails.");
            }).Cacheable();
        });
        foreach (var response in await Task.WhenAll(web.Ask("/"), web.Ask("/")))
        {
            response.StatusCode.ShouldBe(HttpStatusCode.Conflict);
            response.Dispose();
        }
    }

    private static async IAsyncEnumerable<string> Numbers()
    {
        for (var i = 0; i < 3; i++)
        {
            await Task.Yield();
            yield return $"{i}";
        }
    }

    private Task<WebShop> StartControllersAsync() => WebShop.StartAsync(
        _shop, app => app.MapControllers(), services => services.AddControllersWithViews().PartManager.ApplicationParts.Add(new AssemblyPart(typeof(TenantsController).Assembly)));
}
