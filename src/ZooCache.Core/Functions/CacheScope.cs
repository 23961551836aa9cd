namespace ZooCache;

/// <summary>
/// A cached call under way: collects what its result depends on. Queries of Entity Framework Core, and other cached calls, that run within it say so by
/// themselves (<see cref="CacheEntryOptions.PropagatesDependencies"/>); everything else is named by <see cref="DependsOn(ReadOnlySpan{string})"/>. Thread-safe: a call may run in several
/// flows at once.
/// </summary>
/// <remarks>
/// A tag counts from the beginning of the call, whenever it is named: a result that was begun before an invalidation is not kept after it.
/// </remarks>
public sealed class CacheScope
{
    /// <summary>How deep one call may be within itself.</summary>
    internal const int DeepestRecursion = 8;

    private static readonly AsyncLocal<CacheScope?> Ambient = new();
    private static volatile bool anyEntered;

    private readonly Lock gate = new();
    private readonly ZooCache cache;
    private readonly CacheScope? outer;
    private readonly CacheKey? key;
    private readonly bool keyNamesContext;
    private readonly Flight? flight;
    private readonly HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
    private List<ReadDependencies>? read;
    private long expiresAt = EntryClock.Never;
    private bool isClosed;

    private CacheScope(ZooCache cache, CacheKey? key, bool keyNamesContext, CacheScope? outer, long fence, Flight? flight)
    {
        this.cache = cache;
        this.key = key;
        this.keyNamesContext = keyNamesContext;
        this.outer = outer;
        this.flight = flight;
        Fence = fence;
    }

    /// <summary>The innermost cached call that the current flow of control is in; null if it is in none, or that is over.</summary>
    public static CacheScope? Current
    {
        get
        {
            // Where nothing is cached by calls, nobody pays for them.
            return anyEntered ? Open(Ambient.Value) : null;
        }
    }

    /// <summary>The call that this one is in; null if there is none, or if they are over.</summary>
    internal CacheScope? Outer => Open(outer);

    /// <summary>The sequence before the call.</summary>
    internal long Fence { get; }

    /// <summary>Why the result isn't kept; null if nothing speaks against it.</summary>
    internal string? Problem { get; private set; }

    /// <summary>Whether what went into the result was loaded by somebody else, perhaps long before.</summary>
    internal bool IsShared { get; private set; }

    /// <summary>Whether what went into the result differs by the context that it was read through, as the key says.</summary>
    internal bool VariesByContext { get; private set; }

    /// <summary>When the first of the results that went into this one expires.</summary>
    internal long ExpiresAt => expiresAt;

    /// <summary>Says that the result depends on tags, such as <c>user:42:orders</c>, and the tags above them.</summary>
    /// <param name="tags">The tags; see <see cref="TagPath.Parse"/>. A segment that comes from outside is best put together by <see cref="TagPath.Of(ReadOnlySpan{string})"/>.</param>
    /// <exception cref="ArgumentException">A tag is null or empty.</exception>
    /// <exception cref="FormatException">One of them is not a tag.</exception>
    /// <exception cref="InvalidOperationException">The call is over.</exception>
    public void DependsOn(params ReadOnlySpan<string> tags)
    {
        foreach (var tag in tags)
        {
            DependsOn(TagPath.Parse(tag));
        }
    }

    /// <summary>Says that the result depends on a tag, and the tags above it.</summary>
    /// <param name="tag">The tag.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tag"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The call is over.</exception>
    public void DependsOn(TagPath tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        lock (gate)
        {
            ThrowIfClosed();
            (read ??= []).Add(new ReadDependencies([new DependencyPath(tag, Subtree: false)], [], Fence));
        }
    }

    /// <summary>Says that the result is not to be kept. Whoever waits for it makes one for himself.</summary>
    /// <exception cref="InvalidOperationException">The call is over.</exception>
    public void DontCache()
    {
        lock (gate)
        {
            ThrowIfClosed();
            Problem ??= "declined";
        }
    }

    /// <summary>Says how long the result may be served at most; the shortest of several counts.</summary>
    /// <param name="duration">From now on. What is zero or negative keeps the result from being kept.</param>
    /// <exception cref="InvalidOperationException">The call is over.</exception>
    public void ExpiresAfter(TimeSpan duration)
    {
        if (duration <= TimeSpan.Zero)
        {
            DontCache();
            return;
        }

        lock (gate)
        {
            ThrowIfClosed();
        }

        ExpiresWithin(duration);
    }

    /// <summary>Something went into the result that is to be used for so long.</summary>
    internal void ExpiresWithin(TimeSpan? duration)
    {
        var end = cache.Clock.After(cache.Clock.Now, duration);
        lock (gate)
        {
            expiresAt = Math.Min(expiresAt, end);
        }
    }

    /// <summary>Begins a call. Its flow is in it once it is entered.</summary>
    /// <exception cref="InvalidOperationException">The call is within itself too often to ever come to its end.</exception>
    internal static CacheScope Begin(ZooCache cache, CacheKey? key, bool keyNamesContext, long fence, Flight? flight)
    {
        var current = Current;
        var depth = 0;
        for (var scope = current; scope is not null && key is not null; scope = scope.Outer)
        {
            depth += scope.cache == cache && key.Equals(scope.key) ? 1 : 0;
        }

        return depth < DeepestRecursion
            ? new CacheScope(cache, key, keyNamesContext, current, fence, flight)
            : throw new InvalidOperationException($"A cached call asks for its own result, {DeepestRecursion} calls deep. Give what it calls a key of its own.");
    }

