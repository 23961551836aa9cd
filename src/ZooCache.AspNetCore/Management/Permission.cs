using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace ZooCache.AspNetCore.Management;

/// <summary>Who may come in is for the application to say, one way or the other.</summary>
internal static class Permission
{
    internal static ValueTask<object?> RequireAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var metadata = context.HttpContext.GetEndpoint()!.Metadata;
        return metadata.GetMetadata<IAuthorizeData>() is not null || metadata.GetMetadata<AuthorizationPolicy>() is not null || metadata.GetMetadata<IAllowAnonymous>() is not null
            ? next(context)
            : ValueTask.FromResult<object?>(Results.Problem(
                "Nobody has said who may look at the cache, and manage it. Say MapZooCache(…).RequireAuthorization(…), or AllowAnonymous() where nobody else can reach it; MapZooCacheMetrics(…) likewise.",
                statusCode: StatusCodes.Status403Forbidden));
    }
}
