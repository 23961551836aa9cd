using ZooCache.Benchmarks.Ratios;

namespace ZooCache.Benchmarks.Bumps;

/// <summary>A cache that holds so many entries.</summary>
internal sealed class LiveEntries : IDisposable
{
    /// <summary>
    /// So many bumps are timed at once: each of another row and another customer, however few there are. Repeated bumps of a
    /// handful of nodes would find them in the processor's nearest cache, and tell nothing of a bump that comes alone.
    /// </summary>
    private const int Block = 250;

    private readonly ZooCache cache = new(new ZooCacheOptions { ByteBudget = 8L << 30, SweepInterval = TimeSpan.FromDays(1), MaximumAge = null });
    private readonly Random random = new(1);
    private readonly TagPath[][] paths = new TagPath[Block][];

    public LiveEntries(int count)
    {
        Count = count;
        var value = new object();
        for (var i = 0; i < count; i++)
        {
            var fill = cache.BeginFill(new CacheKey(BitConverter.GetBytes(i)), BumpTarget.DependenciesOf(i));
            if (cache.Store(fill, value, size: 100, default, out _) is var outcome and not StoreOutcome.Stored)
            {
                throw new InvalidOperationException($"Entry {i} was to be stored, but: {outcome}.");
            }
        }
    }

    public int Count { get; }

    public (int Entries, int Nodes) Held => (cache.GetStatistics().Entries, cache.Trie.NodeCount);

    public void Dispose() => cache.Dispose();

    /// <summary>The nodes that each bump of a block writes: the fewest and the most.</summary>
    public (int Fewest, int Most) Visits(BumpTarget target)
    {
        Draw(target);
        var (visits, fewest, most) = (0, int.MaxValue, 0);
        cache.Trie.VisitProbe = () => visits++;
        foreach (var path in paths)
        {
            visits = 0;
            cache.Trie.Bump(path);
            (fewest, most) = (Math.Min(fewest, visits), Math.Max(most, visits));
        }

        cache.Trie.VisitProbe = null;
        return (fewest, most);
    }

    /// <summary>The time of a bump, over a block.</summary>
    public double Nanoseconds(BumpTarget target)
    {
        Draw(target);
        var started = ThreadTime.Seconds;
        foreach (var path in paths)
        {
            cache.Trie.Bump(path);
        }

        return (ThreadTime.Seconds - started) / Block * 1e9;
    }

    private void Draw(BumpTarget target)
    {
        var drawn = new HashSet<int>();
        while (drawn.Count < Block)
        {
            drawn.Add(random.Next(Count / BumpTarget.OrdersPerCustomer) * BumpTarget.OrdersPerCustomer);
        }

        var i = 0;
        foreach (var n in drawn)
        {
            paths[i++] = target.PathsOf(n);
        }
    }
}
