using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;

namespace ZooCache.AspNetCore.Management;

/// <summary>What a node is, and how it is in step with the others.</summary>
internal sealed record NodeView(
    string Prefix, string Version, string Machine, int ProcessId, DateTimeOffset StartedAt, bool Enabled, double WatchdogShare, long ByteBudget, long WorkingSet, LogView? Log, StoreView? Store)
{
    private static readonly string OwnVersion = typeof(ZooCache).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    internal static NodeView Of(ZooCache cache)
    {
        var options = cache.Options;
        var statistics = cache.GetStatistics();
        return new NodeView(
            cache.Prefix, OwnVersion, Environment.MachineName, Environment.ProcessId, cache.StartedAt, cache.Enabled, options.WatchdogShare, options.ByteBudget, Environment.WorkingSet,
            cache.Node is { } node ? LogView.Of(node, options.Nodes, statistics) : null,
            cache.Answers is { } answers ? new StoreView(answers.IsPaused, statistics.LastStoreFailure) : null);
    }
}

/// <summary>How a node is in step with its log.</summary>
/// <param name="Node">The node's number in the log.</param>
/// <param name="Consistency">What is promised.</param>
/// <param name="Confirmed">Whether it is known that nothing was missed, so that answers are given.</param>
/// <param name="LagSeconds">For how long something may have been missed.</param>
/// <param name="Outbox">What is yet to be told to the others.</param>
/// <param name="Epoch">Which life of the log it is.</param>
/// <param name="Applied">The last entry that was applied.</param>
/// <param name="Suspect">Whether somebody may be writing unheard.</param>
/// <param name="Members">The nodes that take part in the log, as far as this one has heard of them.</param>
/// <param name="LastFailure">What the newest request that failed has said.</param>
internal sealed record LogView(
    string Node, string Consistency, bool Confirmed, double LagSeconds, int Outbox, string Epoch, string Applied, bool Suspect, IReadOnlyList<string> Members, string? LastFailure)
{
    internal static LogView Of(CacheNode node, NodeOptions options, CacheStatistics statistics)
    {
        var (epoch, applied, toTell) = node.Position;
        return new LogView(
            Hex(node.Id), node.IsStrict ? "strict" : options.Consistency == CacheConsistency.Strict ? "strict, once the log is" : "eventual", node.IsConfirmed, Math.Round(node.Lag.TotalSeconds, 3), toTell,
            Hex(epoch), applied.ToString(), node.IsSuspect, [.. node.Members.Select(Hex)], statistics.LastLogFailure);
    }

    private static string Hex(ulong number) => number.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>A store that is shared with other processes.</summary>
/// <param name="Paused">Whether it is left alone for now, because it has failed.</param>
/// <param name="LastFailure">What the newest request that failed has said.</param>
internal sealed record StoreView(bool Paused, string? LastFailure);

/// <summary>A query, with what became of its executions.</summary>
/// <param name="Id">Its number, which names it in this process.</param>
/// <param name="Query">What it asks: the tables, and by what.</param>
/// <param name="Hits">Answers given from the cache.</param>
/// <param name="Misses">Executions that had to ask the database.</param>
/// <param name="LoadMilliseconds">What a load takes, on average.</param>
/// <param name="SavedSeconds">What the hits have saved, at that.</param>
/// <param name="Entries">Its answers that are held now.</param>
/// <param name="Bytes">What they take.</param>
/// <param name="LastMiss">Why the database had to be asked the last time; null if it never had to.</param>
internal record QueryView(string Id, string Query, long Hits, long Misses, double? LoadMilliseconds, double SavedSeconds, int Entries, long Bytes, string? LastMiss)
{
    internal static IEnumerable<QueryView> All(ZooCache cache)
    {
        var held = HeldBy(cache);
        return cache.Queries.All.Select(query => Of(cache, query, held.GetValueOrDefault(query.Id)));
    }

    /// <summary>A query with what its answers depend on; null if it isn't known.</summary>
    internal static QueryDetails? Find(ZooCache cache, string id)
        => long.TryParse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && cache.Queries.Find(number) is { } query
            ? new QueryDetails(Of(cache, query, HeldBy(cache).GetValueOrDefault(number)), query.Description.DependsOn, query.Sql)
            : null;

    /// <summary>The entries of each query.</summary>
    private static Dictionary<long, (int Count, long Bytes)> HeldBy(ZooCache cache)
    {
        var held = new Dictionary<long, (int Count, long Bytes)>();
        foreach (var entry in cache.Entries)
        {
            if (entry.Key.QueryId is not 0 and var id)
            {
                var (count, bytes) = held.GetValueOrDefault(id);
                held[id] = (count + 1, bytes + entry.Size);
            }
        }

        return held;
    }

    private static QueryView Of(ZooCache cache, QueryFigures query, (int Count, long Bytes) held)
    {
        var load = query.Fills == 0 ? (TimeSpan?)null : cache.Clock.Span(query.LoadTime / query.Fills);
        var hits = query.Hits.Value;
        return new QueryView(
            query.Id.ToString("x", CultureInfo.InvariantCulture), query.Description.Name, hits, query.Misses, load is { } known ? Math.Round(known.TotalMilliseconds, 3) : null,
            Math.Round((load ?? TimeSpan.Zero).TotalSeconds * hits, 3), held.Count, held.Bytes, query.LastMiss);
    }
}

/// <summary>A query, with what its answers depend on.</summary>
internal sealed record QueryDetails : QueryView
{
    internal QueryDetails(QueryView query, IReadOnlyList<string> dependsOn, string? sql)
        : base(query) => (DependsOn, Sql) = (dependsOn, sql);

    /// <summary>A line for each table, with the reason where it is all of it.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<string> DependsOn { get; }

    /// <summary>The SQL that the newest load has sent, as EF Core logs it; null for queries of several commands.</summary>
    [JsonPropertyOrder(1)]
    public string? Sql { get; }
}

/// <summary>A tag on which entries depend, or that is above such tags.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Version">The number of the newest invalidation that it, or one above it, may have met.</param>
/// <param name="Entries">The entries that depend on it, or on what is below it.</param>
/// <param name="Bytes">What they take.</param>
/// <param name="Below">The tags right below it, those with the most entries first; at most 200.</param>
/// <param name="More">How many more there are.</param>
internal sealed record TagView(string Tag, long Version, int Entries, long Bytes, IReadOnlyList<TagBelow> Below, int More)
{
    private const int MostBelow = 200;

    internal static TagView Of(ZooCache cache, TagPath path)
    {
        var (count, bytes) = (0, 0L);
        var below = new Dictionary<ulong, TagBelow>();
        var met = new HashSet<ulong>();
        foreach (var entry in cache.Entries)
        {
            met.Clear();
            var isIn = false;
            foreach (var dependency in entry.Dependencies)
            {
                isIn |= TryFind(dependency.Node, path, out var child);
                if (child is not null && met.Add(child.PathHash))
                {
                    var known = below.TryGetValue(child.PathHash, out var other) ? other : new TagBelow(child.Path.ToString(), 0, 0);
                    below[child.PathHash] = known with { Entries = known.Entries + 1, Bytes = known.Bytes + entry.Size };
                }
            }

            if (isIn)
            {
                count++;
                bytes += entry.Size;
            }
        }

        var most = below.Values.OrderByDescending(t => t.Entries).ThenBy(t => t.Tag, StringComparer.Ordinal).Take(MostBelow).ToList();
        return new TagView(path.ToString(), cache.Trie.VersionOf(path), count, bytes, most, below.Count - most.Count);
    }

    /// <summary>Whether a node is at or below a path.</summary>
    /// <param name="node">The node.</param>
    /// <param name="path">The path.</param>
    /// <param name="child">The node right below the path, on the way to it; null if it is the path's own.</param>
    private static bool TryFind(TrieNode node, TagPath path, out TrieNode? child)
    {
        child = null;
        var last = default(TrieNode);
        for (var above = node; above is not null; above = above.Parent)
        {
            if (above.PathHash == path.PrefixHash(path.Depth))
            {
                child = last;
                return true;
            }

            last = above;
        }

        return false;
    }
}

/// <summary>A tag right below another.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Entries">The entries that depend on it, or on what is below it.</param>
/// <param name="Bytes">What they take.</param>
internal sealed record TagBelow(string Tag, int Entries, long Bytes);

/// <summary>An invalidation.</summary>
/// <param name="Sequence">Its number. A write has two: one before its commit, and one after.</param>
/// <param name="SecondsAgo">When it was.</param>
/// <param name="Cause">What it was: such as <c>SaveChanges</c>, <c>Invalidate</c>, or <c>Elsewhere</c>, on another node.</param>
/// <param name="Tags">The first of the tags.</param>
/// <param name="Count">How many there were.</param>
internal sealed record InvalidationView(long Sequence, double SecondsAgo, string? Cause, IReadOnlyList<string> Tags, int Count)
{
    internal static IEnumerable<InvalidationView> Last(ZooCache cache, long after, int atMost)
        => cache.Trie.LastBumps(after, atMost).Select(static b => new InvalidationView(b.Sequence, Math.Round(Stopwatch.GetElapsedTime(b.At).TotalSeconds, 3), b.Cause, TagsOf(b.Paths), b.Count));

    private static List<string> TagsOf(FirstPaths paths)
    {
        var tags = new List<string>(FirstPaths.Length);
        foreach (var path in paths)
        {
            if (path is not null)
            {
                tags.Add(path.Depth == 0 ? ManagementEndpoints.Everything : path.ToString());
            }
        }

        return tags;
    }
}
