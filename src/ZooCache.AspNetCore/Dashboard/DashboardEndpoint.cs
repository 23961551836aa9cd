using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ZooCache.AspNetCore.Dashboard;

/// <summary>Serves the dashboard beside what it asks, at the prefix itself. Who may see it is decided for the whole group.</summary>
internal static class DashboardEndpoint
{
    internal static void Map(RouteGroupBuilder group) => group.MapGet("/", Answer).ExcludeFromDescription();

    private static IResult Answer(HttpContext context)
    {
        var request = context.Request;
        var path = request.PathBase.Add(request.Path).ToUriComponent();
        if (!path.EndsWith('/'))
        {
            // The page asks by relative addresses. So is this one, for a proxy may have the node at another path.
            context.Response.Headers.Location = $"./{path[(path.LastIndexOf('/') + 1)..]}/{request.QueryString.ToUriComponent()}";
            return Results.StatusCode(StatusCodes.Status307TemporaryRedirect);
        }

        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = DashboardPage.Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        return Results.Bytes(DashboardPage.Bytes, "text/html; charset=utf-8");
    }
}
