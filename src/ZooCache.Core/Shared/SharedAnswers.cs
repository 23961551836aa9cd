using ZooCache.Codec;
using ZooCache.RowSets;

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

        return new StoredRows(rows!, entry.Epoch, entry.Stamp, Span(Math.Max(Now - entry.LoadedAt, 0)), entry.ExpiresAt == StoredEntry.Never ? null : Span(entry.ExpiresAt - Now));
    }

    /// <summary>Compressors may be the application's.</summary>
    private bool TryDecode(StoredEntry entry, RowLayout layout, out RowSet? rows)
    {
        try
        {
            return codec.TryDecode(entry.Payload, layout, maximumResultBytes, out rows) == PayloadFault.None;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            counters.LastStoreFailure = exception.Message;
            rows = null;
            return false;
        }
    }

    /// <summary>Whether an answer may be used, as far as this node knows; counted.</summary>
    /// <param name="rows">The answer.</param>
    /// <param name="fill">What it is to be stored by, begun before the store was asked.</param>
    /// <param name="unneeded">The indexes of dependencies that the answer turned out not to have.</param>
    internal bool MayUse(StoredRows rows, Fill fill, ReadOnlySpan<int> unneeded)
    {
        var paths = fill.Paths;
        if (!unneeded.IsEmpty)
        {
            var needed = new List<DependencyPath>(paths.Length);
            for (var i = 0; i < paths.Length; i++)
            {
                if (!unneeded.Contains(i))
                {
                    needed.Add(paths[i]);
                }
            }

            paths = [.. needed];
        }

        if (!node.MayUse(fill, paths, rows.Epoch, rows.Stamp))
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
    {
        var (epoch, stamp) = node.SeenAt(fence);
        if (stamp == HlcStamp.None || lifetime <= TimeSpan.Zero)
        {
            counters.StoreRejects.Increment("unjudged");
        }
        else if (Interlocked.Add(ref underWay, rows.Size) > MostBytesUnderWay)
        {
            Interlocked.Add(ref underWay, -rows.Size);
            counters.StoreRejects.Increment("busy");
        }
        else
        {
            using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
            {
                _ = Task.Run(() => KeepAsync(key, rows, epoch, stamp, Now - (long)age.TotalMilliseconds, lifetime is { } left ? Now + (long)Math.Min(left.TotalMilliseconds, Longest) : StoredEntry.Never));
            }
        }
    }

    private static TimeSpan Span(long milliseconds) => TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, -Longest, Longest));

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task KeepAsync(ReadOnlyMemory<byte> key, RowSet rows, ulong epoch, HlcStamp stamp, long loadedAt, long expiresAt)
    {
        try
        {
            if (!await node.VouchedAsync(epoch, stamp).ConfigureAwait(false))
            {
                counters.StoreRejects.Increment("unjudged");
            }
            else if (codec.Encode(rows) is { } payload)
            {
                await store.KeepAsync(new StoredEntry(epoch, stamp, loadedAt, expiresAt, key, [], payload)).ConfigureAwait(false);
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
            Interlocked.Add(ref underWay, -rows.Size);
        }
    }
}

/// <summary>An answer that a store has given.</summary>
/// <param name="Rows">The answer.</param>
/// <param name="Epoch">The log's epoch.</param>
/// <param name="Stamp">The last entry that was applied where it was loaded.</param>
/// <param name="Age">How long ago it was loaded.</param>
/// <param name="Lifetime">How long it may be used; null for ever.</param>
internal sealed record StoredRows(RowSet Rows, ulong Epoch, HlcStamp Stamp, TimeSpan Age, TimeSpan? Lifetime)
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
