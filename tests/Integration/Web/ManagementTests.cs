using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.AspNetCore.Management;
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
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCache());
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
                app.MapZooCache("/ops").RequireAuthorization("operators");
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
        (await AskAll(web, "ann", "/ops")).ShouldAllBe(s => s == HttpStatusCode.OK);
        _shop.Cache.Get<int>("key").IsHit.ShouldBeFalse();
    }

    [Fact]
    public async Task TheNodeTellsAndInvalidates()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCache().AllowAnonymous());
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

        (await Invalidate(web, """{"tag":"user:42"}""")).ShouldBe(HttpStatusCode.OK);

        _shop.Cache.Get<int>("user:42:orders").IsHit.ShouldBeFalse();
        _shop.Cache.Get<int>("user:43").IsHit.ShouldBeTrue();
        (await Inspect("user:42")).GetProperty("version").GetInt64().ShouldBeGreaterThan(before);
        (await Invalidate(web, """{"tag":"a::b"}""")).ShouldBe(HttpStatusCode.BadRequest);
        (await Invalidate(web, "{}")).ShouldBe(HttpStatusCode.BadRequest);
        (await Invalidate(web, """{"tag":"*"}""", "text/plain")).ShouldBe(HttpStatusCode.UnsupportedMediaType);
        _shop.Cache.Get<int>("other").IsHit.ShouldBeTrue();
        (await Invalidate(web, """{"tag":"*"}""")).ShouldBe(HttpStatusCode.OK);
        _shop.Cache.Get<int>("other").IsHit.ShouldBeFalse();
        using var wrong = await web.Ask("/zoocache/inspect?tag=a::b");
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        async Task<JsonElement> Inspect(string tag) => (await web.Client.GetFromJsonAsync<JsonElement>(new Uri($"/zoocache/inspect?tag={tag}", UriKind.Relative))).Clone();
    }

    [Fact]
    public async Task TheTreeIsBrowsed_DownToTheRows()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCache().AllowAnonymous());
        for (var customer = 1; customer <= 3; customer++)
        {
            using var db = _shop.Open();
            db.Orders.Where(o => o.CustomerId == customer).Cacheable().ToList().Count.ShouldBe(2);
        }

        _shop.Cache.Set("own", 1, new CacheEntryOptions { Tags = ["user:42", "user:43"] });
        var root = await Get(web, "inspect");
        root.GetProperty("tag").GetString().ShouldBe("");
        root.GetProperty("entries").GetInt32().ShouldBe(4);
        Below(root).ShouldContain(("ef", 3));
        Below(root).ShouldContain(("user", 1));
        Below(await Get(web, "inspect?tag=user")).ShouldBe([("user:42", 1), ("user:43", 1)]);
        Below(await Get(web, "inspect?tag=ef:db")).ShouldBe([("ef:db:ORDERS", 3)]);
        var family = Below(await Get(web, "inspect?tag=ef:db:ORDERS")).Single();
        family.Entries.ShouldBe(3);
        var rows = Below(await Get(web, $"inspect?tag={Uri.EscapeDataString(family.Tag)}"));
        rows.Select(r => r.Entries).ShouldBe([1, 1, 1]);

        // What is shown can be invalidated.
        (await Invalidate(web, JsonSerializer.Serialize(new { tag = rows[0].Tag }))).ShouldBe(HttpStatusCode.OK);
        (await Get(web, "inspect?tag=ef")).GetProperty("entries").GetInt32().ShouldBe(3);
        _shop.Cache.Purge().ShouldBe(1);
        (await Get(web, $"inspect?tag={Uri.EscapeDataString(rows[0].Tag)}")).GetProperty("entries").GetInt32().ShouldBe(0);
        (await Get(web, $"inspect?tag={Uri.EscapeDataString(rows[1].Tag)}")).GetProperty("entries").GetInt32().ShouldBe(1);
        var key = Below(await Get(web, "inspect?tag=call")).Single();
        key.Entries.ShouldBe(1);
        (await Get(web, $"inspect?tag={Uri.EscapeDataString(key.Tag)}")).GetProperty("entries").GetInt32().ShouldBe(1);
        (await Invalidate(web, JsonSerializer.Serialize(new { tag = key.Tag }))).ShouldBe(HttpStatusCode.OK);
        _shop.Cache.Get<int>("own").IsHit.ShouldBeFalse();

        static List<(string Tag, int Entries)> Below(JsonElement view)
            => [.. view.GetProperty("below").EnumerateArray().Select(b => (b.GetProperty("tag").GetString()!, b.GetProperty("entries").GetInt32()))];
    }

    [Fact]
    public async Task TheHottestQueriesAreTold_AndWhatTheySave()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCache().AllowAnonymous());
        for (var i = 0; i < 5; i++)
        {
            using var db = _shop.Open();
            db.Orders.Where(o => o.CustomerId == 1).Cacheable().ToList().Count.ShouldBe(2);
            db.Customers.Count(c => c.City == "Oslo" && c.Id > i).ShouldBeGreaterThanOrEqualTo(0);
            db.Customers.Where(c => c.Name.Length > i).Cacheable().ToList().ShouldNotBeNull();
        }

        var hot = (await Get(web, "queries")).EnumerateArray().ToList();
        hot.Select(q => (q.GetProperty("hits").GetInt64(), q.GetProperty("misses").GetInt64(), q.GetProperty("entries").GetInt32())).ShouldBe([(4L, 1L, 1), (0L, 5L, 5)]);
        hot.Select(q => q.GetProperty("query").GetString()).ShouldBe(["Orders by CustomerId = a constant", "Customers as a whole"]);
        hot[0].GetProperty("loadMilliseconds").GetDouble().ShouldBeGreaterThan(0);
        hot[0].GetProperty("bytes").GetInt64().ShouldBeGreaterThan(0);
        (await Get(web, "queries?by=misses&top=1")).EnumerateArray().Single().GetProperty("misses").GetInt64().ShouldBe(5);
        (await Get(web, "queries?by=cold&top=1")).EnumerateArray().Single().GetProperty("hits").GetInt64().ShouldBe(0);
        foreach (var wrong in new[] { "queries?by=luck", "queries?top=0", "invalidations?top=1001" })
        {
            using var response = await web.Ask($"/zoocache/{wrong}");
            response.StatusCode.ShouldBe(HttpStatusCode.BadRequest, wrong);
        }
    }

    [Fact]
    public async Task OfAQuery_ItIsToldWhatItDependsOnAndWhyItMissed()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCache().AllowAnonymous());
        Ask(1);
        var id = (await Get(web, "queries")).EnumerateArray().Single().GetProperty("id").GetString();
        (await Get(web, $"queries/{id}")).GetProperty("lastMiss").GetString().ShouldBe("Miss (not-found)");
        using (var db = _shop.Open())
        {
            db.Orders.Single(o => o.Id == 1).Total = 1_234;
            db.SaveChanges();
        }

        Ask(1);
        Ask(1);
        var told = await Get(web, $"queries/{id}");
        (told.GetProperty("id").GetString(), told.GetProperty("hits").GetInt64(), told.GetProperty("misses").GetInt64()).ShouldBe((id, 1L, 2L));
        told.GetProperty("lastMiss").GetString().ShouldBe("Miss (invalidated by SaveChanges to Orders by CustomerId)");
        told.GetProperty("dependsOn").EnumerateArray().Select(d => d.GetString()).ShouldBe(
            ["Orders: rows with CustomerId = @id", "Customers: all of it, in Name, because no equality pins its rows to a value of a key, unique, foreign-key or indexed column"]);
        var sql = told.GetProperty("sql").GetString()!;
        sql.ShouldContain("FROM \"Orders\"");
        sql.ShouldNotContain("1234");
        foreach (var unknown in new[] { "ffff", "-1", "nonsense" })
        {
            using var response = await web.Ask($"/zoocache/queries/{unknown}");
            response.StatusCode.ShouldBe(HttpStatusCode.NotFound, unknown);
        }

        void Ask(int id)
        {
            using var db = _shop.Open();
            db.Orders.Where(o => o.CustomerId == id && db.Customers.Any(c => c.Name.Length > 1)).Cacheable().ToList().Count.ShouldBe(2);
        }
    }

    [Fact]
    public async Task WhatAQueryDeclares_IsToldToo()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCache().AllowAnonymous());
        using (var db = _shop.Open())
        {
            db.Customers.FromSqlRaw("SELECT * FROM \"Customers\"").Cacheable(o =>
            {
                o.DependsOn<Customer>();
                o.Tags = ["user:42"];
            }).ToList().ShouldNotBeEmpty();
            db.Customers.FromSqlRaw("SELECT * FROM \"Customers\"").Cacheable(o => o.DependsOn<Customer>()).ExplainCache().ToString().ShouldContain("Customers: all of it, because it is declared");
        }

        var query = (await Get(web, "queries")).EnumerateArray().Single();
        query.GetProperty("query").GetString().ShouldBe("Customers as a whole, tag user:42");
        (await Get(web, $"queries/{query.GetProperty("id")}")).GetProperty("dependsOn").EnumerateArray().Select(d => d.GetString()).ShouldBe(
            ["Customers: all of it, because it is declared: what is read of it isn't known", "tag user:42"]);
    }

    [Fact]
    public void WhatIsKeptForPeople_IsBounded_AndHasNoValues()
    {
        using (var db = _shop.Open())
        {
            var names = Enumerable.Range(0, 20_000).Select(i => $"secret{i}").ToArray();
            db.Customers.Where(c => EF.Constant(names).Contains(c.Name)).Cacheable().ToList().ShouldBeEmpty();
        }

        var sql = _shop.Cache.Queries.All.Single().Sql!;
        sql.ShouldNotContain("secret");
        sql.Length.ShouldBeInRange(10_000, 16_385);
    }

    [Fact]
    public void TheTimeOfALoad_ThatIsntKnown_IsntTold()
    {
        using (var db = _shop.Open())
        {
            db.AddRange(Enumerable.Range(0, 1300).Select(i => new Customer { Name = $"{i}{new string('x', 1000)}" }));
            db.SaveChanges();
        }

        // The first rows are handed out before the last ones are read.
        for (var i = 0; i < 2; i++)
        {
            using var db = _shop.Open();
            db.Customers.AsNoTracking().Cacheable().ToList().Count.ShouldBeGreaterThan(1300);
        }

        var view = QueryView.All(_shop.Cache).Single();
        (view.Hits, view.LoadMilliseconds).ShouldBe((1L, (double?)null));
    }

    [Fact]
    public async Task HowLongAnswersTake_IsMeasured()
    {
        using var shop = ShopData.Scratch(new ZooCacheOptions { Prefix = $"timed {Guid.NewGuid()}" });
        await using var web = await WebShop.StartAsync(shop, app => app.MapZooCache().AllowAnonymous());
        var before = await Get(web, "durations");
        for (var i = 0; i < 3; i++)
        {
            using var db = shop.Open();
            db.Customers.Cacheable().ToList().ShouldNotBeEmpty();
        }

        var after = await Get(web, "durations");
        (Count(after, "loads") - Count(before, "loads"), Count(after, "hits") - Count(before, "hits")).ShouldBe((1L, 2L));
        after.GetProperty("loads").GetProperty("seconds").GetDouble().ShouldBeGreaterThan(before.GetProperty("loads").GetProperty("seconds").GetDouble());
        var hits = after.GetProperty("hits");
        hits.GetProperty("counts").GetArrayLength().ShouldBe(hits.GetProperty("bounds").GetArrayLength() + 1);

        static long Count(JsonElement durations, string which) => durations.GetProperty(which).GetProperty("counts").EnumerateArray().Sum(c => c.GetInt64());
    }

    [Fact]
    public async Task TheLastInvalidationsAreTold()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCache().AllowAnonymous());
        using (var db = _shop.Open())
        {
            db.Orders.Where(o => o.CustomerId == 1).Cacheable().ToList().First().Total = 7;
            db.SaveChanges();
        }

        var before = _shop.Cache.GetStatistics().Sequence;
        _shop.Cache.Invalidate("user:42");
        _shop.Cache.Clear();
        var newer = (await Get(web, $"invalidations?after={before}")).EnumerateArray().Select(i => (i.GetProperty("cause").GetString(), i.GetProperty("tags")[0].GetString())).ToList();
        newer.ShouldBe([("Clear", "*"), ("Invalidate", "user:42")]);
        var saved = (await Get(web, "invalidations")).EnumerateArray().Skip(2).First();
        saved.GetProperty("cause").GetString().ShouldBe("SaveChanges");
        saved.GetProperty("tags")[0].GetString()!.ShouldStartWith("ef:db:ORDERS");
        saved.GetProperty("count").GetInt32().ShouldBeGreaterThanOrEqualTo(1);
    }

    [Fact]
    public async Task ANodeTellsHowItIsInStep()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCache().AllowAnonymous());
        var alone = await Get(web, "node");
        (alone.GetProperty("prefix").GetString(), alone.GetProperty("processId").GetInt32()).ShouldBe(("zoo", Environment.ProcessId));
        alone.GetProperty("version").GetString().ShouldNotBeEmpty();
        alone.GetProperty("log").ValueKind.ShouldBe(JsonValueKind.Null);

        using var nodes = new GaugeNodes(CacheConsistency.Strict);
        var node = nodes[0];
        var view = NodeView.Of(node.Cache).Log!;
        (view.Consistency, view.Confirmed, view.Outbox, view.Suspect).ShouldBe(("strict", true, 0, false));
        view.Node.ShouldBe(node.Cache.Node!.Id.ToString("x16", System.Globalization.CultureInfo.InvariantCulture));
        view.Members.Count.ShouldBe(2);
        view.Members.ShouldContain(view.Node);
        node.Log.IsCut = true;
        nodes.Advance(7);
        view = NodeView.Of(node.Cache).Log!;
        view.Confirmed.ShouldBeFalse();
        view.LagSeconds.ShouldBeGreaterThan(5);
        view.LastFailure.ShouldNotBeNull();
    }

    [Fact]
    public async Task WhetherAnotherNodeHasHeardOfIt_IsAsked()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual);
        var (one, other) = (nodes[0], nodes[1]);
        other.Cache.Set("key", 1, new CacheEntryOptions { Tags = ["user:42"] });
        var told = await ManagementEndpoints.InvalidateAsync(one.Cache, new ManagementEndpoints.Invalidation("user:42"), CancellationToken.None);
        var token = told.ShouldBeOfType<Ok<ManagementEndpoints.Invalidated>>().Value!.Token!;
        (await Confirmed(other, token)).ShouldBeTrue();
        other.Cache.Get<int>("key").IsHit.ShouldBeFalse();
        (await Confirmed(one, token)).ShouldBeTrue();

        // One that hears nothing says so.
        other.Log.IsCut = other.Log.IsDeaf = true;
        told = await ManagementEndpoints.InvalidateAsync(one.Cache, new ManagementEndpoints.Invalidation("*"), CancellationToken.None);
        var asked = Confirmed(other, told.ShouldBeOfType<Ok<ManagementEndpoints.Invalidated>>().Value!.Token!);
        nodes.Advance(30);
        (await asked).ShouldBeFalse();
        (await ManagementEndpoints.ConfirmAsync(one.Cache, "nonsense")).ShouldBeOfType<ProblemHttpResult>().StatusCode.ShouldBe(400);

        // Alone, nobody else has to hear of it.
        using var alone = new ZooCache();
        (await ManagementEndpoints.InvalidateAsync(alone, new ManagementEndpoints.Invalidation("*"), CancellationToken.None)).ShouldBeOfType<Ok<ManagementEndpoints.Invalidated>>().Value!.Token.ShouldBeNull();

        static async Task<bool> Confirmed(GaugeNode node, string token)
            => (await ManagementEndpoints.ConfirmAsync(node.Cache, token)).ShouldBeOfType<Ok<ManagementEndpoints.Confirmation>>().Value!.Confirmed;
    }

    private static async Task<JsonElement> Get(WebShop web, string what)
        => (await web.Client.GetFromJsonAsync<JsonElement>(new Uri($"/zoocache/{what}", UriKind.Relative))).Clone();

    private static async Task<List<HttpStatusCode>> AskAll(WebShop web, string user, string prefix = "/zoocache")
    {
        using var statistics = await web.Ask($"{prefix}/statistics", ("X-Test-User", user));
        using var inspected = await web.Ask($"{prefix}/inspect?tag=tag", ("X-Test-User", user));
        using var node = await web.Ask($"{prefix}/node", ("X-Test-User", user));
        using var queries = await web.Ask($"{prefix}/queries", ("X-Test-User", user));
        using var invalidations = await web.Ask($"{prefix}/invalidations", ("X-Test-User", user));
        using var confirmed = await web.Ask($"{prefix}/confirm?token=s.1.1", ("X-Test-User", user));
        return [statistics.StatusCode, inspected.StatusCode, confirmed.StatusCode, node.StatusCode, queries.StatusCode, invalidations.StatusCode, await Invalidate(web, """{"tag":"*"}""", user: user, prefix: prefix)];
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
