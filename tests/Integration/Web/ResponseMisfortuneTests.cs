using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.AspNetCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

/// <summary>Callers that go away, endpoints that fail, stream or are asked by others at the same time, and what stands around them in the pipeline.</summary>
public sealed class ResponseMisfortuneTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch();
    private int _runs;

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData("cancelled")]
    [InlineData("caught")]
    [InlineData("items")]
    public async Task WhenTheCallerGoesAway_WhatWasMadeForHimIsNotKept(string how)
    {
        var begun = new TaskCompletionSource();
        var over = new TaskCompletionSource();
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/", async (HttpContext context, CancellationToken token) =>
        {
            try
            {
                await context.Response.WriteAsync("1", token);
                if (Interlocked.Increment(ref _runs) == 1)
                {
                    begun.SetResult();
                    await Task.Delay(Timeout.Infinite, token);
                }

                await context.Response.WriteAsync("2", token);
            }
            catch (OperationCanceledException) when (how == "caught")
            {
            }
            finally
            {
                over.TrySetResult();
            }
        }).Cacheable());
        using var stop = new CancellationTokenSource();
        var asked = web.Client.GetStringAsync("/", stop.Token);
        await begun.Task.WaitAsync(Patience);
        var other = how == "items" ? web.Get("/") : null;
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(asked);
        await over.Task.WaitAsync(Patience);

        (await web.Get("/").WaitAsync(Patience)).ShouldBe("12");
        (await (other ?? web.Get("/")).WaitAsync(Patience)).ShouldBe("12");
    }

    [Theory]
    [InlineData("header")]
    [InlineData("user")]
    [InlineData("absence")]
    public async Task WhenTheRunOfSomebodyElseFails_WhoIsSomebodyElseGetsHisOwn(string kind)
    {
        var begun = new TaskCompletionSource();
        await using var web = await WebShop.StartAsync(
            _shop,
            app =>
            {
                var both = WebShop.Arrivals(app, 2);
                app.Use((context, next) =>
                {
                    if (context.Request.Headers["X-Test-User"] == "bob")
                    {
                        context.Items["good"] = true;
                    }

                    return next(context);
                });
                app.MapGet("/", async (HttpContext context) =>
                {
                    if (begun.TrySetResult())
                    {
                        await both;
                    }

                    var isGood = kind switch
                    {
                        "header" => context.Request.Headers["X-Test-User"] == "bob",
                        "user" => context.User.Identity?.Name == "bob",
                        _ => context.Items.ContainsKey("good"),
                    };
                    return isGood ? "good" : throw new InvalidOperationException("It is for bob alone.");
                }).Cacheable(o => o.SharedByUsers = true);
            });
        var bad = web.Ask("/", ("X-Test-User", "ann"));
        await begun.Task.WaitAsync(Patience);
        var good = web.Get("/", ("X-Test-User", "bob"));
        (await good.WaitAsync(Patience)).ShouldBe("good");
        using var response = await bad;
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
    }

    // Turned red by serving whoever has waited without asking again what has to be absent.
    [Fact]
    public async Task WhatWasAbsentForTheOneWhoRan_IsAskedOfThoseWhoHaveWaited()
    {
        var begun = new TaskCompletionSource();
        await using var web = await WebShop.StartAsync(
            _shop,
            app =>
            {
                var both = WebShop.Arrivals(app, 2);
                app.Use((context, next) =>
                {
                    if (context.Request.Headers["X-Test-User"] == "bob")
                    {
                        context.Items["good"] = true;
                    }

                    return next(context);
                });
                app.MapGet("/", async (HttpContext context) =>
                {
                    if (begun.TrySetResult())
                    {
                        await both;
                    }

                    return context.Items.ContainsKey("good") ? "good" : "plain";
                }).Cacheable(o => o.SharedByUsers = true);
            });
        var first = web.Get("/");
        await begun.Task.WaitAsync(Patience);

        (await web.Get("/", ("X-Test-User", "bob")).WaitAsync(Patience)).ShouldBe("good");
        (await first).ShouldBe("plain");
        (await web.Get("/")).ShouldBe("plain");
    }

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("application/x-ndjson")]
    [InlineData("too long")]
    [InlineData("complete")]
    [InlineData("unbuffered")]
    public async Task WhatStreams_ReachesTheClientAtOnce_AndNobodyWaitsForItsEnd(string type)
    {
        var end = new TaskCompletionSource();
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/", async (HttpContext context) =>
        {
            context.Response.ContentType = type.Contains('/') ? type : "text/plain";
            if (type == "unbuffered")
            {
                context.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
            }

            await context.Response.WriteAsync(new string('x', type == "too long" ? 2000 : 1) + "\n");
            if (type == "complete")
            {
                await context.Response.CompleteAsync();
            }
            else
            {
                await context.Response.Body.FlushAsync();
            }

            await end.Task;
        }).Cacheable(o => o.MaximumBodyBytes = 1000));
        async Task First()
        {
            // A connection whose response is complete, and whose endpoint isn't, would be given to the next request, which Kestrel leaves waiting.
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { ConnectionClose = true } };
            using var response = await web.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            (await new StreamReader(await response.Content.ReadAsStreamAsync()).ReadLineAsync())!.ShouldStartWith("x");
        }

        await Task.WhenAll(First(), First(), First()).WaitAsync(Patience);
        end.SetResult();
    }

    [Theory]
    [InlineData("feature")]
    [InlineData("authenticate")]
    [InlineData("token")]
    public async Task WhatAuthenticationSaysBesideTheUser_IsNotSharedByUsers(string kind)
    {
        await using var web = await WebShop.StartAsync(
            _shop,
            app =>
            {
                app.UseAuthentication();
                app.MapGet("/login/{name}", (string name) =>
                {
                    var properties = new AuthenticationProperties();
                    properties.StoreTokens([new AuthenticationToken { Name = "access_token", Value = name }]);
                    return Results.SignIn(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], "Cookies")), properties, "Cookies");
                });
                app.MapGet("/", async (HttpContext context) => kind switch
                {
                    "feature" => context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Principal?.Identity?.Name ?? "nobody",
                    "token" => await context.GetTokenAsync("access_token") ?? "nobody",
                    _ => (await context.AuthenticateAsync()).Principal?.Identity?.Name ?? "nobody",
                }).Cacheable(o => o.SharedByUsers = true);
            },
            s => s.AddAuthentication("Cookies").AddCookie("Cookies").Services.AddZooCacheResponses());
        async Task<string> Login(string name)
        {
            using var response = await web.Ask($"/login/{name}");
            return response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        }

        var (ann, bob) = (await Login("ann"), await Login("bob"));
        for (var i = 0; i < 3; i++)
        {
            (await web.Get("/", ("Cookie", ann))).ShouldBe("ann");
            (await web.Get("/", ("Cookie", bob))).ShouldBe("bob");
            (await web.Get("/")).ShouldBe("nobody");
        }
    }

    [Fact]
    public async Task WhoSendsATokenThatNobodyHasChecked_IsNotTakenForAnybody()
    {
        await using var web = await WebShop.StartAsync(
            _shop,
            app =>
            {
                app.Use((context, next) =>
                {
                    context.RequestServices.GetRequiredService<CurrentUser>().Name = context.Request.Headers.Authorization.ToString();
                    return next(context);
                });
                app.MapGet("/default", (CurrentUser user) => user.Name).Cacheable();
                app.MapGet("/each", (CurrentUser user) => user.Name).Cacheable(o => o.ForEachUser = true);
                app.MapGroup("/group").Cacheable(o => o.SharedByUsers = true)
                    .MapGet("/own", (CurrentUser user) => user.Name).Cacheable(o => o.VaryBy(c => c.RequestServices.GetRequiredService<CurrentUser>().Name).SharedByUsers = true);
            },
            s => s.AddScoped<CurrentUser>());
        foreach (var path in new[] { "/default", "/each", "/group/own" })
        {
            for (var i = 0; i < 3; i++)
            {
                (await web.Get(path, ("Authorization", "ann"))).ShouldBe("ann");
                (await web.Get(path, ("Authorization", "bob"))).ShouldBe("bob");
            }
        }
    }

    [Fact]
    public async Task WhatAnEndpointSaysItself_Wins()
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            var group = app.MapGroup("/g").Cacheable(o => o.DependsOn("group"));
            group.MapGet("/own", () => $"{++_runs}").Cacheable(o => o.DependsOn("own"));
            group.MapGet("/never", () => $"{++_runs}").NotCacheable();
            group.MapGroup("/inner").Cacheable(o => o.DependsOn("inner")).MapGet("/", () => $"{++_runs}");
        });
        foreach (var (path, tag) in new[] { ("/g/own", "own"), ("/g/inner/", "inner") })
        {
            var first = await web.Get(path);
            _shop.Cache.Invalidate("group");
            (await web.Get(path)).ShouldBe(first);
            _shop.Cache.Invalidate(tag);
            (await web.Get(path)).ShouldNotBe(first);
        }

        (await web.Get("/g/never")).ShouldNotBe(await web.Get("/g/never"));
    }

    [Fact]
    public async Task WhatIsReExecuted_KeepsTheStatusThatWasSet()
    {
        await using var web = await WebShop.StartAsync(
            _shop,
            app =>
            {
                app.UseExceptionHandler("/error");
                app.UseStatusCodePagesWithReExecute("/missing");
                app.UseRouting();
                app.MapGet("/missing", () => $"missing {++_runs}").Cacheable();
                app.MapGet("/error", () => $"error {++_runs}").Cacheable();
                app.MapGet("/fails", IResult () => throw new InvalidOperationException("It fails."));
                app.MapGet("/started", async (HttpContext context) =>
                {
                    context.Response.StatusCode = 404;
                    await context.Response.StartAsync();
                }).Cacheable();
            },
            s => s.AddProblemDetails());
        for (var i = 0; i < 3; i++)
        {
            await web.Get("/missing");
            await web.Get("/error");
            using var none = await web.Ask("/nope");
            none.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await none.Content.ReadAsStringAsync()).ShouldStartWith("missing");
            using var failed = await web.Ask("/fails");
            failed.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
            (await failed.Content.ReadAsStringAsync()).ShouldStartWith("error");
            using var started = await web.Ask("/started");
            (await started.Content.ReadAsStringAsync()).ShouldBe("", "nobody adds anything to what has started");
        }

        _shop.Cache.GetStatistics().Hits.ShouldBe(4);
    }

    [Fact]
    public async Task WhenOneWhoAsksNamesWhatIsRead_OthersDontPayForIt()
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            app.MapGet("/h/{name}", (string name, HttpContext context) => $"{context.Request.Headers[name]}{context.Request.Cookies[name]}{++_runs}").Cacheable();
        });
        using var strange = await web.Ask("/h/%C3%A9");
        strange.StatusCode.ShouldBe(HttpStatusCode.OK);
        for (var i = 0; i < 100; i++)
        {
            await web.Get($"/h/x{i}");
            await web.Get($"/h/{new string('y', 70)}{i}");
        }

        await web.Get("/h/x1");
        await web.Get("/h/x1");
        await web.Get("/h/x1");
        var runs = _runs;
        using var again = await web.Ask("/h/x1");
        _runs.ShouldBe(runs, "it is kept like any");
        again.Headers.Vary.Count.ShouldBeLessThan(50);
        var odd = new string('y', 70);
        await web.Get($"/h/{odd}");
        await web.Get($"/h/{odd}");
        _runs.ShouldBe(runs + 2, "so long a name isn't learnt");
    }

    [Fact]
    public async Task WhatIsEncodedOnTheWay_HasAWeakTag()
    {
        await using var web = await WebShop.StartAsync(
            _shop,
            app =>
            {
                app.UseResponseCompression();
                app.UseRouting();
                app.MapGet("/", () => Results.Text(new string('x', 5000), "text/plain")).Cacheable();
            },
            s => s.AddResponseCompression());
        for (var i = 0; i < 2; i++)
        {
            using var packed = await web.Ask("/", ("Accept-Encoding", "gzip"));
            packed.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
            packed.Headers.ETag!.IsWeak.ShouldBeTrue();
            using var plain = await web.Ask("/");
            plain.Headers.ETag!.IsWeak.ShouldBeFalse();
            packed.Headers.ETag.Tag.ShouldBe(plain.Headers.ETag.Tag);
            using var same = await web.Ask("/", ("Accept-Encoding", "gzip"), ("If-None-Match", packed.Headers.ETag.ToString()));
            same.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        }
    }

    [Fact]
    public async Task WhatIsntKept_HasNoTagOfOurs()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/", (HttpContext context) =>
        {
            context.Response.Cookies.Append("id", "1");
            return "x";
        }).Cacheable());
        using var response = await web.Ask("/", ("If-None-Match", "*"));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.ETag.ShouldBeNull();
        response.Headers.CacheControl.ShouldBeNull();
    }

    [Fact]
    public async Task Trailers_ReachTheClientEachTime()
    {
        await using var web = await WebShop.StartAsync(
            _shop,
            app => app.MapGet("/", async (HttpContext context) =>
            {
                context.Response.DeclareTrailer("X-Sum");
                await context.Response.WriteAsync("x");
                context.Response.AppendTrailer("X-Sum", "1");
            }).Cacheable(),
            s => s.Configure<KestrelServerOptions>(o => o.ConfigureEndpointDefaults(l => l.Protocols = HttpProtocols.Http2)));
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await web.Client.SendAsync(request);
            (await response.Content.ReadAsStringAsync()).ShouldBe("x");
            response.TrailingHeaders.GetValues("X-Sum").ShouldBe(["1"]);
        }
    }

    [Fact]
    public async Task AfterTheEndpoint_TheRequestIsAsItWas()
    {
        var after = new TaskCompletionSource<(bool SameFeatures, bool SameBody, bool HasItem, int Status)>();
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            app.Use(async (context, next) =>
            {
                var (features, body) = (context.Features, context.Features.Get<IHttpResponseBodyFeature>());
                await next(context);
                after.TrySetResult((context.Features == features, context.Features.Get<IHttpResponseBodyFeature>() == body, context.Items.ContainsKey("made"), context.Response.StatusCode));
            });
            app.MapGet("/", (HttpContext context) =>
            {
                context.Items["made"] = true;
                context.Response.StatusCode = 201;
                return context.Response.WriteAsync("x");
            }).Cacheable();
        });
        await web.Get("/");
        (await after.Task.WaitAsync(Patience)).ShouldBe((true, true, true, 201));
    }

    [Fact]
    public async Task WhatIsFoundUnderAnotherName_IsntAbsent()
    {
        await using var web = await WebShop.StartAsync(_shop, app =>
        {
            app.Use((context, next) =>
            {
                context.Items = new Dictionary<object, object?>(AnyCase.Instance);
                if (context.Request.Headers["X-Mark"] is [{ Length: > 0 } mark])
                {
                    context.Items["Tenant"] = mark;
                }

                return next(context);
            });
            app.MapGet("/", (HttpContext context) => context.Items.TryGetValue("tenant", out var tenant) ? $"{tenant}" : "none").Cacheable();
        });
        for (var i = 0; i < 3; i++)
        {
            (await web.Get("/", ("X-Mark", "ann"))).ShouldBe("ann");
            (await web.Get("/")).ShouldBe("none");
        }
    }

    private sealed class AnyCase : IEqualityComparer<object>
    {
        internal static AnyCase Instance { get; } = new();

        bool IEqualityComparer<object>.Equals(object? x, object? y) => StringComparer.OrdinalIgnoreCase.Equals($"{x}", $"{y}");

        int IEqualityComparer<object>.GetHashCode(object obj) => StringComparer.OrdinalIgnoreCase.GetHashCode($"{obj}");
    }

    private sealed class CurrentUser
    {
        public string Name { get; set; } = "";
    }
}
