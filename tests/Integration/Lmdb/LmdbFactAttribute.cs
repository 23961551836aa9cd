using System.Runtime.InteropServices;

namespace ZooCache.Integration.Tests;

/// <summary>A test that needs liblmdb.</summary>
public sealed class LmdbFactAttribute : FactAttribute
{
    public LmdbFactAttribute() => Skip = LmdbLibrary.SkipReason;
}

/// <summary>Tests that need liblmdb.</summary>
public sealed class LmdbTheoryAttribute : TheoryAttribute
{
    public LmdbTheoryAttribute() => Skip = LmdbLibrary.SkipReason;
}

internal static class LmdbLibrary
{
    private static readonly bool IsThere = ((string[])["liblmdb.so.0", "liblmdb.so", "liblmdb.dylib", "lmdb.dll"]).Any(n => NativeLibrary.TryLoad(n, out _));

    /// <summary>Null if there is one, or if this is CI, where its absence is a failure.</summary>
    internal static string? SkipReason => IsThere || string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase)
        ? null
        : "NOT RUN: there is no liblmdb. Install liblmdb0 (Debian, Ubuntu) or lmdb.";
}
