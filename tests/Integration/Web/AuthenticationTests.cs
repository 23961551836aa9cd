using System.Net;
using System.Security.Claims;
using System.Security.Principal;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

/// <summary>Who the user is may be asked by ways that don't lead over the endpoint's context; whoever was authenticated before it ran is remembered.</summary>
public sealed class AuthenticationTests : IDisposable
{
    /// <summary>Ways to ask.</summary>
    private static readonly Dictionary<string, Delegate> Endpoints = new(StringComparer.Ordinal)
    {
        ["context"] = async (HttpContext context) => NameOf(await context.AuthenticateAsync("mark")),
        ["services"] = async (IServiceProvider services, HttpContext context) => NameOf(await services.GetRequiredService<IAuthenticationService>().AuthenticateAsync(context, "mark")),
        ["parameter"] = async (IAuthenticationService authentication, HttpContext context) => NameOf(await authentication.AuthenticateAsync(context, "mark")),
        ["injected"] = (Caller caller) => caller.AskService(),
        ["handlers"] = (Caller caller) => caller.AskHandler(),
        ["all"] = async (IEnumerable<IAuthenticationService> all, HttpContext context) => NameOf(await all.First().AuthenticateAsync(context, "mark")),
        ["features"] = async (HttpContext context) => NameOf(await new DefaultHttpContext(PartOf(context)).AuthenticateAsync("mark")),
        ["factory"] = async (HttpContext context, IHttpContextFactory contexts) => NameOf(await contexts.Create(PartOf(context)).AuthenticateAsync("mark")),
        ["bare"] = async (HttpContext context) => NameOf(await new DefaultHttpContext { RequestServices = context.RequestServices }.AuthenticateAsync("mark")),
        ["scope"] = async (IServiceScopeFactory scopes, HttpContext context) =>
        {
            using var scope = scopes.CreateScope();
            return NameOf(await scope.ServiceProvider.GetRequiredService<IAuthenticationService>().AuthenticateAsync(context, "mark"));
        },
    };

    /// <summary>How an application may have registered what authenticates.</summary>
    private static readonly Dictionary<string, Action<IServiceCollection>> Registrations = new(StringComparer.Ordinal)
    {
        ["usual"] = static _ => { },
        ["type"] = static services => services.Replace(ServiceDescriptor.Scoped<IAuthenticationService, Remembering>()),
        ["factory"] = static services => services.Replace(ServiceDescriptor.Singleton<IAuthenticationService>(_ => new Remembering())),
        ["instance"] = static services => services.Replace(ServiceDescriptor.Singleton<IAuthenticationService>(new Remembering())),
        ["twice"] = static services => services.AddZooCacheResponses(),
    };

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch();

    public static TheoryData<string, string, bool> Ways
    {
        get
        {
            var all = new TheoryData<string, string, bool>();
            foreach (var endpoint in Endpoints.Keys)
            {
                foreach (var registration in Registrations.Keys)
                {
                    all.Add(endpoint, registration, true);
                    all.Add(endpoint, registration, false);
                }
            }

            return all;
        }
    }

    public void Dispose() => _shop.Dispose();

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task HoweverAnEndpointAsksWhoTheUserIs_EachGetsHisOwn(string endpoint, string registration, bool sharedByUsers)
    {
        await using var twins = await TwinShops.StartAsync(
            _shop,
            (app, cached) =>
            {
                // Nobody hears of it but the scheme's handler, which remembers.
                app.Use(async (context, next) =>
                {
                    await context.AuthenticateAsync("mark");
                    await next(context);
                });
                cached(app.MapGet("/", Endpoints[endpoint]));
                cached(app.MapGet("/same", () => "same"));
            },
            o => o.SharedByUsers = sharedByUsers,
            services =>
            {
                Register(services);
                Registrations[registration](services);
                services.AddZooCacheResponses();
            });
        var differences = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            foreach (var headers in new (string, string)[][] { [("X-Mark", "ann")], [("X-Mark", "bob")], [] })
            {
                if (await twins.Difference("/", headers) is { } difference)
                {
                    differences.Add($"{string.Join(", ", headers)}, round {round}: {difference}");
                }
            }
        }

