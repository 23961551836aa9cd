using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using ZooCache.EFCore;

namespace Snippets;

internal static class Telemetry
{
    internal static void Watch(WebApplicationBuilder builder, WebApplication app)
    {
        builder.Services.AddZooCache(c => c.WatchdogShare = 0.01);
        builder.Services.AddHealthChecks().AddZooCache();

        app.MapHealthChecks("/health");
        app.MapZooCacheMetrics().RequireAuthorization("operators");      // without OpenTelemetry: Prometheus's text format, at /metrics
    }

    internal static void Export(WebApplicationBuilder builder)
    {
        builder.Services.AddOpenTelemetry()
            .WithMetrics(m => m.AddMeter("ZooCache"))
            .WithTracing(t => t.AddSource("ZooCache"));
    }

    internal static void Insist(DbContextOptionsBuilder options)
    {
        options.UseZooCache().ConfigureWarnings(w => w.Throw(ZooCacheEventId.QueryBypassed));
    }
}
