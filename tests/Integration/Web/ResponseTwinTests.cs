using System.Buffers;
using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

/// <summary>Whatever an endpoint reads of its request, and whatever it does to its response: the client sees what he would see without a cache.</summary>
/// <remarks>The endpoints are made at random of steps, and so is what stands before them in the pipeline, and what is asked. <c>ZOOCACHE_SEED</c> and <c>ZOOCACHE_ENDPOINTS</c> choose others, and
/// more.</remarks>
public sealed class ResponseTwinTests : IDisposable
{
    private static readonly string[] Names = ["", "ann", "bob"];

    private static readonly string[] AllModes = ["default", "shared", "each", "no query", "header"];

    /// <summary>What an earlier part of the pipeline may do with what a request brings along, which is called its mark.</summary>
    private static readonly Dictionary<string, Action<HttpContext, string>> Before = new(StringComparer.Ordinal)
    {
        ["user"] = (c, mark) => c.User = User(new ClaimsIdentity([new Claim(ClaimTypes.Name, mark)], "test")),
        ["guest"] = (c, mark) => c.User = User(new ClaimsIdentity([new Claim("guest", mark)])),
        ["guest beside"] = (c, mark) => c.User = User(new ClaimsIdentity([new Claim("sub", "same")], "test"), new ClaimsIdentity([new Claim("guest", mark)])),
        ["nameless"] = (c, mark) => c.User = User(new ClaimsIdentity([new Claim("guest", mark)], "test")),
        ["claims in another order"] = (c, mark) => c.User = User(new ClaimsIdentity([new Claim("sub", "same"), new Claim("r", mark), new Claim("r", mark == "ann" ? "bob" : "ann")], "test")),
        ["properties"] = (c, mark) => c.User = User(new ClaimsIdentity([new Claim("sub", "same") { Properties = { ["p"] = mark } }], "test")),
        ["actor"] = (c, mark) => c.User = User(new ClaimsIdentity([new Claim("sub", "same")], "test") { Actor = new ClaimsIdentity([new Claim(ClaimTypes.Name, mark)]) }),
        ["name's type"] = (c, mark) => c.User = User(new ClaimsIdentity([new Claim("sub", "same"), new Claim("ann", "1"), new Claim("bob", "2")], "test", mark, mark)),
        ["bootstrap"] = (c, mark) => c.User = User(new ClaimsIdentity([new Claim("sub", "same")], "test") { BootstrapContext = mark }),
        ["own principal"] = (c, mark) => c.User = new OwnPrincipal(new ClaimsIdentity([new Claim("sub", "same")], "test"), mark),
        ["result"] = (c, mark) => c.Features.Set<IAuthenticateResultFeature>(new AuthenticateResultFeature
        {
            AuthenticateResult = AuthenticateResult.Success(new AuthenticationTicket(User(new ClaimsIdentity([new Claim(ClaimTypes.Name, mark)], "test")), "test")),
        }),
        ["certificate"] = (c, mark) => c.Features.Set<ITlsConnectionFeature>(new Tls(mark)),
        ["item"] = (c, mark) => c.Items["mark"] = mark,
        ["feature"] = (c, mark) => c.Features.Set(new Mark(mark)),
        ["route"] = (c, mark) => c.Request.RouteValues["mark"] = mark,
        ["route object"] = (c, mark) => c.Request.RouteValues["mark"] = new Mark(mark),
        ["response header"] = (c, mark) => c.Response.Headers["X-Mark"] = mark,
        ["status"] = (c, mark) => c.Response.StatusCode = mark == "ann" ? 200 : 203,
        ["reason"] = (c, mark) => c.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = mark,
        ["late header"] = (c, mark) => c.Response.OnStarting(() =>
        {
            c.Response.Headers.Append("X-Late", mark);
            return Task.CompletedTask;
        }),
        ["cookie"] = (c, mark) => c.Response.Cookies.Append("mark", mark),
        ["culture"] = (_, mark) => CultureInfo.CurrentCulture = mark.Length == 0 ? CultureInfo.InvariantCulture : new NamedCulture(mark),
        ["trace"] = (c, mark) => c.TraceIdentifier = mark,
        ["host"] = (c, mark) => c.Request.Host = new HostString(mark.Length == 0 ? "none" : mark),
        ["scheme"] = (c, mark) => c.Request.Scheme = mark.Length == 0 ? "http" : mark,
        ["base"] = (c, mark) => c.Request.PathBase = mark.Length == 0 ? "" : "/" + mark,
        ["connection"] = (c, mark) => c.Connection.Id = mark,
        ["query feature"] = (c, mark) => c.Features.Set<IQueryFeature>(new QueryFeature(new QueryCollection(new Dictionary<string, StringValues>(StringComparer.Ordinal) { ["a"] = mark }))),
        ["cookies feature"] = (c, mark) => c.Features.Set<IRequestCookiesFeature>(new OwnCookies(mark)),
        ["body"] = (c, mark) => c.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(mark)),
        ["services"] = (c, mark) => c.RequestServices = new ServiceCollection().AddSingleton(new Mark(mark)).AddHttpContextAccessor().BuildServiceProvider(),
        ["format"] = (_, mark) => CultureInfo.CurrentCulture = Formatting(mark),
        ["metadata"] = (c, mark) => c.SetEndpoint(new Endpoint(c.GetEndpoint()!.RequestDelegate, new EndpointMetadataCollection([.. c.GetEndpoint()!.Metadata, new Mark(mark)]), "other")),
        ["metrics"] = (c, mark) => c.Features.Set<IHttpMetricsTagsFeature>(new OwnTags { Tags = [new("mark", mark)] }),
        ["no identifier"] = (c, _) => c.Features.Set<IHttpRequestIdentifierFeature>(null),
        ["no store"] = (c, mark) => c.Response.Headers.CacheControl = mark == "ann" ? "no-store" : "max-age=1",
        ["late item"] = (c, mark) => c.Response.OnStarting(() =>
        {
            c.Response.Headers["X-Item"] = mark + c.Items["own"];
            return Task.CompletedTask;
        }),
        ["late route"] = (c, mark) => c.Response.OnStarting(() =>
        {
            c.Response.Headers["X-Route"] = mark + c.Request.RouteValues["own"] + c.GetEndpoint()?.DisplayName;
            return Task.CompletedTask;
        }),
        ["late array"] = (c, mark) => c.Response.OnStarting(() =>
        {
            // As whoever has made the values might.
            string?[] values = c.Response.Headers["X-Own"]!;
            for (var i = 0; i < values.Length; i++)
            {
                values[i] += mark;
            }

            return Task.CompletedTask;
        }),
    };

    /// <summary>What an endpoint may read.</summary>
    private static readonly Dictionary<string, Func<HttpContext, object?>> Reads = new(StringComparer.Ordinal)
    {
        ["user"] = c => c.User.Identity?.Name,
        ["claim"] = c => c.User.FindFirst("guest")?.Value + c.User.FindFirst("r")?.Value,
        ["properties"] = c => c.User.Claims.FirstOrDefault()?.Properties.FirstOrDefault().Value,
        ["actor"] = c => (c.User.Identity as ClaimsIdentity)?.Actor?.Name,
        ["bootstrap"] = c => (c.User.Identity as ClaimsIdentity)?.BootstrapContext,
        ["own principal"] = c => (c.User as OwnPrincipal)?.Mark,
        ["role"] = c => c.User.IsInRole("2"),
        ["result"] = c => c.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Principal?.Identity?.Name,
        ["accessor"] = c => c.RequestServices.GetRequiredService<IHttpContextAccessor>().HttpContext!.User.Identity?.Name,
        ["certificate"] = c => c.Connection.ClientCertificate?.Subject,
        ["item"] = c => c.Items["mark"],
        ["items"] = c => string.Join(',', c.Items.Keys),
        ["item taken"] = c => c.Items.Remove("mark"),
        ["own item"] = c =>
        {
            c.Items["own"] = "own";
            return c.Items["own"];
        },
        ["feature"] = c => c.Features.Get<Mark>()?.Name,
        ["features"] = c => string.Join(',', c.Features.Where(f => f.Value is Mark).Select(f => ((Mark)f.Value).Name)),
        ["own feature"] = c =>
        {
            c.Features.Set(new Mark("own"));
            return c.Features.Get<Mark>()!.Name;
        },
        ["route"] = c => c.Request.RouteValues.TryGetValue("mark", out var value) ? value is Mark mark ? mark.Name : value : null,
        ["response header"] = c => c.Response.Headers["X-Mark"],
        ["response headers"] = c => string.Join(',', c.Response.Headers.Select(h => h.Value)),
        ["response status"] = c => c.Response.StatusCode,
        ["culture"] = _ => CultureInfo.CurrentCulture.Name,
        ["trace"] = c => c.TraceIdentifier.Length > 5 ? null : c.TraceIdentifier,
        ["connection"] = c => c.Connection.Id.Length > 5 ? null : c.Connection.Id,
        ["host"] = c => c.Request.Host.Value is "ann" or "bob" ? c.Request.Host.Value : null,
        ["scheme"] = c => c.Request.Scheme,
        ["base"] = c => c.Request.PathBase.Value,
        ["path"] = c => c.Request.Path.Value,
        ["target"] = c => c.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
        ["protocol"] = c => c.Request.Protocol,
        ["query"] = c => c.Request.Query["a"],
        ["query names"] = c => string.Join(',', c.Request.Query.Keys),
        ["query count"] = c => c.Request.Query.Count,
        ["whole query"] = c => c.Request.QueryString.Value,
        ["every query"] = c => string.Join(',', c.Request.Query.Select(q => q.Key + q.Value)),
        ["header"] = c => c.Request.Headers["X-Mark"],
        ["header in query"] = c => c.Request.Headers[c.Request.Query["a"].ToString() is { Length: > 0 } name ? name : "none"],
        ["headers"] = c => string.Join(',', c.Request.Headers.Where(h => h.Key.StartsWith("X-", StringComparison.Ordinal)).Select(h => h.Value)),
        ["cookie"] = c => c.Request.Cookies["mark"],
        ["cookies"] = c => string.Join(',', c.Request.Cookies.Select(k => k.Value)),
        ["authorization"] = c => c.Request.Headers.Authorization,
        ["form"] = c => c.Request.HasFormContentType,
        ["changed query"] = c =>
        {
            c.Request.QueryString = new QueryString("?a=changed");
            return c.Request.Query["a"];
        },
        ["changed header"] = c =>
        {
            c.Request.Headers.Cookie = "mark=changed";
            return c.Request.Cookies["mark"];
        },
        ["changed path"] = c =>
        {
            c.Request.Path = "/changed";
            return c.Request.Path.Value;
        },
        ["changed route"] = c => c.Request.RouteValues["own"] = "own",
        ["changed endpoint"] = c =>
        {
            c.SetEndpoint(new Endpoint(null, null, "own"));
            return null;
        },
        ["changed user"] = c =>
        {
            c.User = User(new ClaimsIdentity([new Claim(ClaimTypes.Name, "changed")], "test"));
            return c.User.Identity!.Name;
        },
        ["endpoint"] = c => c.GetEndpoint()?.DisplayName is not null,
        ["metadata"] = c => c.GetEndpoint()?.Metadata.GetMetadata<Mark>()?.Name,
        ["metrics"] = c => c.Features.Get<IHttpMetricsTagsFeature>()?.Tags.FirstOrDefault(t => t.Key == "mark").Value,
        ["services"] = c => c.RequestServices.GetService<Mark>()?.Name,
        ["format"] = _ => new DateTime(2026, 1, 2).ToString("d", CultureInfo.CurrentCulture),
        ["body"] = c => c.Request.Body is MemoryStream body ? Encoding.UTF8.GetString(body.ToArray()) : null,
    };

    /// <summary>What an endpoint may do to its response.</summary>
    private static readonly Dictionary<string, Func<HttpContext, Task>> Does = new(StringComparer.Ordinal)
    {
        ["nothing"] = _ => Task.CompletedTask,
        ["header"] = c => Do(() => c.Response.Headers["X-Own"] = "own"),
        ["headers"] = c => Do(() => c.Response.Headers["X-Own"] = new[] { "one", "two" }),
        ["mark"] = c => Do(() => c.Response.Headers["X-Mark"] = "own"),
        ["append mark"] = c => Do(() => c.Response.Headers.Append("X-Mark", "own")),
        ["remove mark"] = c => Do(() => c.Response.Headers.Remove("X-Mark")),
        ["clear"] = c => Do(() =>
        {
            if (!c.Response.HasStarted)
            {
                c.Response.Headers.Clear();
            }
        }),
        ["type"] = c => Do(() => c.Response.ContentType = "text/css"),
        ["stream"] = c => Do(() => c.Response.ContentType = "text/event-stream"),
        ["cookie"] = c => Do(() => c.Response.Cookies.Append("own", "own")),
        ["late"] = c => Do(() => c.Response.OnStarting(() =>
        {
            if (!c.Response.HasStarted)
            {
                c.Response.Headers["X-Late-Own"] = "own";
            }

            return Task.CompletedTask;
        })),
        ["late twice"] = c => Do(() => c.Response.OnStarting(() => Do(() => c.Response.OnStarting(() => Do(() => c.Response.Headers["X-Later"] = "own"))))),
        ["404"] = c => Do(() => c.Response.StatusCode = 404),
        ["redirect"] = c => Do(() => c.Response.Redirect("/elsewhere")),
        ["reason"] = c => Do(() => c.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = "Fine"),
        ["no store"] = c => Do(() => c.Response.Headers.CacheControl = "no-store"),
        ["write"] = c => c.Response.WriteAsync("text."),
        ["long"] = c => c.Response.WriteAsync(new string('x', 3000)),
        ["json"] = c => c.Response.WriteAsJsonAsync(new { Name = "json" }),
        ["stream body"] = c => c.Response.Body.WriteAsync("body."u8.ToArray()).AsTask(),
        ["advance"] = c => Do(() => c.Response.BodyWriter.Write("advance."u8)),
        ["advance much"] = c => Do(() => c.Response.BodyWriter.Write(new byte[3000])),
        ["flush"] = c => c.Response.Body.FlushAsync(),
        ["flush writer"] = async c => await c.Response.BodyWriter.FlushAsync(),
        ["start"] = c => c.Response.StartAsync(),
        ["complete"] = c => c.Response.CompleteAsync(),
        ["buffering off"] = c => Do(() => c.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering()),
        // The server doesn't look at it where something was written already that isn't on its way.
        ["length"] = c => Do(() => c.Response.ContentLength = c.Response.BodyWriter.UnflushedBytes > 0 ? null : 10),
        ["dispose body"] = async c =>
        {
            await using var writer = new StreamWriter(c.Response.Body);
            await writer.WriteAsync("writer.");
        },
        ["other body"] = async c =>
        {
            var body = c.Response.Body;
            using var other = new MemoryStream();
            c.Response.Body = other;
            await c.Response.WriteAsync("other.");
            c.Response.Body = body;
            other.Position = 0;
            await other.CopyToAsync(body);
        },
        ["file"] = c => c.Response.SendFileAsync(typeof(ResponseTwinTests).Assembly.Location, 0, 4),
        ["trailer"] = c => Do(() =>
        {
            if (c.Response.SupportsTrailers())
            {
                c.Response.AppendTrailer("X-Trailer", "own");
            }
        }),
        ["abort"] = c => Do(c.Abort),
        ["fail"] = _ => throw new InvalidOperationException("It fails."),
        ["body of the request"] = async c => await c.Response.WriteAsync(await new StreamReader(c.Request.Body).ReadToEndAsync()),
        ["registered"] = c => Do(() => c.Response.RegisterForDispose(new MemoryStream())),
        ["started"] = c => c.Response.WriteAsync(c.Response.HasStarted ? "started." : "not started."),
    };

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch();

    public void Dispose() => _shop.Dispose();

    public static TheoryData<string> Modes => [.. AllModes];

    [Theory]
    [MemberData(nameof(Modes))]
    public Task WhateverIsReadOfWhoAsks_EachGetsHisOwn(string mode)
        => Compare(mode, [.. from before in Before.Keys from read in Reads.Keys select new Made([before], [read], before == "late array" ? ["headers"] : ["header"])], rounds: 2, random: null);

    [Fact]
    public Task WhateverIsDoneToTheResponse_TheClientSeesTheSame()
        => Compare("default", [.. from first in Does.Keys from second in Does.Keys select new Made([], [], [first, second])], rounds: 2, random: null);

    [Fact]
    public async Task WhateverEndpointsAreMadeOf_TheClientSeesTheSame()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ZOOCACHE_SEED") ?? "1", CultureInfo.InvariantCulture);
        var count = int.Parse(Environment.GetEnvironmentVariable("ZOOCACHE_ENDPOINTS") ?? "300", CultureInfo.InvariantCulture);
        var random = new Random(seed);
        T[] Some<T>(IEnumerable<T> all, int most) => [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => random.GetItems([.. all], 1)[0])];
        foreach (var mode in AllModes)
        {
            await Compare(mode, [.. Enumerable.Range(0, count / 5).Select(_ => new Made(Some(Before.Keys, 2), Some(Reads.Keys, 3), Some(Does.Keys, 4)))], rounds: 8, random);
        }
    }

    /// <summary>An endpoint, and what stands before it.</summary>
    private sealed record Made(string[] Before, string[] Reads, string[] Does)
    {
        internal async Task Answer(HttpContext context)
        {
            var read = string.Join('|', Reads.Select(r => $"{ResponseTwinTests.Reads[r](context)}"));
            if (read.Length > 0)
            {
                // It isn't started by that.
                context.Response.Headers["X-Read"] = Convert.ToHexString(Encoding.UTF8.GetBytes(read));
            }

            foreach (var step in Does)
            {
                await ResponseTwinTests.Does[step](context);
                if (step is "complete" or "abort")
                {
                    // The client doesn't wait for what comes then.
                    break;
                }
            }
        }

        public override string ToString() => $"before: {string.Join(", ", Before)}; reads: {string.Join(", ", Reads)}; does: {string.Join(", ", Does)}";
    }

    private async Task Compare(string mode, Made[] endpoints, int rounds, Random? random)
    {
        await using var twins = await TwinShops.StartAsync(
            _shop,
            (app, cached) =>
            {
                app.Use((context, next) =>
                {
                    if (context.GetEndpoint()?.Metadata.GetMetadata<Made>() is { } made && context.Request.Headers["X-Mark"].ToString() is { Length: > 0 } mark)
                    {
                        foreach (var step in made.Before)
                        {
                            Before[step](context, mark);
                        }
                    }

                    return next(context);
                });

                // Each has an endpoint of its own: what one reads is learnt for that one.
                for (var number = 0; number < endpoints.Length; number++)
                {
                    cached(app.MapGet($"/{number}/{{rest?}}", (RequestDelegate)endpoints[number].Answer).WithMetadata(endpoints[number]));
                }
            },
            o =>
            {
                o.MaximumBodyBytes = 2000;
                o.SharedByUsers = mode == "shared";
                o.ForEachUser = mode == "each";
                _ = mode == "no query" ? o.VaryByQuery() : mode == "header" ? o.VaryByHeader("Accept") : o;
            },
            services => services.AddHttpContextAccessor());
        var differences = new List<string>();
        for (var number = 0; number < endpoints.Length && differences.Count < 10; number++)
        {
            for (var round = 0; round < rounds; round++)
            {
                foreach (var name in random is null ? Names : random.GetItems(Names, 2))
                {
                    var path = $"/{number}{(random is null ? "" : random.GetItems(["", "/b", "/%62", "?a=1", "?a=2", "?A=1", "?b=1&a=1", "?a=1&b=1", "?a=X-Mark", "?a=%C3%A9"], 1)[0])}";
                    List<(string, string)> headers = name.Length == 0 ? [] : [("X-Mark", name)];
                    if (random is not null)
                    {
                        headers.AddRange(random.Next(8) switch
                        {
                            0 => [("Cookie", "mark=" + name)],
                            1 => [("Authorization", name)],
                            2 => [("Version", "1.0")],
                            3 => [("Body", name)],
                            4 => [("Accept", "text/" + name)],
                            _ => [],
                        });
                    }

                    if (await twins.Difference(path, [.. headers]) is { } difference)
                    {
                        differences.Add($"{mode}; {endpoints[number]}; {path} {string.Join(", ", headers)}, round {round}: {difference}");
                    }
                }
            }
        }

        differences.ShouldBeEmpty();

        // Otherwise nothing was tried.
        var statistics = _shop.Cache.GetStatistics();
        statistics.Hits.ShouldBeGreaterThan(endpoints.Length / 10);
    }

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private static ClaimsPrincipal User(params ClaimsIdentity[] identities) => new(identities);

    private sealed record Mark(string Name);

    private sealed class OwnPrincipal(ClaimsIdentity identity, string mark) : ClaimsPrincipal(identity)
    {
        internal string Mark => mark;
    }

    private sealed class NamedCulture(string name) : CultureInfo("")
    {
        public override string Name => name;
    }

    private static CultureInfo Formatting(string mark)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.DateTimeFormat.ShortDatePattern = mark == "ann" ? "yyyy" : "dd";
        return culture;
    }

    private sealed class OwnTags : IHttpMetricsTagsFeature
    {
        public ICollection<KeyValuePair<string, object?>> Tags { get; init; } = [];

        public bool MetricsDisabled { get; set; }
    }

    private sealed class OwnCookies(string mark) : Dictionary<string, string>(new Dictionary<string, string>(StringComparer.Ordinal) { ["mark"] = mark }), IRequestCookiesFeature, IRequestCookieCollection
    {
        public IRequestCookieCollection Cookies
        {
            get => this;
            set => throw new NotSupportedException();
        }

        ICollection<string> IRequestCookieCollection.Keys => Keys;

        string? IRequestCookieCollection.this[string key] => TryGetValue(key, out var value) ? value : null;
    }

    private sealed class AuthenticateResultFeature : IAuthenticateResultFeature
    {
        public AuthenticateResult? AuthenticateResult { get; set; }
    }

    private sealed class Tls(string name) : ITlsConnectionFeature
    {
        private static readonly Dictionary<string, X509Certificate2> Made = new(StringComparer.Ordinal) { ["ann"] = Make("ann"), ["bob"] = Make("bob") };

        public X509Certificate2? ClientCertificate
        {
            get => Made[name];
            set => throw new NotSupportedException();
        }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);

        private static X509Certificate2 Make(string name)
        {
            using var key = ECDsa.Create();
            return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        }
    }
}
