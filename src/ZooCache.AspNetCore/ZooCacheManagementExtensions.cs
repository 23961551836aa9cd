using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.AspNetCore.Dashboard;
using ZooCache.AspNetCore.Management;
using ZooCache.AspNetCore.Metrics;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Lets operators ask a node of a <see cref="global::ZooCache.ZooCache"/>, and tell it.</summary>
public static class ZooCacheManagementExtensions
{
    /// <summary>
    /// Maps, at a prefix, the dashboard, a page for people; and below it <c>GET statistics</c>; <c>GET node</c>, which tells how it is in step with the others; <c>GET queries?by=hits&amp;top=20</c>, the hottest (or by <c>misses</c>,
    /// <c>saved</c>, <c>bytes</c>, <c>cold</c>); <c>GET queries/3</c>, which tells besides what a query's answers depend on, and its SQL; <c>GET durations</c>, histograms of how long answers have taken
    /// since this was mapped (that they are measured costs a hit some 2 %); <c>GET inspect?tag=user:42</c>, which tells a tag's version, what depends on it, and the tags below it (<c>*</c>, or no tag, for all);
    /// <c>GET invalidations?after=0&amp;top=50</c>, the last ones; and <c>POST invalidate</c> with <c>{"tag": "user:42"}</c>, or <c>"*"</c> for everything, which is told to all nodes and answers with a
    /// token; <c>GET confirm?token=…</c> tells whether a node has heard of it. All else concerns the node that is asked alone.
    /// </summary>
    /// <remarks>Refused (403) until the application says who may: <c>MapZooCache().RequireAuthorization("operators")</c>.</remarks>
    /// <param name="endpoints">The application's endpoints.</param>
    /// <param name="prefix">Where. Default: <c>/zoocache</c>.</param>
    /// <returns>The group, for more conventions.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static RouteGroupBuilder MapZooCache(this IEndpointRouteBuilder endpoints, string prefix = "/zoocache")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        DurationHistograms.Begin();
        var group = endpoints.MapGroup(prefix);
        ManagementEndpoints.Map(group, endpoints.ServiceProvider.GetService<global::ZooCache.ZooCache>() ?? global::ZooCache.ZooCache.Shared);
        DashboardEndpoint.Map(group);
        return group;
    }

    /// <summary>Maps the metrics of the process's caches in Prometheus's text format, for applications that don't export them by OpenTelemetry.</summary>
    /// <remarks>Refused (403) until the application says who may: <c>MapZooCacheMetrics().RequireAuthorization("operators")</c>, or <c>AllowAnonymous()</c>.</remarks>
    /// <param name="endpoints">The application's endpoints.</param>
    /// <param name="pattern">Where. Default: <c>/metrics</c>.</param>
    /// <returns>The endpoint, for more conventions.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static RouteHandlerBuilder MapZooCacheMetrics(this IEndpointRouteBuilder endpoints, string pattern = "/metrics")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        DurationHistograms.Begin();
        return endpoints.MapGet(pattern, static () => Results.Text(MetricsText.Write(), MetricsText.ContentType)).AddEndpointFilter(Permission.RequireAsync);
    }
}
