using System.Security.Claims;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>Who asks, as a part of a key.</summary>
internal static class RequestIdentity
{
    /// <summary>Claims that differ from token to token of one user and say nothing of him.</summary>
    private static readonly HashSet<string> Volatile = new(StringComparer.Ordinal)
    {
        "iat", "nbf", "exp", "jti", "nonce", "at_hash", "c_hash", "auth_time", "sid", "uti", "rh", "aio", "AspNet.Identity.SecurityStamp",
    };

    /// <summary>All that is claimed of the user; null if he is authenticated and has no name.</summary>
    internal static IReadOnlyList<string>? Of(ClaimsPrincipal user)
    {
        var identities = user.Identities.Where(i => i.IsAuthenticated).ToList();
        if (identities.Count == 0)
        {
            return ["anonymous"];
        }

        var parts = new List<string>();
        foreach (var identity in identities)
        {
            if (identity.FindFirst(ClaimTypes.NameIdentifier) is null && identity.FindFirst("sub") is null && string.IsNullOrEmpty(identity.Name))
            {
                return null;
            }

            parts.Add(identity.AuthenticationType ?? "");
            parts.AddRange(identity.Claims.Where(c => !Volatile.Contains(c.Type)).Select(c => $"{c.Type.Length}:{c.Type}{c.Value.Length}:{c.Value}{c.Issuer}").Order(StringComparer.Ordinal));
        }

        return parts;
    }
}
