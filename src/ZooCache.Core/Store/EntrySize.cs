namespace ZooCache;

/// <summary>
/// What an entry costs besides its value.
/// </summary>
internal static class EntrySize
{
    internal const int PerEntry = 400;

    internal const int PerDependency = 170;

    internal static long Of(CacheKey key, long value, int dependencies) =>
        value > long.MaxValue / 2 ? long.MaxValue : value + key.Bytes.Length + PerEntry + ((long)PerDependency * dependencies);
}
