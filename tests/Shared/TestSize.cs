using System.Globalization;

namespace ZooCache.Tests;

/// <summary>How much a test does: as much as a variable of the environment says, or what there is time for in every run.</summary>
public static class TestSize
{
    public static int Of(string variable, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
