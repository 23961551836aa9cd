using ZooCache.Codec;

namespace ZooCache;

/// <summary>
/// What this node keeps in a store for others, and finds there of theirs. Nothing throws, nobody waits longer than the time allowed, and nobody waits at all for an entry
/// to be kept. Thread-safe.
/// </summary>
/// <remarks>What is found is an entry, of the key that was asked for, that hasn't expired; whether its answer may be used is for <see cref="CacheNode.MayUse"/>
/// to say.</remarks>
internal sealed class SharedStore(ICacheStore store, StoreOptions limits, TimeProvider time, CacheCounters counters)
{
    /// <summary>The most entries that are on their way at once; beyond them none is kept.</summary>
    internal const int MostUnderWay = 256;

    private readonly CircuitBreaker breaker = new(time);
    private int underWay;

    internal bool IsReachable => !breaker.IsOpen;

    /// <summary>The entry of a key; null if there is none of use, which is counted by its reason.</summary>
    internal async ValueTask<StoredEntry?> FindAsync(ReadOnlyMemory<byte> key)
    {
        var (entry, reason) = await LookAsync(key).ConfigureAwait(false);
        if (entry is null)
        {
            counters.StoreMisses.Increment(reason);
            return null;
        }

        return entry;
    }

    /// <summary>Keeps an entry, unless it is too long or the store has too much to do. Ends once it is kept, or that is given up.</summary>
    internal Task KeepAsync(StoredEntry entry)
    {
        var left = entry.ExpiresAt == StoredEntry.Never ? limits.Expiration : TimeSpan.FromMilliseconds(Math.Min(entry.ExpiresAt - Now, limits.Expiration.TotalMilliseconds));
        if (left <= TimeSpan.Zero)
        {
            counters.StoreRejects.Increment("expired");
            return Task.CompletedTask;
        }

        var bytes = entry.Dependencies.Count > StoredEntry.MostDependencies ? null : entry.Encode();
        if (bytes is null || bytes.Length > limits.MaximumEntryBytes)
        {
            counters.StoreRejects.Increment("too_large");
        }
        else if (Interlocked.Increment(ref underWay) > MostUnderWay)
        {
            Interlocked.Decrement(ref underWay);
            counters.StoreRejects.Increment("busy");
        }
        else
        {
            return SendAsync(EntryName.Of(entry.Key.Span), bytes, left);
        }

        return Task.CompletedTask;
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async ValueTask<(StoredEntry? Entry, string Reason)> LookAsync(ReadOnlyMemory<byte> key)
    {
        if (!breaker.TryPass())
        {
            return (null, "unreachable");
        }

        ReadOnlyMemory<byte>? found;
        try
        {
            found = await WithinAsync(store.GetAsync(EntryName.Of(key.Span))).ConfigureAwait(false);
            Succeeded();
        }
        catch (Exception exception)
        {
            Failed(exception);
            return (null, "failed");
        }

        return found is not { } bytes ? (null, "absent")
            : bytes.Length > limits.MaximumEntryBytes ? (null, "too_large")
            : StoredEntry.TryDecode(bytes) is not { } entry ? (null, "unreadable")
            : !entry.Key.Span.SequenceEqual(key.Span) ? (null, "other_key")
            : entry.ExpiresAt <= Now ? (null, "expired")
            : (entry, "");
    }

    private async Task SendAsync(EntryName name, ReadOnlyMemory<byte> bytes, TimeSpan expiration)
    {
        try
        {
            if (breaker.TryPass())
            {
                await WithinAsync(Awaited(store.SetAsync(name, bytes, expiration))).ConfigureAwait(false);
                Succeeded();
                counters.StoreKept.Increment();
            }
            else
            {
                counters.StoreRejects.Increment("unreachable");
            }
        }
        catch (Exception exception)
        {
            Failed(exception);
            counters.StoreRejects.Increment("failed");
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }

        static async ValueTask<bool> Awaited(ValueTask task)
        {
            await task.ConfigureAwait(false);
            return true;
        }
    }

    private void Succeeded()
    {
        breaker.Succeeded();
        counters.StoreWorked();
    }

    private void Failed(Exception exception)
    {
        breaker.Failed();
        counters.StoreFailed(exception is TimeoutException ? $"The store hasn't answered within {limits.RequestTimeout} ({nameof(StoreOptions)}.{nameof(StoreOptions.RequestTimeout)})." : exception.Message);
    }

    private ValueTask<T> WithinAsync<T>(ValueTask<T> request)
        => request.IsCompleted ? request : new ValueTask<T>(request.AsTask().WaitAsync(limits.RequestTimeout, time));
}
