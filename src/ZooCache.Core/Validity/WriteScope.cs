using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>Where a write stands, for tests that look in between.</summary>
internal enum WriteStep
{
    /// <summary>At its beginning, between the mark and the bump.</summary>
    Begun,

    /// <summary>When its paths became too many, between the marks on their parents and the release of their own.</summary>
    Collapsed,

    /// <summary>At its end, between the bump and the unmark.</summary>
    Ended,
}

/// <summary>
/// One write, from before its commit can happen until after it has happened (or has not).
/// </summary>
/// <remarks>
/// <para>Invariant: mark, then bump → commit → bump, then unmark. Were the bump first, a fill could begin after it, read the
/// old rows and be stored before the mark: served although the commit is done. Were the unmark first, a fill that read the
/// old rows under the mark could be stored before the last bump: likewise.</para>
/// <para>A scope holds at most <see cref="MaximumPaths"/> paths; beyond that siblings collapse to their parent, which is
/// marked and bumped before the marks of its children are released.</para>
/// <para>Thread-safe: whoever watches a transaction may complete it while its owner widens it.</para>
/// </remarks>
internal sealed class WriteScope : IDisposable
{
    internal const int MaximumPaths = 1024;

    private readonly Lock gate = new();
    private readonly ZooCache cache;
    private readonly HashSet<TagPath> paths = [];
    private readonly HashSet<TagPath> collapsed = [];
    private bool complete;

    private readonly string? cause;
    private readonly UntoldWrite? untold;
    private readonly InvalidationFeed feed;
    private readonly Activity? activity;

    /// <param name="cache">The cache.</param>
    /// <param name="cause">What writes, for people.</param>
    /// <param name="untold">Where what it touches is noted until the log has it; null where nobody looks.</param>
    /// <param name="feed">How it came to be known.</param>
    internal WriteScope(ZooCache cache, string? cause, UntoldWrite? untold, InvalidationFeed feed)
    {
        this.feed = feed;
        activity = feed == InvalidationFeed.Log ? null : ZooCacheActivities.Begin(ZooCacheActivities.Write, cache.Prefix);
        activity?.SetTag(ZooCacheActivities.CauseTag, cause);
        this.cache = cache;
        this.cause = cause;
        this.untold = untold;
    }

    internal bool IsComplete
    {
        get
        {
            lock (gate)
            {
                return complete;
            }
        }
    }

    /// <summary>The sequence of the scope's newest bump, 0 before its first.</summary>
    internal long LastBump { get; private set; }

    /// <summary>The paths that are marked now.</summary>
    internal int Count
    {
        get
        {
            lock (gate)
            {
                return complete ? 0 : paths.Count;
            }
        }
    }

    /// <summary>
    /// Widens the write: what is new is marked and bumped at once. A scope that is complete can only bump.
    /// Returns the bump's sequence, or 0 if nothing was new.
    /// </summary>
    internal long Add(ReadOnlySpan<TagPath> more) => Add(more, [], []);

    /// <summary>As the other; tells of each condition whether it held until the bump.</summary>
    internal long Add(ReadOnlySpan<TagPath> more, ReadOnlySpan<UnchangedSince> conditions, Span<bool> held)
    {
        lock (gate)
        {
            if (complete)
            {
                return more.IsEmpty && conditions.IsEmpty ? 0 : Bump(more, conditions, held);
            }

            var added = new List<TagPath>(more.Length);
            foreach (var path in more)
            {
                if (!TagCollapse.HasAncestorIn(collapsed, path) && paths.Add(path))
                {
                    added.Add(path);
                }
            }

            if (added.Count == 0 && conditions.IsEmpty)
            {
                return 0;
            }

            cache.Counters.Invalidations.Add(feed, CollectionsMarshal.AsSpan(added));
            return paths.Count <= MaximumPaths ? Begin([.. added], conditions, held) : Collapse(added, conditions, held);
        }
    }

    /// <summary>Bumps everything again and keeps the marks: the outcome isn't known yet. Does nothing once complete, when no
    /// condition holds.</summary>
    /// <returns>The bump's sequence, or 0 if there was none.</returns>
    internal long Rebump(ReadOnlySpan<UnchangedSince> conditions, Span<bool> held)
    {
        lock (gate)
        {
            if (!complete && paths.Count > 0)
            {
                return Bump([.. paths], conditions, held);
            }

            held.Clear();
            return 0;
        }
    }

    /// <summary>Ends the write: bumps everything, then releases the marks. Only the first call does anything.</summary>
    internal void Complete() => TryComplete([], []);

    /// <summary>
    /// Bumps everything; if all conditions held until then, releases the marks and ends the write. If not, the write goes
    /// on: its owner adds what that widens it by and completes it then.
    /// </summary>
    /// <returns>Whether the write has ended.</returns>
    internal bool TryComplete(ReadOnlySpan<UnchangedSince> conditions, Span<bool> held)
    {
        lock (gate)
        {
            if (complete)
            {
                return true;
            }

            TagPath[] all = [.. paths];
            if (all.Length > 0)
            {
                Bump(all, conditions, held);
                if (held.Contains(false))
                {
                    return false;
                }
            }

            complete = true;
            if (all.Length > 0)
            {
                cache.Probe?.Invoke(WriteStep.Ended);
                cache.Trie.Unmark(all);
            }

            ZooCacheActivities.End(activity, "complete");
            return true;
        }
    }

    /// <summary>Whether the write, under way or complete, has bumped the path or a prefix of it.</summary>
    internal bool Covers(TagPath path)
    {
        lock (gate)
        {
            return paths.Contains(path) || TagCollapse.HasAncestorIn(paths, path);
        }
    }

    public void Dispose() => Complete();

    private long Begin(TagPath[] begun, ReadOnlySpan<UnchangedSince> conditions, Span<bool> held)
    {
        untold?.Add(begun);
        cache.Trie.Mark(begun);
        cache.Probe?.Invoke(WriteStep.Begun);
        return Bump(begun, conditions, held);
    }

    private long Collapse(List<TagPath> added, ReadOnlySpan<UnchangedSince> conditions, Span<bool> held)
    {
        var marked = new HashSet<TagPath>(paths);
        marked.ExceptWith(added);
        TagCollapse.Collapse(paths, MaximumPaths / 2, collapsed);

        var sequence = Begin([.. paths.Where(path => !marked.Contains(path))], conditions, held);
        cache.Probe?.Invoke(WriteStep.Collapsed);
        cache.Trie.Unmark([.. marked.Where(path => !paths.Contains(path))]);
        return sequence;
    }

    private long Bump(ReadOnlySpan<TagPath> bumped, ReadOnlySpan<UnchangedSince> conditions, Span<bool> held)
        => LastBump = cache.Trie.Bump(bumped, conditions, held, cause, activity?.Context ?? default);
}
