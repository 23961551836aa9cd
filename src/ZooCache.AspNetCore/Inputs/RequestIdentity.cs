using System.Globalization;
using System.Security.Claims;
using System.Security.Principal;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>Who asks, as a part of a key: all that an endpoint can see of a principal.</summary>
internal static class RequestIdentity
{
    /// <summary>What tokens are read into, which says no more than its claims.</summary>
    private const string IdentityOfTokens = "Microsoft.IdentityModel.Tokens.CaseSensitiveClaimsIdentity";

    /// <summary>Whether nothing at all is said of the user.</summary>
    internal static bool IsNobody(ClaimsPrincipal user)
        => IsPlain(user) && user.Identities.All(static i => i.GetType() == typeof(ClaimsIdentity) && !i.IsAuthenticated && i.Actor is null && !i.Claims.Any());

    internal static bool IsAuthenticated(ClaimsPrincipal user) => user.Identities.Any(static i => i.IsAuthenticated);

    /// <summary>Everything that is said of the user, in its order; null if there is more than can be seen, or if somebody is authenticated of whom it isn't said who he is.</summary>
    internal static List<string?>? Of(ClaimsPrincipal user)
    {
        if (!IsPlain(user))
        {
            return null;
        }

        var parts = new List<string?>();

        // Each list begins with its length, so that none can be taken for another.
        parts.Add(Count(user.Identities.Count()));
        foreach (var identity in user.Identities)
        {
            if (!TryAdd(parts, identity))
            {
                return null;
            }
        }

        return parts;
    }

    /// <summary>Whether the principal is nothing but its identities: others (<see cref="GenericPrincipal"/>) also have one that they were given, of which their identities are made.</summary>
    private static bool IsPlain(ClaimsPrincipal user) => user.GetType() == typeof(ClaimsPrincipal);

    private static bool TryAdd(List<string?> parts, ClaimsIdentity identity)
    {
        var type = identity.GetType();
        if ((type != typeof(ClaimsIdentity) && type != typeof(GenericIdentity) && type.FullName != IdentityOfTokens)
            || identity.Actor is not null || identity.BootstrapContext is not null
            || (identity.IsAuthenticated && identity.FindFirst(ClaimTypes.NameIdentifier) is null && identity.FindFirst("sub") is null && string.IsNullOrEmpty(identity.Name)))
        {
            return false;
        }

        parts.AddRange([type.Name, identity.AuthenticationType, identity.Label, identity.NameClaimType, identity.RoleClaimType]);
        var claims = identity.Claims.ToList();
        parts.Add(Count(claims.Count));
        foreach (var claim in claims)
        {
            if (claim.GetType() != typeof(Claim))
            {
                return false;
            }

            parts.AddRange([claim.Type, claim.Value, claim.ValueType, claim.Issuer, claim.OriginalIssuer, Count(claim.Properties.Count)]);
            foreach (var (name, value) in claim.Properties)
            {
                parts.AddRange([name, value]);
            }
        }

        return true;
    }

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);
}
