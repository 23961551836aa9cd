using System.Globalization;
using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>Elements that are made once and handed out to everybody, and those of which each caller needs its own.</summary>
public sealed class SharedElementTests : IDisposable
{
    private static readonly Dictionary<string, (bool IsShared, Func<ShopContext, IQueryable<object>> Query)> Shapes = new()
    {
        ["a record"] = (true, static db => db.Orders.OrderBy(o => o.Id).Select(o => new Line(o.Id, o.Customer!.Name, o.Total))),
        ["a record with a column that may be NULL"] = (true, static db => db.Customers.OrderBy(c => c.Id).Select(c => new Place(c.Id, c.City))),
        ["a class that is equal to itself alone"] = (false, static db => db.Customers.OrderBy(c => c.Id).Select(c => new Fixed(c.Id, c.Name))),
        ["an anonymous type"] = (true, static db => db.Orders.OrderBy(o => o.Id).Select(o => new { o.Id, o.PlacedAt })),
        ["records in a record"] = (true, static db => db.Orders.OrderBy(o => o.Id).Select(o => new Pair(new Place(o.Id, o.Customer!.City), new ValueTuple<int, decimal>(o.Id, o.Total)))),
        ["texts"] = (true, static db => db.Customers.OrderBy(c => c.Id).Select(c => c.Name)),
        ["records that may hold others of their type"] = (true, static db => db.Orders.OrderBy(o => o.Id).Select(o => new Node(o.Id, new Node(o.CustomerId, null)))),
        ["a record of something large"] = (true, static db => db.Orders.OrderBy(o => o.Id).Select(o => new Money(o.Total, null))),
        ["a structure that is boxed"] = (false, static db => db.Orders.OrderBy(o => o.Id).Select(o => new Holder(o.Id, new Counter(o.Id)))),
        ["entities"] = (false, static db => db.Customers.OrderBy(c => c.Id).AsNoTracking()),
        ["a class with a property to set"] = (false, static db => db.Customers.OrderBy(c => c.Id).Select(c => new Settable(c.Id))),
        ["a class that is set"] = (false, static db => db.Customers.OrderBy(c => c.Id).Select(c => new Settable(c.Id) { Id = c.Id + 1 })),
        ["a record whose base has something to set"] = (false, static db => db.Customers.OrderBy(c => c.Id).Select(c => new Derived(c.Id))),
        ["a constructor that does more"] = (false, static db => db.Customers.OrderBy(c => c.Id).Select(c => new Counting(c.Id))),
        ["a constructor that computes"] = (false, static db => db.Customers.OrderBy(c => c.Id).Select(c => new Computing(c.Id))),
        ["one with a finalizer"] = (false, static db => db.Customers.OrderBy(c => c.Id).Select(c => new Finalized(c.Id))),
        ["what a method makes"] = (false, static db => db.Customers.OrderBy(c => c.Id).Select(c => new Place(c.Id, Reversed(c.Name)))),
        ["a list in each"] = (false, static db => db.Customers.OrderBy(c => c.Id).Select(c => new { c.Id, Orders = c.Orders.OrderBy(o => o.Id).Select(o => o.Id).ToList() })),
    };

    private readonly ShopDatabase _shop = new();

    public static TheoryData<string> Names => [.. Shapes.Keys];

    public void Dispose() => _shop.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task HitsShareWhatNobodyCanChange(string name)
    {
        var (isShared, query) = Shapes[name];
        using var plain = _shop.Uncached();
        var expected = Dump.Of(query(plain).ToList());
        using var db = _shop.Open();
        Dump.Of(query(db).Cacheable().ToList()).ShouldBe(expected);

        var first = query(db).Cacheable().ToList();
        var second = query(db).Cacheable().ToList();
        var third = await query(db).Cacheable().ToListAsync();
        db.Cache().LastQuery.ShouldBe(new QueryOutcome(QueryResultSource.Hit, "hit"));
        foreach (var answer in (List<object>[])[first, second, third])
        {
            Dump.Of(answer).ShouldBe(expected);
        }

        // Texts are the row set's own, whoever makes what of them.
        if (name != "texts")
        {
            ReferenceEquals(first[0], second[0]).ShouldBe(isShared);
            ReferenceEquals(second[1], third[1]).ShouldBe(isShared);
        }
    }

    [Fact]
    public void WhatOneCallerDoesToABoxedStructure_NobodyElseSees()
    {
        for (var times = 0; times < 4; times++)
        {
            using var db = _shop.Open();
            var counters = db.Orders.OrderBy(o => o.Id).Select(o => (ICounter)new Counter(o.Id)).Cacheable().ToList();
            counters.Select(c => c.Count).ShouldBe([1, 2, 3, 4, 5, 6]);
            counters.ForEach(c => c.Add());
        }
    }

    [Fact]
    public async Task ACancellationHalfWay_Ends()
    {
        using var db = _shop.Open();
        using var plain = _shop.Uncached();
        for (var times = 0; times < 3; times++)
        {
            (await EndAsync(db.Orders.Select(o => new { o.Id }).Cacheable())).ShouldBe(2);
            (await EndAsync(db.Orders.Select(o => o.Id).Cacheable())).ShouldBe(2);
            (await EndAsync(db.Orders.AsNoTracking().Cacheable())).ShouldBe(2);
            (await EndAsync(plain.Orders.AsNoTracking())).ShouldBe(2);
            await db.Orders.Select(o => new { o.Id }).Cacheable().ToListAsync();
            await db.Orders.AsNoTracking().Cacheable().ToListAsync();
        }

        static async Task<int> EndAsync<T>(IQueryable<T> query)
        {
            using var source = new CancellationTokenSource();
            var seen = 0;
            await Should.ThrowAsync<OperationCanceledException>(async () =>
            {
                await foreach (var row in query.AsAsyncEnumerable().WithCancellation(source.Token))
                {
                    if (++seen == 2)
                    {
                        await source.CancelAsync();
                    }
                }
            });
            return seen;
        }
    }

