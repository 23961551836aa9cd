namespace ZooCache;

/// <summary>
/// One read of one key whose answer wasn't there, or has to be asked about: gets it from somebody who is loading it, or from the cache once the log has been
/// asked, or takes the turn to load it. Used by one caller at a time.
/// </summary>
internal sealed class EntryRead
{
    /// <summary>How many waits for others a read has before it loads for itself.</summary>
    private const int MostWaits = 2;

    /// <summary>The segments of a path that name what is written in one order: <c>ef / database / table</c>.</summary>
    private const int PartSegments = 3;

    private readonly ZooCache cache;
    private readonly ReadDemand demand;
    private readonly bool mayWait;
    private readonly bool isEarly;

    /// <param name="cache">The cache.</param>
    /// <param name="key">What is read.</param>
    /// <param name="demand">What is asked of the answer.</param>
    /// <param name="status">What a look-up has come to, if there was one.</param>
    /// <param name="fatal">The bump that has invalidated what it has found.</param>
    /// <param name="mayWait">Whether the caller may wait for others.</param>
    /// <param name="isEarly">Whether the node had only begun, so that there was no look-up.</param>
    internal EntryRead(ZooCache cache, CacheKey key, ReadDemand demand, LookupStatus status, FatalBump? fatal, bool mayWait, bool isEarly)
    {
        this.cache = cache;
        this.demand = demand;
        this.mayWait = mayWait && !demand.IsRefresh;
        this.isEarly = isEarly;
        Key = key;
        Status = status;
        Fatal = fatal;
    }

    internal CacheKey Key { get; }

    /// <summary>How long others are waited for; null for the cache's default.</summary>
    internal TimeSpan? FlightTimeout { get; init; }

    internal ReadDemand Demand => demand;

    /// <summary>What the newest look-up has come to.</summary>
    internal LookupStatus Status { get; private set; }

    /// <summary>The bump that has invalidated what was there; null if that isn't known, or wasn't so.</summary>
    internal FatalBump? Fatal { get; private set; }

    /// <summary>Why the cache has no part in this read; null as long as it has.</summary>
    internal string? Bypass { get; private set; }

    /// <summary>Whether the cache's node has only begun, so that a read has to wait for it.</summary>
    internal static bool IsEarly(ZooCache cache) => cache.Node is { IsPreparing: true };

    /// <summary>
    /// Waits for somebody who is loading the same answer, or takes the turn to load it. Gives an answer that has landed
    /// meanwhile; or the flight that the caller now leads, and must complete or abandon; or neither, and the caller loads
    /// for itself.
    /// </summary>
    /// <param name="async">Whether to wait without blocking.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async ValueTask<Turn> TakeTurnAsync(bool async, CancellationToken cancellationToken)
    {
        if (isEarly && !await IsReadyAsync(async, cancellationToken).ConfigureAwait(false))
        {
            return default;
        }

        if (demand is { AsksLog: true, IsRefresh: false })
        {
            if (await FindCurrentAsync(async, cancellationToken).ConfigureAwait(false) is { } found)
            {
                return new Turn(found, null);
            }

            if (Bypass is not null)
            {
                return default;
            }
        }

        for (var attempt = 0; ; attempt++)
        {
            var flight = cache.Flights.Join(Key, mayWait && attempt < MostWaits, out var role);
            if (role == FlightRole.Independent)
            {
                return default;
            }

            if (role == FlightRole.Leader)
            {
                if (demand.IsRefresh || demand.AsksLog || cache.TryGet(Key.Bytes, out var landed) != LookupStatus.Hit)
                {
                    return new Turn(null, flight);
                }

                // Another leader has landed between this caller's look-up and its flight.
                flight.Complete(landed);
                return new Turn(landed, null);
            }

            cache.Counters.FlightJoins.Increment();
            var timeout = FlightTimeout ?? cache.Options.FlightTimeout;
            var result = async
                ? await flight.WaitAsync(timeout, cancellationToken).ConfigureAwait(false)
                : flight.Wait(timeout, cancellationToken);
            if (result.Status == FlightStatus.TimedOut)
            {
                cache.Counters.FlightTimeouts.Increment();
            }

            if (result is { Status: FlightStatus.Completed, Entry: { } entry } && cache.IsUsable(entry)
                && (!demand.AsksLog || await IsCurrentAsync(entry, async, cancellationToken).ConfigureAwait(false)))
            {
                return new Turn(entry, null);
            }

            if (result.Failure is { } failure && !demand.AsksLog)
            {
                // Whoever goes on without it goes on because of what the leader has read, which isn't known here.
                CacheScope.Current?.Refuse("failed-elsewhere");
                failure.Throw();
            }

            // After a leader that was cancelled, somebody among the waiters takes over; also after one that has failed before the log was asked for this read.
            if (result.Status is not (FlightStatus.Abandoned or FlightStatus.Failed))
            {
                // Somebody may have set it meanwhile.
                return demand.AsksLog || cache.TryGet(Key.Bytes, out var set) != LookupStatus.Hit || !cache.IsUsable(set!) ? default : new Turn(set, null);
            }
        }
    }