    /// <summary>The current flow, and what it starts, is in the call until this is disposed.</summary>
    internal Entered Enter()
    {
        anyEntered = true;
        var before = Ambient.Value;
        Ambient.Value = this;
        return new Entered(before);
    }

    /// <summary>An answer of the cache went into the result.</summary>
    internal void Add(ZooCache from, CacheEntry entry)
    {
        if (!IsOf(from))
        {
            return;
        }

        // Before the entry's lifetime: it is judged once more at the end.
        var validAt = entry.ValidAt;
        lock (gate)
        {
            if (!isClosed && seen.Add(entry))
            {
                (read ??= []).Add(new ReadDependencies([], entry.Dependencies, validAt) { Oldest = entry.Oldest });
                expiresAt = Math.Min(expiresAt, entry.ExpiresAt);
                IsShared |= entry.IsShared;
            }
        }

        if (entry.VariesByContext)
        {
            Varies();
        }
    }

    /// <summary>What goes into the result differs by the context that it is read through.</summary>
    internal void Varies()
    {
        if (keyNamesContext)
        {
            VariesByContext = true;
        }
        else
        {
            Refuse("context-varies");
        }
    }

    /// <summary>True the first time that the call meets something.</summary>
    internal bool Meets(object something)
    {
        lock (gate)
        {
            return seen.Add(something);
        }
    }

    /// <summary>Something went into the result that depends on paths and was read no earlier than at a sequence.</summary>
    internal void Add(ZooCache from, DependencyPath[] paths, long fence) => Add(from, new ReadDependencies(paths, [], fence));

    /// <summary>As the other, of nodes that are, or were, pinned.</summary>
    internal void Add(ZooCache from, Dependency[] nodes, long fence) => Add(from, new ReadDependencies([], nodes, fence));

    /// <summary>Something went into the result of which it isn't known when it changes.</summary>
    internal void Refuse(string reason)
    {
        lock (gate)
        {
            if (!isClosed)
            {
                Problem ??= reason;
            }
        }
    }

    /// <summary>The call goes on for long, and there will be nothing to share: whoever waits for it doesn't any more.</summary>
    internal void LetOthersGo() => flight?.Complete(null);

    /// <summary>The call is over: what it depends on, as far as that was collected.</summary>
    internal IReadOnlyList<ReadDependencies> Close()
    {
        lock (gate)
        {
            isClosed = true;
            return read ?? [];
        }
    }

    /// <summary>Hands on to the call that this one is in, if there is one, what speaks against keeping a result that has this one's in it.</summary>
    internal void HandOnProblems()
    {
        if (Problem is { } problem)
        {
            Outer?.Refuse(problem);
        }

        if (VariesByContext)
        {
            Outer?.Varies();
        }
    }

    /// <summary>Hands on to the call that this one is in, if there is one, what this one's result depends on, though it isn't kept.</summary>
    /// <param name="paths">What it depends on besides.</param>
    /// <param name="expiration">How long it would be kept.</param>
    internal void HandOn(DependencyPath[] paths, TimeSpan? expiration)
    {
        if (Outer is not { } outer)
        {
            return;
        }

        HandOnProblems();
        outer.Add(cache, paths, Fence);
        foreach (var one in Close())
        {
            outer.Add(cache, one);
        }

        outer.ExpiresWithin(expiration);
        lock (outer.gate)
        {
            outer.expiresAt = Math.Min(outer.expiresAt, expiresAt);
            outer.IsShared |= IsShared;
        }
    }

    private void Add(ZooCache from, ReadDependencies one)
    {
        if (!IsOf(from))
        {
            return;
        }

        lock (gate)
        {
            if (!isClosed)
            {
                (read ??= []).Add(one);
            }
        }
    }

    private static CacheScope? Open(CacheScope? scope)
    {
        while (scope is { isClosed: true })
        {
            scope = scope.outer;
        }

        return scope;
    }

    /// <summary>Of what another cache knows this one hears nothing.</summary>
    private bool IsOf(ZooCache from)
    {
        if (from == cache)
        {
            return true;
        }

        Refuse("other-cache");
        return false;
    }

    private void ThrowIfClosed()
    {
        if (isClosed)
        {
            throw new InvalidOperationException("The cached call is over: name what its result depends on before it returns.");
        }
    }

    /// <summary>Ends the flow's being in a call. Dispose it in the method that entered.</summary>
    internal readonly struct Entered(CacheScope? before) : IDisposable
    {
        public void Dispose() => Ambient.Value = before;
    }
}

/// <summary>What something depends on that was read, and a sequence at which it was right.</summary>
/// <param name="Paths">The paths, or none.</param>
/// <param name="Nodes">The nodes, or none. They needn't be pinned any more.</param>
/// <param name="Fence">The sequence.</param>
internal sealed record ReadDependencies(DependencyPath[] Paths, Dependency[] Nodes, long Fence)
{
    /// <summary>The sequence before the first of it was read.</summary>
    internal long Oldest { get; init; } = Fence;
}
