using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

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
}
