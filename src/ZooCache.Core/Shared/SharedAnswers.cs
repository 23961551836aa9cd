using ZooCache.Codec;
using ZooCache.RowSets;
using ZooCache.Values;

namespace ZooCache;

/// <summary>
/// What nodes load for one another: finds what others have kept and judges it, and keeps what was loaded here. Nothing throws. Thread-safe.
/// </summary>
/// <remarks>
/// Invariants: an answer of somebody else's is handed out only as an entry of this cache, stored by a fill that was begun before the store was asked and of which
/// <see cref="CacheNode.MayUse"/> says that nothing has touched what it depends on; and one is kept for others only once the log vouches for the entry by which they
/// judge it.
/// </remarks>
internal sealed class SharedAnswers(CacheNode node, SharedStore store, PayloadCodec codec, CacheCounters counters, TimeProvider time, long maximumResultBytes)
{
    /// <summary>The most that is held in memory, in bytes, of what is on its way to the store; beyond it nothing is kept.</summary>
    private const long MostBytesUnderWay = 32 * 1024 * 1024;

    /// <summary>A thousand years, in milliseconds: who writes to a store may write what he likes.</summary>
    private const long Longest = 1000L * 366 * 24 * 3600 * 1000;

    private long underWay;

    /// <summary>Whether the store is left alone for now, because it has failed.</summary>
    internal bool IsPaused => !store.IsReachable;

    /// <summary>The answer that somebody has kept under a key, if it may be used here; its fill is then one of an answer that was loaded elsewhere.</summary>
    /// <param name="key">The key, which means the same in every process.</param>
    /// <param name="layout">Its columns.</param>
    internal async ValueTask<StoredRows?> FindAsync(ReadOnlyMemory<byte> key, RowLayout layout)
    {
        if (await store.FindAsync(key).ConfigureAwait(false) is not { } entry)
        {
            return null;
        }

        if (!TryDecode(entry, layout, out var rows))
        {
            counters.StoreMisses.Increment("unreadable");
            return null;
        }

        return new StoredRows(rows!, entry.Epoch, entry.Stamp, AgeOf(entry), LeftOf(entry));
    }

    /// <summary>The result of a call that somebody has kept under a key.</summary>
    /// <param name="key">The key, which means the same in every process.</param>
    /// <param name="form">How its content is read.</param>
    internal async ValueTask<StoredResult?> FindResultAsync(ReadOnlyMemory<byte> key, StoredContent form)
    {
        if (await store.FindAsync(key).ConfigureAwait(false) is not { } entry)
        {
            return null;
        }

        if (Read(() => codec.TryUnwrap(entry.Payload, maximumResultBytes, out var content) == PayloadFault.None ? form.Decode(content) : null) is not var (held, bytes))
        {
            counters.StoreMisses.Increment("unreadable");
            return null;
        }

        return new StoredResult(held, bytes, entry.Dependencies, entry.Epoch, entry.Stamp, AgeOf(entry), LeftOf(entry));
    }

    /// <summary>Compressors may be the application's.</summary>
    private bool TryDecode(StoredEntry entry, RowLayout layout, out RowSet? rows)
    {
        rows = Read(() => codec.TryDecode(entry.Payload, layout, maximumResultBytes, out var read) == PayloadFault.None ? read : null);
        return rows is not null;
    }

