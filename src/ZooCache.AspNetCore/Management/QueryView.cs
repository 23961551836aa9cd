using System.Globalization;
using System.Text.Json.Serialization;

namespace ZooCache.AspNetCore.Management;

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