        differences.ShouldBeEmpty();

        // What doesn't ask is kept.
        _ = await twins.Difference("/same");
        var hits = _shop.Cache.GetStatistics().Hits;
        (await twins.Difference("/same")).ShouldBeNull();
        _shop.Cache.GetStatistics().Hits.ShouldBe(hits + 1);
    }

    [Theory]
    [InlineData("usual", false)]
    [InlineData("usual", true)]
    [InlineData("type", false)]
    [InlineData("handlers", false)]
    [InlineData("schemes", false)]
    public async Task WhereNobodyWouldSeeWhoIsAuthenticated_NothingIsCacheable_AndTheSettingIsNamed(string registration, bool before)
    {
        InvalidOperationException? failure = null;
        await using var web = await WebShop.StartAsync(
            _shop,
            app =>
            {
                app.Use(async (context, next) =>
                {
                    try
                    {
                        await next(context);
                    }
                    catch (InvalidOperationException e)
                    {
                        failure = e;
                        throw;
                    }
                });
                app.MapGet("/", () => "x").Cacheable();
                app.MapGet("/plain", () => "x");
            },
            services =>
            {
                if (before)
                {
                    services.AddZooCacheResponses();
                }

                if (registration == "usual")
                {
                    Register(services);
                }
                else if (registration == "type")
                {
                    services.AddAuthenticationCore();
                    Registrations[registration](services);
                }
                else if (registration == "handlers")
                {
                    services.AddAuthenticationCore().AddScoped<IAuthenticationHandlerProvider, Handlers>();
                }
                else
                {
                    services.AddAuthenticationCore().AddSingleton<IAuthenticationSchemeProvider, UnlistedSchemes>();
                }
            });
        (await web.Ask("/")).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        failure!.Message.ShouldContain("AddZooCacheResponses()");
        (await web.Get("/plain")).ShouldBe("x");
    }

    public static TheoryData<string, string> Principals
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var kind in new[] { "identity", "guest", "unnamed", "claims", "later", "own" })
            {
                foreach (var options in new[] { "default", "each", "shared" })
                {
                    all.Add(kind, options);
                }
            }

            return all;
        }
    }

    /// <summary>What a principal was given may be more than what it says by its identities.</summary>
    [Theory]
    [MemberData(nameof(Principals))]
    public async Task WhateverAPrincipalIsMadeOf_EachGetsHisOwn(string kind, string options)
    {
        await using var twins = await TwinShops.StartAsync(
            _shop,
            (app, cached) =>
            {
                app.Use((context, next) =>
                {
                    context.User = PrincipalOf(kind, context.Request.Headers["X-Mark"].ToString());
                    return next(context);
                });
                cached(app.MapGet("/", (HttpContext c) => c.User.Identity switch
                {
                    Visitor visitor => $"of {visitor.Mark}",
                    MarkedIdentity identity => $"of {identity.Mark}",
                    var identity => $"of {((ClaimsIdentity)identity!).FindFirst("mark")?.Value}",
                }));
            },
            o => (o.ForEachUser, o.SharedByUsers) = (options == "each", options == "shared"));
        var differences = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            foreach (var headers in new (string, string)[][] { [("X-Mark", "ann")], [("X-Mark", "bob")], [] })
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
    public async Task WhereNobodyIsAuthenticatedEver_NothingIsAskedFor()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/", () => "x").Cacheable(), services => services.AddAuthorization().AddAuthenticationCore());
        (await web.Get("/")).ShouldBe("x");
        (await web.Get("/")).ShouldBe("x");
        _shop.Cache.GetStatistics().Hits.ShouldBe(1);
    }

    [Fact]
    public async Task TheApplicationsOwnServiceIsDisposedOf()
    {
        var services = new ServiceCollection().AddSingleton<IAuthenticationService, Disposable>().AddZooCacheResponses();
        await using var provider = services.BuildServiceProvider();
        provider.GetRequiredService<IAuthenticationService>().ShouldNotBeNull();
        var disposals = Disposable.Disposals;
        await provider.DisposeAsync();
        Disposable.Disposals.ShouldBe(disposals + 1);
    }

    private static void Register(IServiceCollection services)
        => services.AddHttpContextAccessor().AddScoped<Caller>().AddAuthentication().AddScheme<AuthenticationSchemeOptions, ByMark>("mark", null)
            .AddScheme<AuthenticationSchemeOptions, ByMark>("other", null);

    private static FeatureCollection PartOf(HttpContext context)
    {
        var features = new FeatureCollection(context.Features);
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        features.Set<IItemsFeature>(new ItemsFeature());
        return features;
    }

    private static ClaimsPrincipal PrincipalOf(string kind, string mark)
    {
        switch (kind)
        {
            case "identity":
                return new GenericPrincipal(new Visitor("john", true, mark), ["customer"]);
            case "guest":
                return new GenericPrincipal(new Visitor("", false, mark), null);
            case "unnamed":
                return new GenericPrincipal(new Visitor("", true, mark), null);
            case "claims":
                return new GenericPrincipal(new MarkedIdentity("john", mark), ["customer"]);
            case "own":
                return new ClaimsPrincipal(new MarkedIdentity("", mark));
            default:
                var identity = new GenericIdentity("john");
                var principal = new GenericPrincipal(identity, ["customer"]);
                identity.AddClaim(new Claim("mark", mark));
                return principal;
        }
    }

    private static string NameOf(AuthenticateResult result) => $"you are {result.Principal?.Identity?.Name}";

    /// <summary>What applications have: a service that was given others.</summary>
    internal sealed class Caller(IAuthenticationService authentication, IAuthenticationHandlerProvider handlers, IHttpContextAccessor accessor)
    {
        internal async Task<string> AskService() => NameOf(await authentication.AuthenticateAsync(accessor.HttpContext!, "mark"));

        internal async Task<string> AskHandler() => NameOf(await (await handlers.GetHandlerAsync(accessor.HttpContext!, "mark"))!.AuthenticateAsync());
    }

    /// <summary>An application's own, which remembers by itself whom a request is from.</summary>
    private class Remembering : IAuthenticationService
    {
        private readonly AsyncLocal<AuthenticateResult?> remembered = new();

        public Task<AuthenticateResult> AuthenticateAsync(HttpContext context, string? scheme) => Task.FromResult(remembered.Value ??= ByMark.Authenticate(context));

        public Task ChallengeAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) => throw new NotSupportedException();

        public Task ForbidAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) => throw new NotSupportedException();

        public Task SignInAsync(HttpContext context, string? scheme, ClaimsPrincipal principal, AuthenticationProperties? properties) => throw new NotSupportedException();

        public Task SignOutAsync(HttpContext context, string? scheme, AuthenticationProperties? properties) => throw new NotSupportedException();
    }

    private sealed class Disposable : Remembering, IDisposable
    {
        internal static int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }

    private sealed class UnlistedSchemes(IOptions<AuthenticationOptions> options) : AuthenticationSchemeProvider(options)
    {
        public override Task<AuthenticationScheme?> GetSchemeAsync(string name) => Task.FromResult<AuthenticationScheme?>(new AuthenticationScheme(name, null, typeof(ByMark)));
    }

    private sealed class Visitor(string name, bool isAuthenticated, string mark) : IIdentity
    {
        public string? AuthenticationType => "";

        public bool IsAuthenticated => isAuthenticated;

        public string? Name => name;

        internal string Mark => mark;
    }

    private sealed class MarkedIdentity(string name, string mark) : ClaimsIdentity(name.Length == 0 ? [] : [new Claim(ClaimTypes.Name, name)], name.Length == 0 ? null : "mark")
    {
        internal string Mark => mark;
    }

    private sealed class Handlers : IAuthenticationHandlerProvider
    {
        public Task<IAuthenticationHandler?> GetHandlerAsync(HttpContext context, string authenticationScheme) => throw new NotSupportedException();
    }

    private sealed class ByMark(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        internal static AuthenticateResult Authenticate(HttpContext context)
            => context.Request.Headers["X-Mark"] is [{ Length: > 0 } name]
                ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], "mark")), "mark"))
                : AuthenticateResult.NoResult();

        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate(Context));
    }
}