    private T? Read<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            counters.LastStoreFailure = exception.Message;
            return default;
        }
    }

    private TimeSpan AgeOf(StoredEntry entry) => Span(Math.Max(Now - entry.LoadedAt, 0));

    private TimeSpan? LeftOf(StoredEntry entry) => entry.ExpiresAt == StoredEntry.Never ? null : Span(entry.ExpiresAt - Now);

    /// <summary>Whether an answer may be used, as far as this node knows; counted.</summary>
    /// <param name="rows">The answer.</param>
    /// <param name="fill">What it is to be stored by, begun before the store was asked.</param>
    /// <param name="refinement">What the answer turned out to depend on.</param>
    internal bool MayUse(StoredRows rows, Fill fill, Refinement refinement) => MayUse(rows, fill, refinement.Of(fill.Paths));

    /// <summary>As the other, of the result of a call. Its dependencies were found by another node, which may know of other things.</summary>
    /// <param name="result">The result.</param>
    /// <param name="fill">What it is to be stored by, with all that it depends on.</param>
    internal bool MayUse(StoredResult result, Fill fill) => MayUse(result, fill, node.HearsOf(fill.Paths) ? fill.Paths : null);

    private bool MayUse(StoredAnswer answer, Fill fill, DependencyPath[]? paths)
    {
        if (paths is null || !node.MayUse(fill, paths, answer.Epoch, answer.Stamp))
        {
            counters.StoreMisses.Increment("outdated");
            return false;
        }

        fill.IsShared = true;
        return true;
    }

    /// <summary>Keeps what was loaded here, once the log vouches for what the load has seen of it. Nobody waits.</summary>
    /// <param name="key">The key, which means the same in every process.</param>
    /// <param name="rows">The answer.</param>
    /// <param name="fence">The fence of its load.</param>
    /// <param name="lifetime">How long it may be used from now on.</param>
    /// <param name="age">How old it is.</param>
    internal void Keep(ReadOnlyMemory<byte> key, RowSet rows, long fence, TimeSpan? lifetime, TimeSpan age)
        => Keep(key, rows.Size, () => codec.Encode(rows), [], fence, lifetime, age);

    /// <summary>As the other, of the result of a call.</summary>
    /// <param name="key">The key, which means the same in every process.</param>
    /// <param name="entry">The result.</param>
    /// <param name="form">How its content is written.</param>
    /// <param name="dependencies">What it depends on, as it is told to others.</param>
    /// <param name="lifetime">How long it may be used from now on.</param>
    /// <param name="age">How old it is.</param>
    internal void Keep(ReadOnlyMemory<byte> key, CacheEntry entry, StoredContent form, IReadOnlyList<DependencyPath> dependencies, TimeSpan? lifetime, TimeSpan age)
        => Keep(key, entry.Size, () => form.Encode(entry.Value) is { } content ? codec.Wrap(content) : null, dependencies, entry.Fence, lifetime, age);

    private void Keep(
        ReadOnlyMemory<byte> key, long size, Func<byte[]?> encode, IReadOnlyList<DependencyPath> dependencies, long fence, TimeSpan? lifetime, TimeSpan age)
    {
        var (epoch, stamp) = node.SeenAt(fence);
        if (stamp == HlcStamp.None || lifetime <= TimeSpan.Zero)
        {
            counters.StoreRejects.Increment("unjudged");
        }
        else if (Interlocked.Add(ref underWay, size) > MostBytesUnderWay)
        {
            Interlocked.Add(ref underWay, -size);
            counters.StoreRejects.Increment("busy");
        }
        else
        {
            using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
            {
                var expiresAt = lifetime is { } left ? Now + (long)Math.Min(left.TotalMilliseconds, Longest) : StoredEntry.Never;
                _ = Task.Run(() => KeepAsync(new StoredEntry(epoch, stamp, Now - (long)age.TotalMilliseconds, expiresAt, key, dependencies, default), size, encode));
            }
        }
    }

    private static TimeSpan Span(long milliseconds) => TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, -Longest, Longest));

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task KeepAsync(StoredEntry entry, long size, Func<byte[]?> encode)
    {
        try
        {
            if (!await node.VouchedAsync(entry.Epoch, entry.Stamp).ConfigureAwait(false))
            {
                counters.StoreRejects.Increment("unjudged");
            }
            else if (encode() is { } payload)
            {
                await store.KeepAsync(entry with { Payload = payload }).ConfigureAwait(false);
            }
            else
            {
                counters.StoreRejects.Increment("no_form");
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            counters.LastStoreFailure = exception.Message;
            counters.StoreRejects.Increment("no_form");
        }
        finally
        {
            Interlocked.Add(ref underWay, -size);
        }
    }
}

/// <summary>The answer of a query that a store has given.</summary>
/// <param name="Rows">The answer.</param>
/// <param name="Epoch">The log's epoch.</param>
/// <param name="Stamp">The last entry that was applied where it was loaded.</param>
/// <param name="Age">How long ago it was loaded.</param>
/// <param name="Lifetime">How long it may be used; null for ever.</param>
internal sealed record StoredRows(RowSet Rows, ulong Epoch, HlcStamp Stamp, TimeSpan Age, TimeSpan? Lifetime) : StoredAnswer(Epoch, Stamp, Age, Lifetime);

/// <summary>The result of a call that a store has given.</summary>
/// <param name="Held">What an entry holds of it.</param>
/// <param name="Bytes">About how many bytes that takes.</param>
/// <param name="Dependencies">What it depends on.</param>
/// <param name="Epoch">The log's epoch.</param>
/// <param name="Stamp">The last entry that was applied where it was loaded.</param>
/// <param name="Age">How long ago it was loaded.</param>
/// <param name="Lifetime">How long it may be used; null for ever.</param>
internal sealed record StoredResult(object Held, long Bytes, IReadOnlyList<DependencyPath> Dependencies, ulong Epoch, HlcStamp Stamp, TimeSpan Age, TimeSpan? Lifetime)
    : StoredAnswer(Epoch, Stamp, Age, Lifetime);

/// <summary>What a store has given.</summary>
/// <param name="Epoch">The log's epoch.</param>
/// <param name="Stamp">The last entry that was applied where it was loaded.</param>
/// <param name="Age">How long ago it was loaded.</param>
/// <param name="Lifetime">How long it may be used; null for ever.</param>
internal abstract record StoredAnswer(ulong Epoch, HlcStamp Stamp, TimeSpan Age, TimeSpan? Lifetime)
{
    /// <summary>How long it may be used if it may not become older than each of these.</summary>
    internal TimeSpan? LifetimeWithin(params ReadOnlySpan<TimeSpan?> limits)
    {
        var left = Lifetime;
        foreach (var limit in limits)
        {
            left = limit - Age is { } here && !(left <= here) ? here : left;
        }

        return left;
    }
}