    [Fact]
    public async Task EachAsynchronousEnumeration_HasItsOwnToken()
    {
        var compiled = EF.CompileAsyncQuery<ShopContext, Order>(db => db.Orders.AsNoTracking().OrderBy(o => o.Id).Cacheable());
        for (var times = 0; times < 3; times++)
        {
            using var db = _shop.Open();
            using var cancelled = new CancellationTokenSource();
            await cancelled.CancelAsync();
            var rows = compiled(db);
            await using var first = rows.GetAsyncEnumerator();
            await using var second = rows.GetAsyncEnumerator(cancelled.Token);
            (await first.MoveNextAsync()).ShouldBeTrue();
            await Should.ThrowAsync<OperationCanceledException>(async () => await second.MoveNextAsync());
            (await first.MoveNextAsync()).ShouldBeTrue();
        }
    }

    [Fact]
    public void NumbersAreGivenAsTheyAre()
    {
        for (var times = 0; times < 3; times++)
        {
            using var db = _shop.Open();
            db.Orders.OrderBy(o => o.Id).Select(o => o.Id).Cacheable().ToList().ShouldBe([1, 2, 3, 4, 5, 6]);
            db.Orders.OrderBy(o => o.Id).Select(o => (int?)o.Lines.Count(l => l.Id < 3)).Cacheable().ToList().ShouldBe([2, 0, 0, 0, 0, 0]);
        }
    }

    [Fact]
    public void OneThatCannotBeMade_IsToldWhenItIsItsTurn()
    {
        _shop.Database.Execute("""UPDATE "Lines" SET "Quantity" = 1 WHERE "Id" > 2""");
        for (var times = 0; times < 3; times++)
        {
            using var db = _shop.Open();
            var rows = db.Orders.OrderBy(o => o.Id).Select(o => new Place(o.Lines.Where(l => l.Id < 3).Max(l => l.Quantity), null)).Cacheable().AsEnumerable().GetEnumerator();
            rows.MoveNext().ShouldBeTrue();
            Should.Throw<InvalidOperationException>(() => rows.MoveNext());
        }
    }

    [Fact]
    public void WhatIsSharedIsPartOfTheSize()
    {
        using var db = _shop.Open();
        db.Orders.OrderBy(o => o.Id).Select(o => new { o.Id, o.Total }).Cacheable().ToList();
        var shared = _shop.Cache.GetStatistics().Bytes;
        _shop.Cache.Clear();
        db.Orders.OrderBy(o => o.Id).Select(o => new Computing(o.Id, o.Total)).Cacheable().ToList();
        (shared - _shop.Cache.GetStatistics().Bytes).ShouldBe(6 * (8 + 16 + 8 + 16));
    }

    [Fact]
    public async Task AnEnumerationThatIsCancelled_HandsOutNothing()
    {
        using var db = _shop.Open();
        var query = db.Orders.OrderBy(o => o.Id).Select(o => new { o.Id, o.Total }).Cacheable();
        query.ToList().Count.ShouldBe(6);
        await Should.ThrowAsync<OperationCanceledException>(() => query.ToListAsync(new CancellationToken(canceled: true)));
        (await query.ToListAsync()).Count.ShouldBe(6);
    }

    [Fact]
    public void AnEnumerationMayBeBegunTwice()
    {
        var compiled = EF.CompileQuery((ShopContext db) => db.Orders.OrderBy(o => o.Id).Select(o => new { o.Id, o.Total }).Cacheable());
        for (var times = 0; times < 2; times++)
        {
            using var db = _shop.Open();
            var rows = compiled(db);
            using var first = rows.GetEnumerator();
            first.MoveNext().ShouldBeTrue();
            rows.Select(r => r.Id).ShouldBe([1, 2, 3, 4, 5, 6]);
            first.MoveNext().ShouldBeTrue();
            first.Current.Id.ShouldBe(2);
            rows.Count().ShouldBe(6);
        }
    }

    private static string Reversed(string text) => new([.. text.Reverse()]);

    private sealed record Node(int Id, Node? Next);

    private sealed record Money(decimal Amount, CultureInfo? Culture);

    private interface ICounter
    {
        int Count { get; }

        void Add();
    }

    private struct Counter(int count) : ICounter
    {
        private int _count = count;

        public readonly int Count => _count;

        public void Add() => _count++;
    }

    private sealed record Holder(int Id, ICounter Counter);

    private sealed record Line(int Id, string Name, decimal Total);

    private sealed record Place(int Id, string? City);

    private sealed record Pair(Place Place, (int Id, decimal Total) Both);

    private sealed class Fixed(int id, string name)
    {
        public int Id { get; } = id;

        public string Name { get; } = name;
    }

    private sealed class Settable(int id)
    {
        public int Id { get; set; } = id;
    }

    private record Base
    {
        public int Id { get; set; }
    }

    private sealed record Derived(int Number) : Base;

    private sealed class Counting
    {
        private static int s_made;

        public Counting(int id)
        {
            Id = id;
            s_made++;
        }

        public int Id { get; }
    }

    private sealed class Computing(int id, decimal total = 0)
    {
        public int Id { get; } = id * 2;

        public decimal Total { get; } = total;
    }

    private sealed class Finalized(int id)
    {
#pragma warning disable MA0055 // the one thing it is here for
        ~Finalized() => GC.KeepAlive(this);
#pragma warning restore MA0055

        public int Id { get; } = id;
    }
}
