using System.Diagnostics;

namespace ZooCache;

/// <summary>A dependency that a bump has made invalid.</summary>
/// <param name="Dependency">The first one that is invalid.</param>
/// <param name="Cause">What its newest bump was; null if nobody said, or if that is forgotten.</param>
/// <param name="Origin">The span of what has bumped; default if there is none.</param>
internal sealed record FatalBump(Dependency Dependency, string? Cause, ActivityContext Origin);

/// <summary>
/// What the last bumps were, for people: a ring of <see cref="Capacity"/>, found by sequence. Nothing is decided by it. Not
/// thread-safe: the trie calls it under its lock.
/// </summary>
internal sealed class BumpLog
{
    internal const int Capacity = 4096;

    private readonly (long Sequence, string? Cause, ActivityContext Origin)[] bumps = new (long, string?, ActivityContext)[Capacity];

    internal void Add(long sequence, string? cause, ActivityContext origin) => bumps[sequence % Capacity] = (sequence, cause, origin);

    internal (string? Cause, ActivityContext Origin) Find(long sequence) => bumps[sequence % Capacity] is var bump && bump.Sequence == sequence ? (bump.Cause, bump.Origin) : default;
}
