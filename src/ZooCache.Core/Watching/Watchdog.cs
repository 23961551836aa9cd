namespace ZooCache;

/// <summary>
/// Asks the database again for a share of what is answered from the cache, and tells where the two differ. Thread-safe.
/// </summary>
/// <remarks>
/// <para>An answer that differs is stale only if it would still be given: every write here bumps before it commits, so if the
/// second answer shows a write, and the first is still valid after it was read, that write's bump is missing. Other nodes' writes
/// may be told later than they are seen: such an answer is judged once more after <see cref="NodeOptions.LeaseTime"/> and <see cref="NodeOptions.MaxStaleness"/>, within
/// which they are told of, or their node is suspected.</para>
/// <para>One question is under way at a time, and none for a while after one has failed: what watches is not to be in the way.</para>
/// </remarks>
internal sealed class Watchdog(ZooCache cache, double share)
{
    private readonly CircuitBreaker breaker = new(cache.Options.TimeProvider);
    private int isAsking;

    /// <summary>Whether an answer is one of the share for which the database is to be asked, too. It is chosen at random: what comes regularly isn't always the same one.</summary>
    internal bool Chooses() => Random.Shared.NextDouble() < share && Volatile.Read(ref isAsking) == 0;

    /// <summary>Whether the database may be asked now; then the question is to be ended.</summary>
    internal bool TryBegin()
    {
        if (Interlocked.Exchange(ref isAsking, 1) != 0)
        {
            return false;
        }

        if (breaker.TryPass())
        {
            return true;
        }

        End();
        return false;
    }

    /// <summary>A question has come to an end, whatever came of it.</summary>
    internal void End() => Volatile.Write(ref isAsking, 0);

    /// <summary>The database couldn't be asked.</summary>
    /// <returns>Whether the answer that was there holds still.</returns>
    internal bool Failed(CacheEntry entry)
    {
        breaker.Failed();
        Count("failed");
        var found = Pin(entry);
        var isValid = TagTrie.IsValid(found, entry.Fence) && !entry.IsExpired(cache.Clock.Now);
        cache.Trie.Unpin(found);
        return isValid;
    }

    /// <summary>Nobody has read what the database has answered to its end.</summary>
    internal void Unread() => Count("unread");

    /// <summary>The database has answered, too.</summary>
    /// <param name="entry">What the cache has said.</param>
    /// <param name="similarity">How the answers compare.</param>
    /// <param name="query">What was asked.</param>
    /// <param name="concerns">Whether a dependency may be what the difference comes from.</param>
    internal void Compared(CacheEntry entry, RowSets.RowSimilarity similarity, string query, Predicate<TagPath> concerns)
    {
        breaker.Succeeded();
        if (similarity != RowSets.RowSimilarity.Different)
        {
            Count(similarity switch
            {
                RowSets.RowSimilarity.Same => "same",
                RowSets.RowSimilarity.Reordered => "reordered",
                _ => "unknown",
            });
            return;
        }

        var found = new Finding(entry, Pin(entry), query, concerns);
        if (cache.Node is not { } node || IsOverlapped(found))
        {
            Judge(found, isConfirmed: true);
        }
        else
        {
            _ = JudgeLaterAsync(found, node, cache.Options.Nodes);
        }
    }

    /// <summary>An entry may have left the store, and then bumps don't reach its own nodes any more.</summary>
    private Dependency[] Pin(CacheEntry entry)
    {
        var pinned = new Dependency[entry.Dependencies.Length];
        cache.Trie.Pin(entry.Dependencies, pinned);
        return pinned;
    }

    private static bool IsOverlapped(Finding found) => !TagTrie.IsValid(found.Pinned, found.Entry.Fence);

    private async Task JudgeLaterAsync(Finding found, CacheNode node, NodeOptions options)
    {
        var time = cache.Options.TimeProvider;
        var seenAt = time.GetTimestamp();
        await Task.Delay(options.LeaseTime + options.MaxStaleness, time).ConfigureAwait(false);

        // The log has shown that nothing was missing since whoever had written could have been silent unsuspected.
        Judge(found, node.Confirmed is { } confirmed && time.GetElapsedTime(seenAt, confirmed.Timestamp) >= options.LeaseTime);
    }

    private void Judge(Finding found, bool isConfirmed)
    {
        var isOverlapped = IsOverlapped(found);
        cache.Trie.Unpin(found.Pinned);
        if (isOverlapped)
        {
            Count("overlapped");
            return;
        }

        if (!isConfirmed)
        {
            Count("unconfirmed");
            return;
        }

        Count("stale");
        cache.Drop(found.Entry);
        var paths = found.Entry.Dependencies.Select(static d => d.Node.Path).ToList();
        var missed = paths.Where(path => found.Concerns(path)).ToList();
        cache.Counters.Stale(new StaleAnswer(
            cache.Options.TimeProvider.GetUtcNow(), found.Query, [.. (missed.Count > 0 ? missed : paths).Select(static p => p.ToString())], cache.AgeOf(found.Entry)));
    }

    private void Count(string result) => cache.Counters.Watched.Increment(result);

    private sealed record Finding(CacheEntry Entry, Dependency[] Pinned, string Query, Predicate<TagPath> Concerns);
}
