using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>A dependency that a bump has made invalid.</summary>
/// <param name="Dependency">The first one that is invalid.</param>
/// <param name="Cause">What its newest bump was; null if nobody said, or if that is forgotten.</param>
/// <param name="Origin">The span of what has bumped; default if there is none.</param>
internal sealed record FatalBump(Dependency Dependency, string? Cause, ActivityContext Origin);

/// <summary>A bump, for people.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="At">When it was, by <see cref="Stopwatch.GetTimestamp"/>.</param>
/// <param name="Cause">What it was; null if nobody said.</param>
/// <param name="Origin">The span of what has bumped; default if there is none.</param>
/// <param name="Paths">The first of what was bumped; null beyond <paramref name="Count"/>.</param>
/// <param name="Count">How many there were.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BumpRecord(long Sequence, long At, string? Cause, ActivityContext Origin, FirstPaths Paths, int Count);

/// <summary>Some paths, without an array.</summary>
[InlineArray(Length)]
internal struct FirstPaths
{
    internal const int Length = 4;

    private TagPath? first;
}

/// <summary>
/// What the last bumps were, for people: a ring of up to <see cref="Capacity"/>, found by sequence. Nothing is decided by it. Not
/// thread-safe: the trie calls it under its lock.
/// </summary>
internal sealed class BumpLog
{
    internal const int Capacity = 4096;

    private const int FewestBumps = 64;

    private BumpRecord[] bumps = new BumpRecord[FewestBumps];

    internal void Add(long sequence, string? cause, ActivityContext origin, ReadOnlySpan<TagPath> paths)
    {
        if (sequence >= bumps.Length && bumps.Length < Capacity)
        {
            // They come one after the other: until it is full, each stands at its own number.
            Array.Resize(ref bumps, bumps.Length * 2);
        }

        var first = default(FirstPaths);
        paths[..Math.Min(paths.Length, FirstPaths.Length)].CopyTo(first!);
        bumps[sequence % bumps.Length] = new BumpRecord(sequence, Stopwatch.GetTimestamp(), cause, origin, first, paths.Length);
    }

    internal BumpRecord? Find(long sequence) => bumps[sequence % bumps.Length] is var bump && bump.Sequence == sequence ? bump : null;

    /// <summary>The last ones, the newest first, but for those that have only raised the sequence.</summary>
    internal List<BumpRecord> Last(long newest, long after, int atMost)
    {
        var found = new List<BumpRecord>();
        for (var sequence = newest; sequence > Math.Max(after, 0) && found.Count < atMost && Find(sequence) is { } bump; sequence--)
        {
            if (bump.Count > 0)
            {
                found.Add(bump);
            }
        }

        return found;
    }
}
