namespace ZooCache;

/// <summary>By what way invalidations come.</summary>
internal enum InvalidationFeed
{
    /// <summary>The application has named tags.</summary>
    Application,

    /// <summary>Something was written here.</summary>
    Write,

    /// <summary>Another node has told, or the log has.</summary>
    Log,
}

/// <summary>How much an invalidation concerns, from most to least.</summary>
internal enum InvalidationPrecision
{
    /// <summary>The root.</summary>
    Everything,

    /// <summary>All tables.</summary>
    Database,

    /// <summary>All of a table.</summary>
    Table,

    /// <summary>All values of one set of columns of a table, or its new rows.</summary>
    Family,

    /// <summary>The rows with one value.</summary>
    Value,

    /// <summary>What the application names itself.</summary>
    Tag,
}

/// <summary>Invalidated tags, by the way they came and by how much they concern. Thread-safe.</summary>
internal sealed class InvalidationCounters
{
    private static readonly int Precisions = Enum.GetValues<InvalidationPrecision>().Length;

    private readonly StripedCounter[] counters;

    internal InvalidationCounters()
    {
        counters = new StripedCounter[Enum.GetValues<InvalidationFeed>().Length * Precisions];
        for (var i = 0; i < counters.Length; i++)
        {
            counters[i] = new StripedCounter();
        }
    }

    internal long Total => counters.Sum(static c => c.Value);

    internal void Add(InvalidationFeed feed, ReadOnlySpan<TagPath> paths)
    {
        foreach (var path in paths)
        {
            counters[((int)feed * Precisions) + (int)PrecisionOf(path)].Increment();
        }
    }

    /// <summary>What isn't zero.</summary>
    internal List<(string Feed, string Precision, long Count)> Snapshot()
    {
        var all = new List<(string, string, long)>();
        for (var i = 0; i < counters.Length; i++)
        {
            if (counters[i].Value is > 0 and var count)
            {
                all.Add((NameOf((InvalidationFeed)(i / Precisions)), NameOf((InvalidationPrecision)(i % Precisions)), count));
            }
        }

        return all;
    }

    /// <summary>Of entities the depth tells.</summary>
    internal static InvalidationPrecision PrecisionOf(TagPath path) => path.Depth == 0 ? InvalidationPrecision.Everything
        : path.Segments[0].Name != FeedPaths.Root ? InvalidationPrecision.Tag
        : path.Depth switch
        {
            <= FeedPaths.DatabaseDepth => InvalidationPrecision.Database,
            FeedPaths.TableDepth => InvalidationPrecision.Table,
            FeedPaths.FamilyDepth => InvalidationPrecision.Family,
            _ => InvalidationPrecision.Value,
        };

    private static string NameOf(InvalidationFeed feed) => feed switch
    {
        InvalidationFeed.Application => "application",
        InvalidationFeed.Write => "write",
        _ => "log",
    };

    private static string NameOf(InvalidationPrecision precision) => precision switch
    {
        InvalidationPrecision.Everything => "everything",
        InvalidationPrecision.Database => "database",
        InvalidationPrecision.Table => "table",
        InvalidationPrecision.Family => "family",
        InvalidationPrecision.Value => "value",
        _ => "tag",
    };
}