    /// <summary>The answer, where a look-up alone couldn't give it; null if there is none, or it can't be told.</summary>
    internal async ValueTask<CacheEntry?> FindAsync(bool async, CancellationToken cancellationToken)
        => isEarly && !await IsReadyAsync(async, cancellationToken).ConfigureAwait(false) ? null
            : demand.AsksLog ? await FindCurrentAsync(async, cancellationToken).ConfigureAwait(false)
            : isEarly ? Look()
            : null;

    /// <summary>Whether the log confirms that nothing was missed up to now, as a strict answer needs it.</summary>
    internal ValueTask<bool> ConfirmAsync(bool async, CancellationToken cancellationToken) => Answer(cache.Node!.ConfirmAsync(), async, cancellationToken);

    /// <summary>Waits for an answer, with or without blocking.</summary>
    internal static ValueTask<T> Answer<T>(ValueTask<T> answer, bool async, CancellationToken cancellationToken)
        => answer.IsCompleted ? answer
            : async ? new ValueTask<T>(answer.AsTask().WaitAsync(cancellationToken))
            : new ValueTask<T>(answer.AsTask().GetAwaiter().GetResult());

    /// <summary>Waits, once at the beginning, until this node can tell whether an answer holds; false if it can't.</summary>
    private async ValueTask<bool> IsReadyAsync(bool async, CancellationToken cancellationToken)
    {
        var node = cache.Node!;
        var prepared = node.PreparedAsync();
        if (async)
        {
            await prepared.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            prepared.GetAwaiter().GetResult();
        }

        Bypass = node.IsConfirmed ? null : ReadReasons.LogUnconfirmed;
        return Bypass is null;
    }

    /// <summary>The answer that is there, once the log has been asked whether it still holds; null if there is none, or if the log can't tell.
    /// What isn't there isn't asked about.</summary>
    private async ValueTask<CacheEntry?> FindCurrentAsync(bool async, CancellationToken cancellationToken)
    {
        var found = Look();
        if (found is null)
        {
            return null;
        }

        var isCurrent = await IsCurrentAsync(found, async, cancellationToken).ConfigureAwait(false);
        if (ReferenceEquals(Look(), found) && isCurrent)
        {
            return found;
        }

        Status = Status == LookupStatus.Hit ? LookupStatus.Invalidated : Status;
        return null;
    }

    private CacheEntry? Look()
    {
        Status = cache.TryGet(Key.Bytes, out var entry, out var fatal);
        Fatal = fatal;
        return entry;
    }

    /// <summary>Whether an entry shows all that this read is to show. It may have been loaded before the read began.</summary>
    private async ValueTask<bool> IsCurrentAsync(CacheEntry entry, bool async, CancellationToken cancellationToken)
    {
        var node = cache.Node!;
        if (demand.IsStrict && !await ConfirmAsync(async, cancellationToken).ConfigureAwait(false))
        {
            Bypass = node.IsSuspect ? ReadReasons.LogSuspect : ReadReasons.LogUnconfirmed;
            return false;
        }

        foreach (var awaited in demand.Tokens)
        {
            if (awaited.IsGivenUp || !await Answer(node.ReachAsync(awaited.Token), async, cancellationToken).ConfigureAwait(false))
            {
                awaited.IsGivenUp = true;
                Bypass = ReadReasons.TokenUnknown;
                return false;
            }
        }

        // What was written in another order than it was told isn't known to be invalid before all of it was told: docs/adr/0013-nodes.md.
        return !demand.HasTokens
            ? cache.IsUsable(entry)
            : !entry.IsShared && TagTrie.IsUntouched(entry.Dependencies, PartSegments, entry.Oldest) && cache.IsUsable(entry);
    }
}

/// <summary>What came of asking for a turn.</summary>
internal readonly record struct Turn(CacheEntry? Entry, Flight? Flight);
