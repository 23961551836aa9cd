using System.Collections.Concurrent;

namespace ZooCache;

/// <summary>What became of the executions of one query. Thread-safe; nothing on the hit path is shared between cores.</summary>
/// <param name="table">Those of the same cache.</param>
/// <param name="id">The query's number.</param>
/// <param name="description">What it asks, for people.</param>
internal sealed class QueryFigures(QueryFiguresTable table, long id, QueryDescription description)
{
    private object? lastMiss;
    private string? sql;
    private long misses;
    private long fills;
    private long loadTime;

    internal QueryFiguresTable Table => table;

    internal long Id => id;

    internal QueryDescription Description => description;

    /// <summary>The SQL that the newest load has sent, as EF Core logs it; null if that isn't known.</summary>
    internal string? Sql
    {
        get => Volatile.Read(ref sql);
        set => Volatile.Write(ref sql, value);
    }

    /// <summary>Why the database had to be asked the last time, for people; null if it never had to.</summary>
    internal string? LastMiss => Volatile.Read(ref lastMiss)?.ToString();

    internal StripedCounter Hits { get; } = new();

    /// <summary>Executions that had to ask the database.</summary>
    internal long Misses => Volatile.Read(ref misses);

    internal long Fills => Volatile.Read(ref fills);

    /// <summary>How long all the loads have taken that came to an entry, in timestamp units.</summary>
    internal long LoadTime => Volatile.Read(ref loadTime);

    /// <param name="why">Immutable; its text says why. Null if the answer was there, and the database was asked to compare them.</param>
    internal void Missed(object? why)
    {
        Interlocked.Increment(ref misses);
        if (why is not null)
        {
            Volatile.Write(ref lastMiss, why);
        }
    }

    internal void Filled(long units)
    {
        Interlocked.Increment(ref fills);
        Interlocked.Add(ref loadTime, units);
    }
}

/// <summary>What a query asks, for people: no values of parameters or rows, but the tags that its first execution has named.</summary>
/// <param name="Name">The tables, and by what.</param>
/// <param name="DependsOn">What its answers depend on, a line for each table, with the reason where it is all of it.</param>
internal sealed record QueryDescription(string Name, IReadOnlyList<string> DependsOn);

/// <summary>The queries of one cache: at most <see cref="MostQueries"/> are kept apart. Thread-safe.</summary>
internal sealed class QueryFiguresTable
{
    internal const int MostQueries = 1024;

    private readonly ConcurrentDictionary<long, QueryFigures> queries = [];
    private readonly QueryFigures others;

    internal QueryFiguresTable() => others = new QueryFigures(this, 0, new QueryDescription("others", []));

    internal IEnumerable<QueryFigures> All => others.Misses + others.Hits.Value > 0 ? queries.Values.Append(others) : queries.Values;

    internal QueryFigures Of(long id, Func<QueryDescription> describe)
        => queries.TryGetValue(id, out var known) ? known
            : queries.Count >= MostQueries ? others
            : queries.GetOrAdd(id, static (id, made) => new QueryFigures(made.Table, id, made.Describe()), (Table: this, Describe: describe));

    /// <summary>The query with a number; null if it isn't among those that are kept apart.</summary>
    internal QueryFigures? Find(long id) => queries.GetValueOrDefault(id);
}
