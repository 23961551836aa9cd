using ZooCache.Values;

namespace ZooCache;

/// <summary>
/// The results of calls that nodes make for one another. Thread-safe.
/// </summary>
/// <remarks>
/// A result is stored with what it depends on, as every node knows it, and judged as the answer of a query is: by what the log has told since the entry that was applied where it was made. What it
/// depends on is known only once it is found; the fill that keeps it is begun then, before it is judged.
/// </remarks>
internal sealed class StoredResults(ZooCache cache, SharedAnswers answers)
{
    /// <summary>The result that somebody has made, once it is an entry here; null if there is none that may be used. A read with a token takes none, because how old it is isn't known.</summary>
    internal async ValueTask<CacheEntry?> FindAsync<T>(EntryRead read, Func<IEnumerable<DependencyPath>, Fill> begin, CacheEntryOptions options, bool async, CancellationToken cancellationToken)
    {
        if (ContentOf<T>(options) is not { } content || read.Demand is { IsRefresh: true } or { HasTokens: true }
            || (read.Demand.IsStrict && !await read.ConfirmAsync(async, cancellationToken).ConfigureAwait(false))
            || await EntryRead.Answer(answers.FindResultAsync(KeyOf(read.Key, content), content), async, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return null;
        }

        using var fill = begin(found.Dependencies);
        var absolute = found.LifetimeWithin(options.Lifetime.Or(cache.Options.DefaultExpiration).Absolute, cache.Options.MaximumAge);
        if (absolute <= TimeSpan.Zero || !answers.MayUse(found, fill))
        {
            return null;
        }

        cache.Store(fill, found.Held, found.Bytes, options.Lifetime with { Absolute = absolute }, out var entry);
        return entry is not null && cache.IsUsable(entry) ? entry : null;
    }

    /// <summary>Keeps a result for other nodes.</summary>
    internal void Keep<T>(CacheEntry entry, CacheEntryOptions options)
    {
        if (ContentOf<T>(options) is { } content && !entry.IsShared)
        {
            var paths = entry.Dependencies.Select(static d => FeedPaths.KnownEverywhere(new DependencyPath(d.Node.Path, d.Subtree))).Distinct().ToList();
            answers.Keep(KeyOf(entry.Key, content), entry, content, paths, cache.LifetimeOf(entry), cache.AgeOf(entry));
        }
    }

    private static StoredContent? ContentOf<T>(CacheEntryOptions options) => options.StoresResult ? options.Form is null ? ExactContent<T>.Instance : options.Form.ContentOf<T>() : null;

    /// <summary>The key in every process: that of the call, and the form of its result.</summary>
    private static byte[] KeyOf(CacheKey key, StoredContent content) => [.. key.Bytes, .. content.Name.Span];
}
