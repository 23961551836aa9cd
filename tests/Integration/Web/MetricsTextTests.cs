using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

public sealed class MetricsTextTests : IDisposable
{
    private readonly Scratch<ShopContext> _shop = ShopData.Scratch(new ZooCacheOptions { Prefix = $"scraped \"{Guid.NewGuid()}\"\\" });

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task WhatWasCountedAndMeasured_IsRead()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCacheMetrics().AllowAnonymous());
        for (var i = 0; i < 3; i++)
        {
            using var db = _shop.Open();
            db.Customers.Where(c => c.Id == 1).Cacheable().ToList().Count.ShouldBe(1);
        }

        _shop.Cache.Invalidate("user:1");
        using var response = await web.Ask("/metrics");
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        var all = (await response.Content.ReadAsStringAsync()).Split('\n');
        var label = $"zoocache_cache=\"{_shop.Cache.Prefix.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
        var own = all.Where(l => l.Contains(label, StringComparison.Ordinal)).ToDictionary(l => l[..l.LastIndexOf(' ')].Replace(label, "…", StringComparison.Ordinal), l => l[(l.LastIndexOf(' ') + 1)..], StringComparer.Ordinal);

        own["zoocache_hits_total{…}"].ShouldBe("2");
        own["zoocache_misses_total{…,reason=\"not-found\"}"].ShouldBe("1");
        own["zoocache_invalidations_total{…,zoocache_feed=\"application\",zoocache_precision=\"tag\"}"].ShouldBe("1");
        own["zoocache_entries{…}"].ShouldBe("1");
        own["zoocache_bytes{…}"].ShouldBe(_shop.Cache.GetStatistics().Bytes.ToString(CultureInfo.InvariantCulture));
        own["zoocache_hit_duration_seconds_count{…,zoocache_kind=\"query\"}"].ShouldBe("2");
        own["zoocache_fill_duration_seconds_count{…,zoocache_kind=\"query\"}"].ShouldBe("1");
        double.Parse(own["zoocache_hit_duration_seconds_sum{…,zoocache_kind=\"query\"}"], CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);

        // Buckets hold all that is below, and the last one everything.
        var buckets = own.Where(l => l.Key.StartsWith("zoocache_hit_duration_seconds_bucket", StringComparison.Ordinal)).Select(l => int.Parse(l.Value, CultureInfo.InvariantCulture)).ToList();
        buckets.Count.ShouldBe(12);
        buckets.ShouldBe(buckets.Order());
        own["zoocache_hit_duration_seconds_bucket{…,zoocache_kind=\"query\",le=\"+Inf\"}"].ShouldBe("2");

        // Each family is described once, before its lines.
        all.Count(l => l == "# TYPE zoocache_hits_total counter").ShouldBe(1);
        all.Count(l => l == "# TYPE zoocache_entries gauge").ShouldBe(1);
        all.Count(l => l == "# TYPE zoocache_hit_duration_seconds histogram").ShouldBe(1);
        foreach (var line in all.Where(l => l.Length > 0))
        {
            line.ShouldMatch("""^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+\{.*\} (\+Inf|[0-9.E+-]+))$""");
        }
    }

    [Fact]
    public async Task NobodyReadsThem_UntilTheApplicationSaysWhoMay()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapZooCacheMetrics());
        using var response = await web.Ask("/metrics");
        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await response.Content.ReadAsStringAsync()).ShouldContain("MapZooCacheMetrics(");
    }
}
