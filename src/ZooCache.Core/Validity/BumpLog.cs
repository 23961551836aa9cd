namespace ZooCache;

/// <summary>A dependency that a bump has made invalid.</summary>
/// <param name="Dependency">The first one that is invalid.</param>
/// <param name="Cause">What its newest bump was; null if nobody said, or if that is forgotten.</param>
internal sealed record FatalBump(Dependency Dependency, string? Cause);

/// <summary>
/// What the last bumps were, for people: a ring of <see cref="Capacity"/>, found by sequence. Nothing is decided by it. Not
/// thread-safe: the trie calls it under its lock.
/// </summary>
internal sealed class BumpLog
{
    internal const int Capacity = 4096;

    private readonly (long Sequence, string? Cause)[] bumps = new (long, string?)[Capacity];

    internal void Add(long sequence, string? cause) => bumps[sequence % Capacity] = (sequence, cause);

    internal string? Find(long sequence) => bumps[sequence % Capacity] is { Cause: var cause } bump && bump.Sequence == sequence ? cause : null;
}
