using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;
using ZooCache.EFCore;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>One form of query; an instance of it is the form with a seed for its parameters.</summary>
/// <param name="Name">For people, and unique.</param>
/// <param name="Tables">What it reads, to ask it after writes that touch it.</param>
/// <param name="Ask">Asks it on a context of either model.</param>
/// <param name="Ordered">Whether the order of the answer is part of it.</param>
/// <param name="Narrow">Whether it is asked through the narrower model.</param>
internal sealed record QueryForm(string Name, string[] Tables, Func<DbContext, Args, Task<object?>> Ask, bool Ordered, bool Narrow)
{
    /// <summary>Whether it has no place for a marker, so that it is asked only of contexts that cache everything.</summary>
    internal bool CacheAllOnly { get; init; }

    /// <summary>Whether it asks the depot: such forms and changes have stretches of their own, where they meet often.</summary>
    internal bool Depot { get; init; }

    /// <summary>Whether it is asked after each write to its tables, and in which stretches.</summary>
    internal PlainTurn Plain { get; init; }

    /// <summary>How many parameters it has.</summary>
    internal int Seeds { get; init; } = 3;

    /// <summary>Results are tracked or not, by turns: each form one way, because EF compiles each way by itself.</summary>
    internal QueryTrackingBehavior Tracking { get; init; }
}

/// <summary>When a plain form is asked.</summary>
internal enum PlainTurn
{
    /// <summary>It isn't one.</summary>
    None,

    /// <summary>In every stretch, for two of its values.</summary>
    Always,

    /// <summary>By turns with the others, for two of its values.</summary>
    Some,
}

/// <summary>The forms of one subject.</summary>
internal abstract class FormList
{
    private readonly List<QueryForm> _forms = [];

    internal IEnumerable<QueryForm> Forms => _forms.Select(form => form with { Depot = IsDepots });

    protected virtual bool IsDepots => false;

    protected void Seq<T>(string name, string tables, Func<WorldContext, Args, IQueryable<T>> query, bool ordered = false)
        => One(name, tables, (db, a) => a.List(query(db, a)), ordered);

    protected void One(string name, string tables, Func<WorldContext, Args, Task<object?>> ask, bool ordered = false)
        => _forms.Add(new QueryForm(name, tables.Split(' '), (db, a) => ask((WorldContext)db, a), ordered, Narrow: false));

    /// <summary>A form that has no place for a marker.</summary>
    protected void All(string name, string tables, Func<WorldContext, Args, Task<object?>> ask)
        => _forms.Add(new QueryForm(name, tables.Split(' '), (db, a) => ask((WorldContext)db, a), Ordered: false, Narrow: false) { CacheAllOnly = true });

    /// <summary>A form with a seed for each of its values.</summary>
    protected void Plain<TContext, TValue, T>(string name, string tables, PlainTurn turn, TValue[] values, Func<TContext, TValue, IQueryable<T>> query)
        where TContext : DbContext
        => Plain<TContext, TValue>(name, tables, turn, values, (db, a, value) => a.List(query(db, value)));

    /// <summary>The same for a scalar of rows.</summary>
    protected void PlainValue<TValue, T, TResult>(
        string name, string tables, PlainTurn turn, TValue[] values, Func<WorldContext, TValue, IQueryable<T>> query, Func<IQueryable<T>, TResult> sync, Func<IQueryable<T>, Task<TResult>> asynchronous)
        => Plain<WorldContext, TValue>(name, tables, turn, values, (db, a, value) => ScalarOf(query(db, value), a, sync, asynchronous));

    protected static Task<object?> ScalarOf<T, TResult>(IQueryable<T> query, Args a, Func<IQueryable<T>, TResult> sync, Func<IQueryable<T>, Task<TResult>> asynchronous)
    {
        var q = query.Via(a);
        return a.End(() => sync(q), () => asynchronous(q));
    }

    private void Plain<TContext, TValue>(string name, string tables, PlainTurn turn, TValue[] values, Func<TContext, Args, TValue, Task<object?>> ask)
        where TContext : DbContext
        => _forms.Add(new QueryForm(
            $"plain: {name}", tables.Split(' '), (db, a) => ask((TContext)db, a, a.Of(values)), Ordered: false, Narrow: typeof(TContext) == typeof(NarrowContext))
        {
            Plain = turn,
            Seeds = values.Length,
        });

    protected void Slim(string name, string tables, Func<NarrowContext, Args, Task<object?>> ask)
        => _forms.Add(new QueryForm(name, tables.Split(' '), (db, a) => ask((NarrowContext)db, a), Ordered: false, Narrow: true));
}

/// <summary>The forms of one subject that ask the depot.</summary>
internal abstract class DepotFormList : FormList
{
    protected override bool IsDepots => true;

    /// <summary>A scalar of the rows under a condition.</summary>
    protected void Value<T, TResult>(
        string name, string tables, Func<WorldContext, Args, IQueryable<T>> query, Func<IQueryable<T>, TResult> sync, Func<IQueryable<T>, Task<TResult>> asynchronous)
        => One(name, tables, (db, a) => ScalarOf(query(db, a), a, sync, asynchronous));
}

/// <summary>The parameters of one query instance, the same each time, and how it is asked this time.</summary>
internal sealed class Args(int seed, bool marked, bool async, bool cached)
{
    private readonly Random _random = new(seed);

    internal bool Marked => marked;

    /// <summary>One of three values by the seed: what is there, what is there too, and what isn't or is null.</summary>
    internal T Pick<T>(T first, T second, T third) => (seed % 3) switch { 0 => first, 1 => second, _ => third };

    /// <summary>One of the values by the seed.</summary>
    internal T Of<T>(T[] values) => values[seed % values.Length];

    /// <summary>The key of a hub; the last is seldom there.</summary>
    internal int Hub() => Pick(1, 2, 5);

    internal int? HubOrNull() => Pick<int?>(null, 2, 1);

    internal int Id(int most = 9) => _random.Next(1, most + 1);

    internal int Number(int below) => _random.Next(below);

    internal int[] Ids() => [.. Enumerable.Range(0, 1 + _random.Next(4)).Select(_ => Id())];

    internal Guid Guid() => WorldSeed.GuidOf(Id(6));

    internal string? City() => _random.Next(4) == 0 ? null : $"city {_random.Next(3)}";

    internal string Region() => "NSEWX"[_random.Next(5)].ToString();

    internal Status Status() => (Status)_random.Next(3);

    /// <summary>Lists a query of which only its caller knows what it reads.</summary>
    internal Task<object?> Declared<T>(IQueryable<T> query, Action<CacheableOptions> dependencies)
    {
        var asked = cached ? query.Cacheable(dependencies) : query;
        return End(() => asked.ToList(), () => asked.ToListAsync());
    }

    internal Task<object?> List<T>(IQueryable<T> query)
    {
        var asked = query.Via(this);
        return End(() => asked.ToList(), () => asked.ToListAsync());
    }

    internal async Task<object?> End<T>(Func<T> sync, Func<Task<T>> asynchronous)
        => async ? await asynchronous() : sync();
}

internal static class ArgsExtensions
{
    /// <summary>Marks the query if this time it is asked of the cache by its own word.</summary>
    internal static IQueryable<T> Via<T>(this IQueryable<T> query, Args args) => args.Marked ? query.Cacheable() : query;
}
