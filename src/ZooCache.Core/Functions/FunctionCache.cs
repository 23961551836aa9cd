using System.Runtime.CompilerServices;
using ZooCache.Values;

namespace ZooCache;

/// <summary>
/// Keeps the results of the application's calls in a cache. Thread-safe.
/// </summary>
/// <remarks>
/// The order of a call: its fence is read and its nodes are pinned, then the call runs, then its scope is closed, and its result is offered to the cache, which
/// refuses it if anything that it depends on was bumped since it was read, or is marked. The result of a call that isn't kept is handed out all the same.
/// </remarks>
internal sealed class FunctionCache(ZooCache cache)
{
    private const string OtherType = "other-type";

    private readonly StoredResults? stored = cache.Answers is { } answers ? new StoredResults(cache, answers) : null;

    /// <summary>What a call comes to: from the cache, or by running it.</summary>
    internal ValueTask<T> GetOrCreateAsync<TState, T>(
        KeyBuffer key, TState state, Func<TState, CacheScope, CancellationToken, ValueTask<T>> create, CacheEntryOptions options, bool async, CancellationToken cancellationToken)
        => TryGet<T>(key, options, out var value, out var read, out var reason)
            ? new ValueTask<T>(value)
            : CreateAsync(read, reason, state, create, options, async, cancellationToken);

