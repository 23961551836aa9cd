using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

/// <summary>Responses are kept until what they were made of changes.</summary>
public sealed class ResponseTests : IDisposable
{
    private readonly Scratch<ShopContext> _shop = ShopData.Scratch();
    private int _runs;

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task AResponseIsMadeOnce_UntilARowChangesThatItWasMadeOf()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/customers/{id:int}", async (int id, ShopContext db) =>
        {
            Interlocked.Increment(ref _runs);
            return await db.Customers.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id) is { } customer ? Results.Ok(new { customer.Name }) : Results.NotFound();
        }).Cacheable());

        (await web.Get("/customers/1")).ShouldBe("""{"name":"Customer 1"}""");
        (await web.Get("/customers/1")).ShouldBe("""{"name":"Customer 1"}""");
        (await web.Get("/customers/2")).ShouldBe("""{"name":"Customer 2"}""");
        _runs.ShouldBe(2, Rejected);

        Rename(1, "New");

        (await web.Get("/customers/1")).ShouldBe("""{"name":"New"}""");
        (await web.Get("/customers/2")).ShouldBe("""{"name":"Customer 2"}""");
        _runs.ShouldBe(3);
        using var missing = await web.Ask("/customers/99");
        missing.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task WhoHasItAlready_IsToldSo()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/customers", (ShopContext db) => db.Customers.Select(c => c.Name).ToListAsync()).Cacheable());
        using var first = await web.Ask("/customers");
        var tag = first.Headers.ETag!;
        tag.IsWeak.ShouldBeFalse();
        first.Headers.CacheControl!.NoCache.ShouldBeTrue();
        first.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");

        foreach (var known in new[] { tag.ToString(), $"W/{tag}", $"\"other\", {tag}", "*" })
        {
            using var same = await web.Ask("/customers", ("If-None-Match", known));
            same.StatusCode.ShouldBe(HttpStatusCode.NotModified);
            same.Headers.ETag.ShouldBe(tag);
            (await same.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        }

        using var other = await web.Ask("/customers", ("If-None-Match", "\"other\""));
        other.StatusCode.ShouldBe(HttpStatusCode.OK);
        Rename(1, "New");
        using var changed = await web.Ask("/customers", ("If-None-Match", tag.ToString()));
        changed.StatusCode.ShouldBe(HttpStatusCode.OK);
        changed.Headers.ETag.ShouldNotBe(tag);
        Rename(1, "Customer 1");
        using var back = await web.Ask("/customers", ("If-None-Match", tag.ToString()));
        back.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task OfAThousandWhoAskAtOnce_OneRunsTheEndpoint()
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            var everybody = WebShop.Arrivals(app, 1000);
            app.MapGet("/slow", async (ShopContext db, CancellationToken token) =>
            {
                Interlocked.Increment(ref _runs);
                await everybody;
                return Results.Json(new { Count = await db.Customers.CountAsync(token) });
            }).Cacheable();
        });

        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => web.Get("/slow")));

        answers.ShouldAllBe(a => a == """{"count":3}""");
        _runs.ShouldBe(1);
    }

    [Fact]
    public async Task OfManyWhoAskAtOnceAnEndpointThatReadsAHeader_OneMoreRunsIt()
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            var everybody = WebShop.Arrivals(app, 300);
            app.MapGet("/", async (HttpContext context) =>
            {
                Interlocked.Increment(ref _runs);
                await everybody;
                return context.Request.Headers["X-Tenant"].ToString();
            }).Cacheable();
        });

        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => web.Get("/", ("X-Tenant", "a"))));

        answers.ShouldAllBe(a => a == "a");
        _runs.ShouldBe(2);
    }

    /// <summary>What an endpoint reads of its request, and two requests that differ in it.</summary>
    public static TheoryData<string, string, string, string, string> Inputs => new()
    {
        { "query", "/?page=1", "", "/?page=2", "" },
        { "query", "/?page=1", "", "/?page=1&page=2", "" },
        { "whole query", "/?a=1", "", "/?a=2", "" },
        { "header", "/", "X-Tenant: a", "/", "X-Tenant: b" },
        { "header", "/", "X-Tenant: a", "/", "" },
        { "header by name", "/", "Accept-Language: de", "/", "Accept-Language: en" },
        { "cookie", "/", "Cookie: cart=1", "/", "Cookie: cart=2" },
        { "cookies", "/", "Cookie: a=1", "/", "Cookie: b=2" },
        { "path", "/a", "", "/b", "" },
        { "host", "/", "Host: a", "/", "Host: b" },
        { "culture", "/", "X-Culture: de-DE", "/", "X-Culture: en-US" },
        { "items", "/", "X-Item: a", "/", "X-Item: b" },
        { "all headers", "/", "X-Any: a", "/", "X-Any: b" },
        { "varied", "/", "X-Before: a", "/", "X-Before: b" },
        { "user", "/", "", "/", "X-Test-User: ann" },
    };

    [Theory]
    [MemberData(nameof(Inputs))]
    public async Task WhatAnEndpointReadsOfItsRequest_ItsResponsesVaryBy(string kind, string path, string header, string otherPath, string otherHeader)
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            app.Use((context, next) =>
            {
                if (context.Request.Headers["X-Culture"] is [{ } name])
                {
                    CultureInfo.CurrentCulture = new NamedCulture(name);
                }

                context.Items["item"] = context.Request.Headers["X-Item"].ToString();
                context.Items["before"] = context.Request.Headers["X-Before"].ToString();
                return next(context);
            });
            app.MapGet("/{name?}", (HttpContext context) =>
            {
                Interlocked.Increment(ref _runs);
                return kind switch
                {
                    "query" => context.Request.Query["page"].ToString(),
                    "whole query" => context.Request.QueryString.Value,
                    "header" => context.Request.Headers["X-Tenant"].ToString(),
                    "header by name" => context.Request.Headers.AcceptLanguage.ToString(),
                    "cookie" => context.Request.Cookies["cart"],
                    "cookies" => string.Concat(context.Request.Cookies.Select(c => c.Key)),
                    "path" => context.Request.Path.Value,
                    "host" => context.Request.Host.Value,
                    "culture" => CultureInfo.CurrentCulture.Name,
                    "items" => (string?)context.Items["item"],
                    "all headers" => string.Concat(context.Request.Headers.Where(h => h.Key == "X-Any").Select(h => h.Value.ToString())),
                    "varied" => "constant",
                    _ => context.User.Identity?.Name ?? "nobody",
                } + $" {_runs}";
            }).Cacheable(o =>
            {
                o.VaryBy(c => (string?)c.Items["before"]);
                o.SharedByUsers = true;
            });
        });
        async Task<string> Ask(string at, string with) => await web.Get(at, [.. with.Length == 0 ? [] : new[] { (with.Split(": ")[0], with.Split(": ")[1]) }]);

        // Once to learn, and once more.
        for (var i = 0; i < 2; i++)
        {
            await Ask(path, header);
            await Ask(otherPath, otherHeader);
        }

        var (one, other) = (await Ask(path, header), await Ask(otherPath, otherHeader));
        one.ShouldNotBe(other);
        if (kind is not ("items" or "all headers"))
        {
            var runs = _runs;
            (await Ask(path, header)).ShouldBe(one);
            (await Ask(otherPath, otherHeader)).ShouldBe(other);
            _runs.ShouldBe(runs, Rejected);
        }
    }

    [Fact]
    public async Task WhatOfTheQueryDoesntCount_CanBeSaid()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/", (int page, HttpContext context) => $"{page} {context.Request.Query["size"]} {++_runs}").Cacheable(o => o.VaryByQuery("page")));
        var first = await web.Get("/?page=1&utm_source=a");
        first = await web.Get("/?page=1&utm_source=a");
        (await web.Get("/?utm_source=b&page=1")).ShouldBe(first);
        (await web.Get("/?page=1&size=5")).ShouldStartWith("1 5");
        (await web.Get("/?page=2")).ShouldStartWith("2 ");
        (await web.Get("/?page=1")).ShouldBe(first);
    }

    public static TheoryData<string> NeverKept => new()
    {
        "authenticated", "authorization", "set cookie", "cookie set late", "no store", "private", "not found", "post", "range", "session", "connection", "fails", "events", "too long", "refused",
    };

    [Theory]
    [MemberData(nameof(NeverKept))]
    public async Task WhatMustNotBeKept_IsNot(string kind)
    {
        await using var web = await WebShop.StartAsync(
            _shop,
            app =>
            {
                if (kind == "session")
                {
                    app.UseSession();
                }

                app.MapMethods("/", ["GET", "POST"], async (HttpContext context, ShopContext db) =>
                {
                    var run = Interlocked.Increment(ref _runs);
                    switch (kind)
                    {
                        case "set cookie":
                            context.Response.Cookies.Append("id", "1");
                            break;
                        case "cookie set late":
                            context.Response.OnStarting(() =>
                            {
                                context.Response.Cookies.Append("id", "1");
                                return Task.CompletedTask;
                            });
                            break;
                        case "no store" or "private":
                            context.Response.Headers.CacheControl = kind.Replace(' ', '-');
                            break;
                        case "not found":
                            context.Response.StatusCode = 404;
                            break;
                        case "session":
                            context.Session.GetString("cart");
                            break;
                        case "connection":
                            _ = context.Connection.RemoteIpAddress;
                            break;
                        case "fails" when run == 1:
                            throw new InvalidOperationException("no");
                        case "events":
                            context.Response.ContentType = "text/event-stream";
                            break;
                        case "too long":
                            await context.Response.WriteAsync(new string('x', 600));
                            break;
                        case "refused":
                            await db.Customers.NotCacheable().CountAsync();
                            break;
                    }

                    await context.Response.WriteAsync(new string('y', 600));
                    await context.Response.WriteAsync($"{run}");
                }).Cacheable(o => o.MaximumBodyBytes = 1000);
            },
            services => services.AddDistributedMemoryCache().AddSession());

        string? last = null;
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(kind == "post" ? HttpMethod.Post : HttpMethod.Get, "/");
            var (name, value) = kind switch { "authenticated" => ("X-Test-User", "ann"), "authorization" => ("Authorization", "Bearer x"), "range" => ("Range", "bytes=0-1"), _ => ("X-Nothing", "") };
            request.Headers.TryAddWithoutValidation(name, value);
            using var response = await web.Client.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            if (kind != "fails" || i < 2)
            {
                body.ShouldNotBe(last);
            }

            last = body;
            ((int)response.StatusCode).ShouldBe(kind switch { "not found" => 404, "fails" when i == 0 => 500, _ => 200 });
            if (kind is "set cookie" or "cookie set late")
            {
                response.Headers.GetValues("Set-Cookie").Single().ShouldStartWith("id=1");
            }
        }

        _runs.ShouldBe(kind == "fails" ? 2 : 3);
    }

    /// <summary>Whoever asks, whatever the endpoint reads, and whatever is said of varying: nobody gets what was made for somebody else.</summary>
    [Theory]
    [CombinatorialUsers]
    public async Task WhateverIsSaidOfVarying_NobodyGetsWhatWasMadeForSomebodyElse(string reads, string says)
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/", (HttpContext context) => reads switch
        {
            "user" => context.User.Identity?.Name ?? "nobody",
            "claim" => context.User.FindFirst(System.Security.Claims.ClaimTypes.NameIdentifier)?.Value ?? "nobody",
            "header" => context.Request.Headers["X-Test-User"].ToString() is { Length: > 0 } name ? name : "nobody",
            "cookie" => context.Request.Cookies["user"] ?? "nobody",
            "authorization" => context.Request.Headers.Authorization.ToString() is { Length: > 0 } token ? token : "nobody",
            _ => context.RequestServices.GetRequiredService<IHttpContextAccessor>().HttpContext!.User.Identity?.Name ?? "nobody",
        }).Cacheable(o =>
        {
            _ = says switch
            {
                "header" => o.VaryByHeader("Accept"),
                "query" => o.VaryByQuery("page"),
                "no query" => o.VaryByQuery(),
                "cookie" => o.VaryByCookie("theme"),
                "value" => o.VaryBy(_ => "same"),
                _ => o,
            };
            o.ForEachUser = says == "each user";
            o.SharedByUsers = says is "shared" or "header" or "query";
            o.KeyNamesContext = true;
        }), services => services.AddHttpContextAccessor());

        for (var round = 0; round < 3; round++)
        {
            foreach (var user in new[] { "ann", "bob", "", "eve", "ann" })
            {
                var answer = await web.Get("/?page=1", [.. user.Length == 0 ? [] : new[] { ("X-Test-User", user), ("Cookie", $"user={user}"), ("Authorization", user) }]);
                answer.ShouldBe(user.Length == 0 ? "nobody" : user);
            }
        }
    }

    [Fact]
    public async Task ForEachUser_ResponsesAreKeptForThatUser()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/", () => $"{++_runs}").Cacheable(o => o.ForEachUser = true));
        async Task<string> Ask(string user) => await web.Get("/", ("X-Test-User", user));
        (await Ask("ann")).ShouldBe("1");
        (await Ask("bob")).ShouldBe("2");
        (await Ask("ann")).ShouldBe("1");
        using var response = await web.Ask("/", ("X-Test-User", "bob"));
        (await response.Content.ReadAsStringAsync()).ShouldBe("2");
        response.Headers.CacheControl!.Private.ShouldBeTrue();
    }

    [Fact]
    public async Task HeadersOfTheEndpoint_AreKept_AndThoseOfOthersAreNot()
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            app.Use((context, next) =>
            {
                context.Response.Headers["X-Request"] = Guid.NewGuid().ToString();
                return next(context);
            });
            app.MapGet("/", (HttpContext context) =>
            {
                context.Response.Headers["X-Own"] = $"{++_runs}";
                return Results.Text("text", "text/css", Encoding.UTF8);
            }).Cacheable(o => o.VaryByHeader("Accept"));
        });
        using var first = await web.Ask("/");
        using var second = await web.Ask("/");
        second.Headers.GetValues("X-Own").ShouldBe(["1"]);
        second.Headers.GetValues("X-Request").Single().ShouldNotBe(first.Headers.GetValues("X-Request").Single());
        second.Content.Headers.ContentType!.ToString().ShouldBe("text/css; charset=utf-8");
        second.Headers.Vary.ShouldBe(["ACCEPT"]);
        second.Content.Headers.ContentLength.ShouldBe(4);
        using var head = new HttpRequestMessage(HttpMethod.Head, "/");
        using var none = await web.Client.SendAsync(head);
        none.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task AGroupOfEndpoints_IsCacheable_AndEachHasResponsesOfItsOwn()
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            var group = app.MapGroup("/shop").Cacheable(o => o.DependsOn("shop"));
            group.MapGet("/a", () => $"a {++_runs}");
            group.MapGet("/b", () => $"b {++_runs}");
        });
        (await web.Get("/shop/a")).ShouldBe("a 1");
        (await web.Get("/shop/b")).ShouldBe("b 2");
        (await web.Get("/shop/a")).ShouldBe("a 1");
        _shop.Cache.Invalidate("shop");
        (await web.Get("/shop/a")).ShouldBe("a 3");
    }

    [Fact]
    public void WhatIsWrong_IsSaidWhenTheEndpointIsMade()
    {
        var app = WebApplication.CreateSlimBuilder().Build();
        var map = app.MapGet("/", () => 1);
        Should.Throw<ArgumentOutOfRangeException>(() => map.Cacheable(o => o.MaximumBodyBytes = -1)).Message.ShouldContain("CacheableResponseOptions.MaximumBodyBytes");
        Should.Throw<ArgumentOutOfRangeException>(() => map.Cacheable(o => o.AbsoluteExpiration = TimeSpan.Zero));
        Should.Throw<FormatException>(() => map.Cacheable(o => o.DependsOn("a::b")));
        Should.Throw<ArgumentException>(() => map.Cacheable(o => o.ForEachUser = o.SharedByUsers = true)).Message.ShouldContain("CacheableResponseOptions.ForEachUser");
        Should.Throw<ArgumentException>(() => map.Cacheable(o => o.VaryByHeader("")));
    }

    private string Rejected => string.Join(", ", _shop.Cache.GetStatistics().FillsRejectedByReason.Select(r => $"{r.Key} {r.Value}"));

    private void Rename(int id, string name)
    {
        using var db = _shop.Open();
        db.Customers.Single(c => c.Id == id).Name = name;
        db.SaveChanges();
    }

    /// <summary>A culture, also where the system has none.</summary>
    private sealed class NamedCulture(string name) : CultureInfo("")
    {
        public override string Name => name;
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class CombinatorialUsersAttribute : Xunit.Sdk.DataAttribute
    {
        public override IEnumerable<object[]> GetData(System.Reflection.MethodInfo testMethod)
            => from reads in new[] { "user", "claim", "header", "cookie", "authorization", "accessor" }
               from says in new[] { "nothing", "header", "query", "no query", "cookie", "value", "each user", "shared" }
               select new object[] { reads, says };
    }
}
