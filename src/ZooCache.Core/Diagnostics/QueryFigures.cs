using System.Collections.Concurrent;

namespace ZooCache;

/// <summary>What became of the executions of one query. Thread-safe; nothing on the hit path is shared between cores.</summary>
/// <param name="table">Those of the same cache.</param>
/// <param name="id">The query's number.</param>
/// <param name="name">What it asks, for people: the tables, and by what; no values.</param>
internal sealed class QueryFigures(QueryFiguresTable table, long id, string name)
{
    private long misses;
    private long fills;
    private long loadTime;

    internal QueryFiguresTable Table => table;

    internal long Id => id;

    internal string Name => name;

    internal StripedCounter Hits { get; } = new();

    /// <summary>Executions that had to ask the database.</summary>
    internal long Misses => Volatile.Read(ref misses);

    internal long Fills => Volatile.Read(ref fills);

    /// <summary>How long all the loads have taken that came to an entry, in timestamp units.</summary>
    internal long LoadTime => Volatile.Read(ref loadTime);

    internal void Missed() => Interlocked.Increment(ref misses);

    internal void Filled(long units)
    {
        Interlocked.Increment(ref fills);
        Interlocked.Add(ref loadTime, units);
    }
}

/// <summary>The queries of one cache: at most <see cref="MostQueries"/> are kept apart. Thread-safe.</summary>
internal sealed class QueryFiguresTable
{
    internal const int MostQueries = 1024;

    private readonly ConcurrentDictionary<long, QueryFigures> queries = [];
    private readonly QueryFigures others;

    internal QueryFiguresTable() => others = new QueryFigures(this, 0, "others");

    internal IEnumerable<QueryFigures> All => others.Misses + others.Hits.Value > 0 ? queries.Values.Append(others) : queries.Values;

    internal QueryFigures Of(long id, Func<string> name)
        => queries.TryGetValue(id, out var known) ? known
            : queries.Count >= MostQueries ? others
            : queries.GetOrAdd(id, static (id, made) => new QueryFigures(made.Table, id, made.Name()), (Table: this, Name: name));
}
