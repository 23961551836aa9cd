using System.Globalization;
using Xunit.Abstractions;

namespace ZooCache.Tests;

/// <summary>The seed of a randomised test: printed, and taken from ZOOCACHE_SEED to run it again.</summary>
public static class StressSeed
{
    public static int Take(ITestOutputHelper output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var given = Environment.GetEnvironmentVariable("ZOOCACHE_SEED");
        var seed = given is null ? Random.Shared.Next() : int.Parse(given, CultureInfo.InvariantCulture);
        output.WriteLine($"ZOOCACHE_SEED={seed}");
        return seed;
    }
}
