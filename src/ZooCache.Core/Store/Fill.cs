using System.Diagnostics;

namespace ZooCache;

/// <summary>
/// A load under way: its nodes are pinned and its fence is read before the database is asked. It ends as an entry, which
/// takes over the pins, or disposed, which releases them. Whoever comes first ends it; the other does nothing.
/// </summary>
internal sealed class Fill : IDisposable
{
    private readonly TagTrie trie;
    private int ended;

    internal Fill(TagTrie trie, CacheKey key, Dependency[] dependencies, long fence, long startedAt)
    {
        this.trie = trie;
        Key = key;
        Dependencies = dependencies;
        Fence = fence;
        StartedAt = startedAt;
    }

    internal CacheKey Key { get; }

    internal long Fence { get; }

    internal Dependency[] Dependencies { get; }

    /// <summary>The paths of the dependencies, in their order; none where no answer of somebody else's is asked for.</summary>
    internal DependencyPath[] Paths { get; init; } = [];

    /// <summary>A timestamp: the age of an entry is the age of what it says, not of when it was stored.</summary>
    internal long StartedAt { get; }

    /// <summary>What went into the result that was read by others, each with a fence of its own; null if the load has read all by itself.</summary>
    internal IReadOnlyList<ReadDependencies>? Read { get; set; }

    /// <summary>The span of the load; null if nobody listens.</summary>
    internal Activity? Activity { get; init; }

    /// <summary>Whether the answer was loaded by somebody else, perhaps long before the fence.</summary>
    internal bool IsShared { get; set; }

    /// <summary>Whether others have had their time in between, so that it says nothing of the load's.</summary>
    internal bool IsInterrupted { get; set; }

    /// <summary>Whether its time is the load's.</summary>
    internal bool TellsLoadTime => !IsShared && !IsInterrupted;

    /// <summary>Whether the answer differs by the context that it was read through.</summary>
    internal bool VariesByContext { get; set; }

    internal bool HasEnded => Volatile.Read(ref ended) != 0;

    public void Dispose()
    {
        if (TryEnd())
        {
            trie.Unpin(Dependencies);
            ZooCacheActivities.End(Activity, "dropped");
        }
    }

    /// <summary>True for one caller, which then owns the pins.</summary>
    internal bool TryEnd() => Interlocked.Exchange(ref ended, 1) == 0;
}
