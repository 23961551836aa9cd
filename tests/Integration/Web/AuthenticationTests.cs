using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
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
                else
                {
                    services.AddAuthenticationCore().AddScoped<IAuthenticationHandlerProvider, Handlers>();
                }
            });
        (await web.Ask("/")).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        failure!.Message.ShouldContain("AddZooCacheResponses()");
        (await web.Get("/plain")).ShouldBe("x");
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
