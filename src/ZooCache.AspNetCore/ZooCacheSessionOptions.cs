using ZooCache.AspNetCore.Inputs;

namespace ZooCache.AspNetCore;

/// <summary>How a user brings along what he has written: see <see cref="Microsoft.AspNetCore.Builder.ZooCacheSessionExtensions.UseZooCacheSession"/>. Not thread-safe.</summary>
public sealed class ZooCacheSessionOptions
{
    /// <summary>The cookie that goes with the user; null for none. Default: <c>zoocache-seen</c>.</summary>
    public string? CookieName { get; set; } = "zoocache-seen";

    /// <summary>The header by which clients without cookies are told, and tell; null for none. It counts before the cookie. Default: null.</summary>
    public string? HeaderName { get; set; }

    /// <summary>How long the cookie lives, after the last write. Longer than every node needs to hear of a write; a read that names one costs more than one that doesn't. 1 second or more. Default: null,
    /// for <see cref="NodeOptions.LeaseTime"/> and <see cref="NodeOptions.MaxStaleness"/> together, after which every node knows.</summary>
    public TimeSpan? Lifetime { get; set; }

    /// <summary>Throws <see cref="ArgumentException"/>, naming the property to change.</summary>
    internal void Validate()
    {
        if (string.IsNullOrEmpty(CookieName) && string.IsNullOrEmpty(HeaderName))
        {
            throw new ArgumentException($"Give {nameof(ZooCacheSessionOptions)}.{nameof(CookieName)} or {nameof(HeaderName)}: without either, nobody brings along what he has written.");
        }

        if (Lifetime is { } lifetime && lifetime < TimeSpan.FromSeconds(1))
        {
            throw new ArgumentException($"{nameof(ZooCacheSessionOptions)}.{nameof(Lifetime)} must be a second or more; leave it null for the nodes' own times.");
        }

        RequireToken(CookieName, nameof(CookieName));
        RequireToken(HeaderName, nameof(HeaderName));
    }

    private static void RequireToken(string? name, string property)
    {
        if (!string.IsNullOrEmpty(name) && !RequestInput.IsToken(name))
        {
            throw new ArgumentException($"{nameof(ZooCacheSessionOptions)}.{property} is '{name}', which is no name of a cookie or header: use letters, digits and hyphens.");
        }
    }
}
