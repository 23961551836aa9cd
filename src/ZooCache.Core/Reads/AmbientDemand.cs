namespace ZooCache;

/// <summary>
/// What all reads of a cache are to show in a flow of control, besides what each of them asks for by itself: what a cached call promises, it can promise only if
/// everything does that it reads. Thread-safe: a flow may branch.
/// </summary>
internal sealed class AmbientDemand
{
    private static readonly AsyncLocal<AmbientDemand?> Current = new();
    private static volatile bool anyEntered;

    private readonly ZooCache cache;
    private readonly AmbientDemand? outer;
    private volatile bool isOver;

    private AmbientDemand(ZooCache cache, bool isStrict, AwaitedToken[] tokens, AmbientDemand? outer)
    {
        this.cache = cache;
        this.outer = outer;
        IsStrict = isStrict;
        Tokens = tokens;
    }

    /// <summary>Whether reads are to show all that was committed anywhere before they began.</summary>
    internal bool IsStrict { get; }

    /// <summary>The writes that reads are to show.</summary>
    internal AwaitedToken[] Tokens { get; }

    /// <summary>What is asked of the reads of a cache here; null if nothing is.</summary>
    internal static AmbientDemand? Of(ZooCache cache)
    {
        var demand = anyEntered ? Current.Value : null;
        while (demand is not null && (demand.isOver || demand.cache != cache))
        {
            demand = demand.outer;
        }

        return demand;
    }

    /// <summary>The current flow, and what it starts, asks this of all that it reads, until the result is disposed.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="demand">What is asked, together with what was asked already.</param>
    internal static Entered Enter(ZooCache cache, ReadDemand demand)
    {
        if (!demand.AsksLog)
        {
            return default;
        }

        anyEntered = true;
        var entered = new AmbientDemand(cache, demand.IsStrict, demand.Tokens, Current.Value);
        Current.Value = entered;
        return new Entered(entered);
    }

    /// <summary>Ends what <see cref="Enter"/> has begun.</summary>
    internal readonly struct Entered(AmbientDemand? entered) : IDisposable
    {
        public void Dispose()
        {
            if (entered is null)
            {
                return;
            }

            // Flows that were started meanwhile still have it.
            entered.isOver = true;
            if (Current.Value == entered)
            {
                Current.Value = entered.outer;
            }
        }
    }
}

/// <summary>A write that reads are to show. Thread-safe.</summary>
internal sealed class AwaitedToken(ConsistencyToken token)
{
    private volatile bool isGivenUp;

    internal ConsistencyToken Token => token;

    /// <summary>Whether it was waited for in vain. Others that it was handed on to don't wait again: the database answers them.</summary>
    internal bool IsGivenUp
    {
        get => isGivenUp;
        set => isGivenUp = value;
    }
}
