using Microsoft.AspNetCore.Builder;

namespace Snippets;

internal static class Dashboard
{
    internal static void Map(WebApplication app)
    {
        app.MapZooCache("/zoocache").RequireAuthorization("operators");      // http://web-1:8080/zoocache
    }
}
