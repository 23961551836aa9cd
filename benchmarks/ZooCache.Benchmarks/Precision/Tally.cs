namespace ZooCache.Benchmarks.Precision;

/// <summary>What became of the entries of one shape at one kind of write: each entry counts once for each write.</summary>
internal sealed class Tally
{
    public long Changed { get; private set; }

    public long Unchanged { get; private set; }

    /// <summary>Of the unchanged, those that the cache still had.</summary>
    public long KeptByPrecise { get; private set; }

    /// <summary>Of the unchanged, those that table-level invalidation still had.</summary>
    public long KeptByTable { get; private set; }

    /// <summary>Of the unchanged, those that only the precise cache still had.</summary>
    public long Spared { get; private set; }

    /// <summary>Answers handed out, of either kind, that the database would not have given.</summary>
    public long Stale { get; private set; }

    public double? Precise => Share(KeptByPrecise, Unchanged);

    public double? Table => Share(KeptByTable, Unchanged);

    /// <summary>How many of those that table-level invalidation dropped for nothing were kept.</summary>
    public double? SparedShare => Share(Spared, Unchanged - KeptByTable);

    public void AddChanged() => Changed++;

    public void AddStale() => Stale++;

    public void AddUnchanged(bool keptByPrecise, bool keptByTable)
    {
        Unchanged++;
        KeptByPrecise += keptByPrecise ? 1 : 0;
        KeptByTable += keptByTable ? 1 : 0;
        Spared += keptByPrecise && !keptByTable ? 1 : 0;
    }

    public static Tally Sum(IEnumerable<Tally> tallies)
    {
        var sum = new Tally();
        foreach (var tally in tallies)
        {
            sum.Changed += tally.Changed;
            sum.Unchanged += tally.Unchanged;
            sum.KeptByPrecise += tally.KeptByPrecise;
            sum.KeptByTable += tally.KeptByTable;
            sum.Spared += tally.Spared;
            sum.Stale += tally.Stale;
        }

        return sum;
    }

    private static double? Share(long part, long all) => all == 0 ? null : (double)part / all;
}
