using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>
/// How long an entry may live: <paramref name="Absolute"/> from when it is stored, <paramref name="Sliding"/> from when it was
/// last read. With neither, <see cref="ZooCacheOptions.DefaultExpiration"/>. <see cref="ZooCacheOptions.MaximumAge"/> caps both.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EntryLifetime(TimeSpan? Absolute, TimeSpan? Sliding)
{
    /// <summary>With a default where nothing is said.</summary>
    internal EntryLifetime Or(TimeSpan? expiration) => this is { Absolute: null, Sliding: null } ? this with { Absolute = expiration } : this;
}