    /// <summary>As the other, synchronously.</summary>
    internal T GetOrCreate<TState, T>(KeyBuffer key, TState state, Func<TState, CacheScope, T> create, CacheEntryOptions options)
    {
        if (TryGet<T>(key, options, out var value, out var read, out var reason))
        {
            return value;
        }

        // Nothing is awaited that isn't complete.
        var created = CreateAsync(
            read, reason, (create, state), static (call, scope, _) => new ValueTask<T>(call.create(call.state, scope)), options, async: false, CancellationToken.None);
        return created.IsCompleted ? created.Result : created.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>What there is under a key.</summary>
    internal async ValueTask<CacheResult<T>> GetAsync<T>(EntryRead? read, string reason, CacheEntryOptions options, bool async, CancellationToken cancellationToken)
    {
        if (read is not null && !read.Demand.IsRefresh)
        {
            if (await read.FindAsync(async, cancellationToken).ConfigureAwait(false) is { } entry)
            {
                if (HeldValue.TryRead<T>(entry.Value, out var value))
                {
                    Served(entry, options);
                    return new CacheResult<T>(value);
                }

                reason = OtherType;
            }
            else
            {
                reason = read.Bypass ?? ReasonOf(read);
            }
        }

        Missed(read, reason);
        if (read is not null && options.PropagatesDependencies && CacheScope.Current is { } scope)
        {
            // That nothing was there is what the result depends on, then.
            scope.Add(cache, [new DependencyPath(CallPaths.Of(read.Key.Bytes), Subtree: false)], scope.Fence);
        }

        return new CacheResult<T>(reason, read?.Fatal is { } fatal ? Describe(fatal) : null);
    }

    /// <summary>A look-up alone; what to do about it, if there is nothing to hand out.</summary>
    /// <param name="key">The key, which is free again afterwards.</param>
    /// <param name="options">What is asked.</param>
    /// <param name="value">The value, if it is there.</param>
    /// <param name="read">How to go on; null if the cache has no part in this.</param>
    /// <param name="reason">Why there is nothing.</param>
    internal bool TryGet<T>(KeyBuffer key, CacheEntryOptions options, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T value, out EntryRead? read, out string reason)
    {
        value = default;
        read = null;
        var isEarly = EntryRead.IsEarly(cache);
        if (!cache.Enabled || (!isEarly && cache.Node is { IsConfirmed: false }))
        {
            reason = cache.Enabled ? ReadReasons.LogUnconfirmed : ReadReasons.Disabled;
            return false;
        }

        if (isEarly)
        {
            cache.Node!.Prepare();
            isEarly = EntryRead.IsEarly(cache);
        }

        var demand = ReadDemand.Of(cache, options.Refresh, options.Consistency, options.AsOf);
        var status = LookupStatus.NotFound;
        FatalBump? fatal = null;
        var isOfOtherType = false;
        var began = CacheMeasurements.BeginHit();
        if (!isEarly && !demand.AsksLog && !demand.IsRefresh)
        {
            status = cache.TryGet(key.Written, out var entry, out fatal);
            if (entry is not null && HeldValue.TryRead(entry.Value, out value))
            {
                Served(entry, options, began);
                reason = "";
                return true;
            }

            isOfOtherType = entry is not null;
        }

        // What is of another type is replaced.
        read = new EntryRead(cache, new CacheKey(key.Written), isOfOtherType ? demand with { IsRefresh = true } : demand, status, fatal, mayWait: true, isEarly)
        {
            FlightTimeout = options.FlightTimeout,
        };
        reason = isOfOtherType ? OtherType : ReasonOf(read);
        return false;
    }

    /// <summary>Puts a value under a key. What stood there, also what is under way, ends on all nodes.</summary>
    /// <returns>What the other nodes are told; null if there are none.</returns>
    internal Publication? Set<T>(CacheKey key, T value, CacheEntryOptions options)
    {
        ResultType<T>.ThrowIfYetToCome();
        var told = Remove(key);
        using var fill = BeginFill(key, options);
        Keep(fill, scope: null, value, options);
        return told;
    }

    /// <summary>Ends what stands under a key, and what is under way, on all nodes.</summary>
    /// <returns>What the other nodes are told; null if there are none.</returns>
    internal Publication? Remove(CacheKey key)
    {
        var told = cache.Publish([CallPaths.Of(key.Bytes)], nameof(Remove));
        cache.TryGet(key.Bytes, out _);
        return told;
    }

    /// <summary>Goes on where a look-up alone came to nothing.</summary>
    internal async ValueTask<T> CreateAsync<TState, T>(
        EntryRead? read, string reason, TState state, Func<TState, CacheScope, CancellationToken, ValueTask<T>> create, CacheEntryOptions options, bool async,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ResultType<T>.ThrowIfYetToCome();
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var turn = read is null ? default : await read.TakeTurnAsync(async, cancellationToken).ConfigureAwait(false);
        if (turn.Entry is { } entry && HeldValue.TryRead<T>(entry.Value, out var value))
        {
            Served(entry, options);
            return value;
        }

        if (read is { Bypass: null } && stored is not null
            && await stored.FindAsync<T>(read, others => BeginFill(read.Key, options, others), options, async, cancellationToken).ConfigureAwait(false) is { } made
            && HeldValue.TryRead<T>(made.Value, out value))
        {
            cache.Counters.StoreHits.Increment();
            turn.Flight?.Complete(made);
            Served(made, options);
            return value;
        }

        Missed(read, read is null ? reason : read.Bypass ?? (reason == OtherType ? reason : ReasonOf(read)));
        using var flow = turn.Flight?.EnterFlow();
        var fill = read is null or { Bypass: not null } ? null : cache.BeginFill(read.Key, PathsOf(read.Key, options), after: read.Fatal);
        if (fill is not null)
        {
            turn.Flight?.Started(fill);
        }

        try
        {
            return await RunAsync(read, fill, turn.Flight, state, create, options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            fill?.Dispose();
            turn.Flight?.Abandon();
        }
    }

    private async ValueTask<T> RunAsync<TState, T>(
        EntryRead? read, Fill? fill, Flight? flight, TState state, Func<TState, CacheScope, CancellationToken, ValueTask<T>> create, CacheEntryOptions options,
        CancellationToken cancellationToken)
    {
        var key = read?.Key;
        var demand = read?.Demand ?? ReadDemand.Of(cache, options.Refresh, options.Consistency, options.AsOf);
        var scope = CacheScope.Begin(cache, key, options.KeyNamesContext, fill?.Fence ?? cache.Trie.Sequence, flight);
        CacheEntry? entry = null;
        try
        {
            T value;
            using (scope.Enter())
            using (AmbientDemand.Enter(cache, demand))
            {
                value = await create(state, scope, cancellationToken).ConfigureAwait(false);
            }

            if (cancellationToken.IsCancellationRequested)
            {
                // It may have made of it what it could.
                scope.Refuse("cancelled");
            }
            else
            {
                entry = fill is null ? null : Keep(fill, scope, value, options);
                flight?.Complete(entry);
                if (entry is not null)
                {
                    stored?.Keep<T>(entry, options);
                }
            }

            return value;
        }
        catch (Exception exception)
        {
            // What was cancelled by its own caller, however that shows, is for the next one to make, and so is what isn't for others. What failed would fail again.
            if (!cancellationToken.IsCancellationRequested && scope.Problem is null)
            {
                flight?.Fail(exception);
            }

            throw;
        }
        finally
        {
            // Also where it failed: whoever goes on without it goes on because of what it has read.
            scope.Close();
            HandOn(scope, entry, key, options);
        }
    }

    private void HandOn(CacheScope scope, CacheEntry? entry, CacheKey? key, CacheEntryOptions options)
    {
        if (!options.PropagatesDependencies)
        {
            scope.HandOnProblems();
        }
        else if (entry is not null)
        {
            scope.Outer?.Add(cache, entry);
        }
        else
        {
            scope.HandOn(PathsOf(key, options), options.Lifetime.Or(cache.Options.DefaultExpiration).Absolute);
        }
    }

    private CacheEntry? Keep<T>(Fill fill, CacheScope? scope, T value, CacheEntryOptions options)
    {
        // Whatever still runs says nothing more of it.
        var read = scope?.Close();
        if (scope?.Problem is { } problem)
        {
            cache.Counters.FillsRejected.Increment(problem);
            return null;
        }

        if (options.KeepsNothing)
        {
            cache.RecordDeclined();
            return null;
        }

        (object Held, long Bytes)? form;
        try
        {
            form = value is null || options.Form is null ? HeldValue.Hold(value, options.SharesValue) : options.Form.Hold(value);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Never in the way: the caller has its value. A value may also be changed by somebody else while it is copied.
            cache.Counters.FillsRejected.Increment("not-copyable");
            cache.Counters.LastValueProblem =
                $"A result of the type {value!.GetType()} isn't kept, because it can't be kept from being changed. {exception.Message} Return something else, or say {nameof(CacheEntryOptions)}.{nameof(CacheEntryOptions.SharesValue)} if nobody changes it.";
            return null;
        }

        if (form is not var (held, bytes))
        {
            cache.Counters.FillsRejected.Increment(ZooCacheMetrics.Reason(StoreOutcome.TooLarge));
            return null;
        }

        fill.Read = read;
        fill.IsShared = scope is { IsShared: true };
        fill.VariesByContext = scope is { VariesByContext: true };
        cache.Store(fill, held, bytes, LifetimeOf(scope, options), out var entry);
        return entry;
    }

    private EntryLifetime LifetimeOf(CacheScope? scope, CacheEntryOptions options)
    {
        var lifetime = options.Lifetime.Or(cache.Options.DefaultExpiration);
        if (scope is null or { ExpiresAt: EntryClock.Never })
        {
            return lifetime;
        }

        var left = cache.Clock.Span(Math.Max(scope.ExpiresAt - cache.Clock.Now, 0));
        return lifetime with { Absolute = lifetime.Absolute < left ? lifetime.Absolute : left };
    }

    private Fill BeginFill(CacheKey key, CacheEntryOptions options) => cache.BeginFill(key, PathsOf(key, options));

    private Fill BeginFill(CacheKey key, CacheEntryOptions options, IEnumerable<DependencyPath> others) => cache.BeginFill(key, [.. PathsOf(key, options).Union(others)]);

    private static DependencyPath[] PathsOf(CacheKey? key, CacheEntryOptions options)
    {
        var tags = options.Paths;
        var paths = new DependencyPath[tags.Length + (key is null ? 0 : 1)];
        for (var i = 0; i < tags.Length; i++)
        {
            paths[i] = new DependencyPath(tags[i], Subtree: false);
        }

        if (key is not null)
        {
            paths[^1] = new DependencyPath(CallPaths.Of(key.Bytes), Subtree: false);
        }

        return paths;
    }

    private void Served(CacheEntry entry, CacheEntryOptions options, long began = 0)
    {
        cache.RecordHit(entry, began);
        if (CacheScope.Current is not { } scope)
        {
            return;
        }

        if (options.PropagatesDependencies)
        {
            scope.Add(cache, entry);
        }
        else if (entry.VariesByContext)
        {
            scope.Varies();
        }
    }

    private void Missed(EntryRead? read, string reason)
    {
        if (read is null or { Bypass: not null })
        {
            cache.RecordBypass(reason);
        }
        else
        {
            cache.RecordMiss(reason);
        }
    }

    private static string ReasonOf(EntryRead read) => read.Demand.IsRefresh ? "refresh" : read.Status switch
    {
        LookupStatus.Invalidated => "invalidated",
        LookupStatus.Expired => "expired",
        _ => "not-found",
    };

    private static string Describe(FatalBump fatal)
    {
        var tag = fatal.Dependency.Node.Path.ToString();
        return fatal.Cause is { } cause ? $"{cause} of {(tag.Length == 0 ? "everything" : tag)}" : tag;
    }
}
