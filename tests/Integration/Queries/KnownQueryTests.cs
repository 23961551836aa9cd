using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore;
using ZooCache.EFCore.Queries;
using ZooCache.EFCore.Queries.Known;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>
/// Queries that are found by their expression trees: each is asked with other values each time, and gives what a context
/// without the cache gives. <see cref="KnownQueryCheck"/> lets EF take each of them apart, too, and compares.
/// </summary>
public sealed class KnownQueryTests : IDisposable
{
    private static readonly Dictionary<string, (bool IsKnown, Func<ShopContext, int, object?> Ask)> Shapes = new()
    {
        ["a captured variable"] = (true, static (db, n) => ById(db, n)),
        ["two, one of them twice"] = (true, static (db, n) =>
        {
            var (id, city) = (1 + (n % 3), n % 2 == 0 ? "Rome" : null);
            return db.Customers.Where(c => c.Id == id || (c.Id > id && c.City != city)).OrderBy(c => c.Id).Cacheable().ToList();
        }),
        ["lambdas with variables of their own"] = (true, static (db, n) =>
            db.Orders.Where(Above(n)).Where(Above(n == 2 ? 2 : 1)).OrderBy(o => o.Id).Cacheable().ToList()),
        ["one lambda twice"] = (true, static (db, n) =>
        {
            var above = Above(n);
            return db.Orders.Where(above).Where(above).OrderBy(o => o.Id).Cacheable().ToList();
        }),
        ["one or two variables, by turns"] = (true, static (db, n) =>
        {
            var (first, second) = (new Box { Value = 1 }, new Box { Value = n });
            return db.Orders.Where(OneOf(first, n % 2 == 0 ? first : second)).OrderBy(o => o.Id).Cacheable().ToList();
        }),
        ["variables of an object that is equal to others"] = (true, static (db, n) =>
            db.Orders.Where(OneOf(new Twin(1), new Twin(n % 2 == 0 ? 1 : 2))).OrderBy(o => o.Id).Cacheable().ToList()),
        ["properties of a captured object"] = (true, static (db, n) =>
        {
            var request = new { Filter = new Box { Value = n } };
            return db.Orders.Where(o => o.Id == request.Filter.Value).Cacheable().ToList();
        }),
        ["NULL and not"] = (true, static (db, n) =>
        {
            var city = n % 2 == 0 ? null : "Rome";
            return db.Customers.Where(c => c.City == city).OrderBy(c => c.Id).Cacheable().ToList();
        }),
        ["a number that may be NULL"] = (true, static (db, n) =>
        {
            int? id = n % 2 == 0 ? null : n;
            return db.Customers.Where(c => c.Id == id).Cacheable().ToList();
        }),
        ["a number lifted"] = (true, static (db, n) =>
            db.Orders.Where(o => o.Customer!.Orders.Max(i => (int?)i.Id) == n).OrderBy(o => o.Id).Cacheable().ToList()),
        ["a narrower number"] = (true, static (db, n) =>
        {
            var id = (short)n;
            long wide = n;
            return (db.Customers.Where(c => c.Id == id).Cacheable().ToList(), db.Customers.Where(c => c.Id == wide).Cacheable().ToList());
        }),
        ["an enum"] = (true, static (db, n) =>
        {
            var day = (DayOfWeek)n;
            return db.Orders.Where(o => o.PlacedAt.DayOfWeek == day).OrderBy(o => o.Id).Select(o => new { o.Id, Day = day }).Cacheable().ToList();
        }),
        ["a condition that is captured"] = (false, static (db, n) =>
        {
            var all = n % 2 == 0;
            return db.Customers.Where(c => all || c.Id == 1).OrderBy(c => c.Id).Cacheable().ToList();
        }),
        ["a condition on what is captured"] = (false, static (db, n) =>
            db.Customers.Where(c => n > 1 && c.Id >= 1).OrderBy(c => c.Id).Cacheable().ToList()),
        ["a choice by what is captured"] = (false, static (db, n) =>
            db.Customers.Where(c => c.Id == (n > 1 ? n : 3)).Cacheable().ToList()),
        ["what is captured or something else"] = (false, static (db, n) =>
        {
            var city = n % 2 == 0 ? null : "Rome";
            return db.Customers.Where(c => c.City == (city ?? "Paris")).OrderBy(c => c.Id).Cacheable().ToList();
        }),
        ["something computed"] = (false, static (db, n) => db.Customers.Where(c => c.Id == n + 1).Cacheable().ToList()),
        ["a method of what is captured"] = (false, static (db, n) =>
        {
            var name = $" customer {n} ";
            return db.Customers.Where(c => c.Name.ToLower() == name.Trim()).Cacheable().ToList();
        }),
        ["a list"] = (true, static (db, n) =>
        {
            List<int> ids = [.. Enumerable.Range(1, n)];
            return db.Customers.Where(c => ids.Contains(c.Id)).OrderBy(c => c.Id).Cacheable().ToList();
        }),
        ["an array"] = (true, static (db, n) =>
        {
            int[] ids = [.. Enumerable.Range(1, n)];
            return db.Customers.Where(c => ids.Contains(c.Id) && c.Id < 3).OrderBy(c => c.Id).Cacheable().ToList();
        }),
        ["an array of texts"] = (true, static (db, n) =>
        {
            string[] names = [$"Customer {n}", "Customer 3"];
            return db.Customers.Where(c => names.Contains(c.Name)).OrderBy(c => c.Id).Cacheable().ToList();
        }),
        ["a number against what may be NULL"] = (true, static (db, n) =>
            db.Orders.Where(o => (int?)o.Lines.Max(l => l.Quantity) == 1 && o.Id > n).OrderBy(o => o.Id).Cacheable().ToList()),
        ["what is looked for outside"] = (true, static (db, n) => db.Customers.Select(c => c.Name).Cacheable().Contains($"Customer {n + 1}")),
        ["a default outside"] = (true, static (db, n) => db.Orders.Where(o => o.Id > 100).Select(o => o.Id).DefaultIfEmpty().Cacheable().ToList()),
        ["a sequence"] = (false, static (db, n) =>
        {
            var ids = Enumerable.Range(1, n);
            return db.Customers.Where(c => ids.Contains(c.Id)).OrderBy(c => c.Id).Cacheable().ToList();
        }),
        ["a query"] = (false, static (db, n) =>
        {
            var orders = db.Orders.Where(o => o.Id <= n);
            return db.Customers.Where(c => orders.Any(o => o.CustomerId == c.Id)).OrderBy(c => c.Id).Cacheable().ToList();
        }),
        ["a set of the context"] = (false, static (db, n) =>
            db.Customers.Where(c => db.Orders.Count(o => o.CustomerId == c.Id) > n).OrderBy(c => c.Id).Cacheable().ToList()),
        ["a page"] = (true, static (db, n) => db.Orders.OrderBy(o => o.Id).Skip(n).Take(2).Cacheable().ToList()),
        ["a page, its place and size by turns alike"] = (true, static (db, n) => db.Orders.OrderBy(o => o.Id).Skip(n).Take(n == 2 ? 2 : 3).Cacheable().ToList()),
        ["a page of what belongs to each"] = (true, static (db, n) =>
            db.Customers.OrderBy(c => c.Id).Take(n).Select(c => new { c.Id, Newest = c.Orders.OrderByDescending(o => o.Id).Take(1).Select(o => o.Id).ToList() }).Cacheable().ToList()),
        ["the n-th"] = (true, static (db, n) => db.Orders.OrderBy(o => o.Id).Cacheable().ElementAt(n)),
        ["a constant that is one by decree"] = (false, static (db, n) => db.Orders.Where(o => o.Id == EF.Constant(n)).Cacheable().ToList()),
        ["a parameter by decree"] = (false, static (db, n) => db.Orders.Where(o => o.Id == EF.Parameter(n)).Cacheable().ToList()),
        ["a column by name"] = (true, static (db, n) => db.Orders.Where(o => EF.Property<int>(o, "Id") == n).Cacheable().ToList()),
        ["a pattern"] = (false, static (db, n) => db.Customers.Where(c => EF.Functions.Like(c.Name, $"%{n}")).Cacheable().ToList()),
        ["a text's beginning"] = (true, static (db, n) =>
        {
            var start = n == 1 ? "Customer 1" : "Cust";
            return db.Customers.Where(c => c.Name.StartsWith(start)).OrderBy(c => c.Id).Cacheable().ToList();
        }),
        ["a variable of one name around another"] = (true, static (db, n) => db.Customers
            .Where(c => c.Orders.Any(o => o.Lines.Any(l => l.Id == n && l.OrderId == o.Id && o.CustomerId == c.Id)))
            .OrderBy(c => c.Id).Cacheable().ToList()),
        ["what is captured in what comes out"] = (true, static (db, n) => db.Orders.OrderBy(o => o.Id)
            .Select(o => new Result { Id = o.Id, Asked = n, Owner = o.Customer!.Name, Many = o.Id > n ? 1 : 0 }).Cacheable().ToList()),
        ["nothing but what is captured"] = (false, static (db, n) => db.Orders.OrderBy(o => o.Id).Select(_ => n).Cacheable().ToList()),
        ["groups and joins"] = (true, static (db, n) => db.Orders.Where(o => o.Id > n)
            .Join(db.Customers, o => o.CustomerId, c => c.Id, (o, c) => new { c.City, o.Total })
            .GroupBy(x => x.City).Select(g => new { g.Key, Count = g.Count() }).OrderBy(x => x.Count).ThenBy(x => x.Key).Cacheable().ToList()),
        ["both of two"] = (true, static (db, n) => db.Orders.Where(o => o.Id == n).Concat(db.Orders.Where(o => o.Id == 1)).OrderBy(o => o.Id).Cacheable().ToList()),
        ["options"] = (true, static (db, n) => db.Orders.Where(o => o.Id == n)
            .Cacheable(new CacheableOptions { AbsoluteExpiration = TimeSpan.FromMinutes(n) }).ToList()),
        ["includes"] = (true, static (db, n) => db.Customers.Include(c => c.Orders.Where(o => o.Id > n)).ThenInclude(o => o.Lines)
            .AsNoTracking().OrderBy(c => c.Id).Cacheable().ToList()),
        ["an answer in two"] = (true, static (db, n) => db.Customers.Include(c => c.Orders).Where(c => c.Id <= n).OrderBy(c => c.Id)
            .AsSplitQuery().AsNoTracking().Cacheable().ToList()),
        ["not cacheable"] = (true, static (db, n) => db.Orders.Where(o => o.Id == n).NotCacheable().ToList()),
        ["SQL"] = (false, static (db, n) => db.Orders.FromSql($"SELECT * FROM \"Orders\" WHERE \"Id\" = {n}").ToList()),
    };

    private readonly ShopDatabase _shop = new();

    public static TheoryData<string> Names => [.. Shapes.Keys];

    public void Dispose() => _shop.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void EachGivesItsOwnAnswer(string name)
    {
        var (isKnown, ask) = Shapes[name];
        using var plain = Plain();
        var before = KnownQueryCheck.Count;
        for (var n = 1; n <= 3; n++)
        {
            for (var times = 0; times < 2; times++)
            {
                using var db = _shop.Open();
                Dump.Of(ask(db, n)).ShouldBe(Dump.Of(ask(plain, n)), $"{n}");
                plain.ChangeTracker.Clear();
            }
        }

        (KnownQueryCheck.Count > before).ShouldBe(isKnown);
    }

    // Each pair differs in one token of its fingerprint.
    [Fact]
    public void QueriesThatDifferInOneThing_AreDifferent()
    {
        var (first, second) = (1, 2);
        Func<ShopContext, IEnumerable<object>>[][] pairs =
        [
            [db => db.Orders.Where(o => o.Id == 1).Cacheable(), db => db.Orders.Where(o => o.Id == 2).Cacheable()],
            [db => db.Customers.Where(c => c.City == "Rome").Cacheable(), db => db.Customers.Where(c => c.City == null).Cacheable()],
            [db => db.Orders.OrderBy(o => o.Id).Cacheable(), db => db.Orders.OrderByDescending(o => o.Id).Cacheable()],
            [db => db.Orders.Where(o => o.Id > first).Cacheable(), db => db.Orders.Where(o => o.Id < first).Cacheable()],
            [db => db.Orders.Where(o => o.Id == first).Cacheable(), db => db.Orders.Where(o => o.CustomerId == first).Cacheable()],
            [db => db.Orders.Where(o => o.Id == first).Cacheable(), db => db.Orders.Where(o => o.Id == second).Cacheable()],
            [db => db.Orders.Where(o => o.Customer!.Orders.Any(p => p.Id > o.Id)).Cacheable(), db => db.Orders.Where(o => o.Customer!.Orders.Any(p => p.Id > p.Id)).Cacheable()],
            [db => db.Orders.OrderBy(o => o.Id).Select(o => new { o.Id, Other = o.CustomerId }).Cacheable(), db => db.Orders.OrderBy(o => o.Id).Select(o => new { Id = o.CustomerId, Other = o.Id }).Cacheable()],
            [db => db.Orders.OrderBy(o => o.Id).Select(o => new Result { Id = o.Id }).Cacheable(), db => db.Orders.OrderBy(o => o.Id).Select(o => new Result { Asked = o.Id }).Cacheable()],
            [db => db.Orders.OrderBy(o => o.Id).Cacheable(), db => db.Orders.OrderBy(o => o.Id).NotCacheable()],
            [db => db.Orders.OrderBy(o => o.Id).AsTracking().Cacheable(), db => db.Orders.OrderBy(o => o.Id).AsNoTracking().Cacheable()],
        ];
        foreach (var pair in pairs)
        {
            for (var times = 0; times < 3; times++)
            {
                foreach (var ask in pair)
                {
                    using var db = _shop.Open();
                    using var plain = Plain();
                    Dump.Of(ask(db).ToList()).ShouldBe(Dump.Of(ask(plain).ToList()));
                    db.ChangeTracker.Entries().Count().ShouldBe(plain.ChangeTracker.Entries().Count());
                }
            }
        }
    }

    // Once EF has made one parameter of two variables that were equal, another two must not be taken for the same. Without the
    // check against EF, which would notice: here the answers are to tell.
    [Fact]
    public void VariablesThatWereEqualOnce_AreNotTakenForOne()
    {
        KnownQueryCheck.IsOff = true;
        try
        {
            using var db = _shop.Open();
            using var plain = Plain();
            foreach (var (ids, customers) in new[] { (new[] { 1, 2 }, new[] { 1, 2 }), ([1, 2, 3, 4], [2]), ([1, 2], [1, 2]), ([5], [3]) })
            {
                Ids(db).ShouldBe(Ids(plain));

                List<int> Ids(ShopContext context)
                    => [.. context.Orders.Where(In("Id", ids)).Where(In("CustomerId", customers)).OrderBy(o => o.Id).Cacheable().Select(o => o.Id)];
            }
        }
        finally
        {
            KnownQueryCheck.IsOff = false;
        }

        static Expression<Func<Order, bool>> In(string property, int[] ids)
        {
            var order = Expression.Parameter(typeof(Order), "o");
            return Expression.Lambda<Func<Order, bool>>(
                Expression.Call(
                    typeof(Enumerable), nameof(Enumerable.Contains), [typeof(int)],
                    Expression.Property(Expression.Constant(Tuple.Create(ids)), "Item1"), Expression.Property(order, property)),
                order);
        }
    }

    [Fact]
    public void ObjectsThatCannotBeCompared_AreNotWhereEFDoesNot()
    {
        for (var n = 1; n < 4; n++)
        {
            using var db = _shop.Open();
            db.Orders.Where(new Incomparable(n).IsIt()).Concat(db.Orders.Where(new Incomparable(n + 1).IsIt())).Cacheable().ToList()
                .Select(o => o.Id).Order().ShouldBe([n, n + 1]);
        }
    }

    // A variable is read before the query is looked up: reading it may change what the context's queries do.
    [Fact]
    public void AVariableThatChangesTheContext_DoesSoForItsOwnQueryOnly()
    {
        int[] tracked = [.. new[] { true, false, false, true, false }.Select(switches =>
        {
            using var db = _shop.Open();
            var variable = new Switching(db, switches);
            db.Orders.Where(o => o.Id == variable.Value).Cacheable().ToList();
            return db.ChangeTracker.Entries().Count();
        })];
        tracked.ShouldBe([0, 1, 1, 0, 1]);
    }

    [Fact]
    public void AListThatIsAQuery_IsOne()
    {
        using var db = _shop.Open();
        foreach (var (ids, expected) in new (List<int>, int[])[] { ([1, 2], [1, 2]), (new QueryList(db.Orders.Where(o => o.Id > 2).Select(o => o.CustomerId)), [2, 3]), ([3], [3]) })
        {
            db.Customers.Where(c => Enumerable.Contains(ids, c.Id)).OrderBy(c => c.Id).Cacheable().ToList().Select(c => c.Id).ShouldBe(expected);
        }
    }

    [Fact]
    public void AVariableIsReadAsOftenAsItIsMet()
    {
        var variable = new Counting();
        KnownQueryCheck.IsOff = true;
        try
        {
            foreach (var expected in (int[])[1, 3, 5])
            {
                using var db = _shop.Open();
                db.Orders.Where(o => o.Id == variable.Next || o.Id == variable.Next).Cacheable().ToList().Select(o => o.Id).ShouldBe([expected]);
            }
        }
        finally
        {
            KnownQueryCheck.IsOff = false;
        }
    }

    [Fact]
    public void SetsOfOneType_AreDifferent()
    {
        var options = new DbContextOptionsBuilder<BagContext>();
        _shop.Database.Use(options);
        options.UseZooCache(_shop.Cache);
        _shop.Database.Execute("CREATE TABLE \"Left\" (\"Id\" INTEGER PRIMARY KEY); CREATE TABLE \"Right\" (\"Id\" INTEGER PRIMARY KEY); INSERT INTO \"Left\" VALUES (1); INSERT INTO \"Right\" VALUES (2)");
        for (var times = 0; times < 3; times++)
        {
            using var db = new BagContext(options.Options);
            IdsOf("Left").ShouldBe([1]);
            IdsOf("Right").ShouldBe([2]);

            List<int> IdsOf(string name) => [.. db.Set<Dictionary<string, object>>(name).Select(b => (int)b["Id"]).Cacheable()];
        }
    }

    [Fact]
    public void WhatEFHasMadeMoreOfThanParameters_IsNotKnown()
    {
        var box = new Box { Value = 1 };
        Expression<Func<Order, bool>> query = o => o.Id == box.Value;
        Expression<Func<Order, bool>> wide = o => EF.Property<long>(o, "Id") == box.Value;
        var parameter = new QueryParameterExpression("value", typeof(int));
        var extracted = Put(query, parameter);
        var values = new Dictionary<string, object?> { ["value"] = 1 };
        ParameterFinder.Find(query, [0], extracted, values).ShouldBe(["value"]);

        // A variable that EF has left as it is, a parameter too many, and one of a value that EF has computed.
        ParameterFinder.Find(query, [0], query, []).ShouldBeNull();
        ParameterFinder.Find(query, [0], extracted, new Dictionary<string, object?>(values) { ["more"] = 2 }).ShouldBeNull();
        ParameterFinder.Find(wide, [0], Put(wide, new QueryParameterExpression("p", typeof(long))), new() { ["p"] = 1L }).ShouldBeNull();

        static LambdaExpression Put(Expression<Func<Order, bool>> into, Expression right)
        {
            var comparison = (BinaryExpression)into.Body;
            return into.Update(comparison.Update(comparison.Left, comparison.Conversion, right), into.Parameters);
        }
    }

    [Fact]
    public void WhatEFTakesApart_IsCounted()
    {
        using var db = _shop.Open();
        for (var times = 1; times <= 3; times++)
        {
            ById(db, times);
            FallBacks().ShouldBeEmpty();
        }

        for (var times = 1; times <= 3; times++)
        {
            db.Customers.Cacheable().Where(c => c.Id == times + 1).ToList();
            FallBacks().ShouldBe([KeyValuePair.Create(FallBackReasons.QueryTree, (long)times)]);
        }

        // One that can be read, and of which EF makes more than parameters.
        for (var times = 1; times <= 3; times++)
        {
            long id = times;
            db.Customers.Cacheable().Where(c => c.Id + 1L == (long)(int)id).ToList();
        }

        FallBacks().ShouldBe([KeyValuePair.Create(FallBackReasons.QueryTree, 6L)]);
        db.Customers.Include(c => c.Orders).AsSplitQuery().AsNoTracking().Cacheable().ToList();
        FallBacks().ShouldContain(KeyValuePair.Create(FallBackReasons.ReplayedCommands, 1L));
        db.Customers.NotCacheable().Where(c => c.Id == db.Orders.Count()).ToList();
        _shop.Cache.GetStatistics().FallBacks.ShouldBe(7);

        IReadOnlyDictionary<string, long> FallBacks() => _shop.Cache.GetStatistics().FallBacksByReason;
    }

    [Fact]
    public void WithACompilerOfTheApplications_QueriesAreNotKnown()
    {
        var options = new DbContextOptionsBuilder<ShopContext>();
        _shop.Database.Use(options);
        options.UseZooCache(_shop.Cache).ReplaceService<IQueryCompiler, OwnCompiler>();
        using var db = new ShopContext(options.Options);
        for (var id = 1; id <= 3; id++)
        {
            db.Customers.Where(c => c.Id == id).Cacheable().Single().Id.ShouldBe(id);
            db.Customers.Where(c => c.Id == id).Cacheable().Single().Id.ShouldBe(id);
        }

        var statistics = _shop.Cache.GetStatistics();
        statistics.Hits.ShouldBe(3);
        statistics.FallBacksByReason.ShouldBe([KeyValuePair.Create(FallBackReasons.QueryCompiler, 6L)]);
    }

    [Fact]
    public void WhatCannotBeRead_IsEFsToTell()
    {
        using var db = _shop.Open();
        using var plain = _shop.Uncached();
        foreach (var box in (Box?[])[new Box { Value = 1 }, new Box { Value = 2 }, new Box { Throws = true }, null, new Box { Value = 3 }])
        {
            Try(() => db.Orders.Where(o => o.Id == box!.Property).Cacheable().ToList())
                .ShouldBe(Try(() => plain.Orders.Where(o => o.Id == box!.Property).ToList()));
        }

        static string Try(Func<List<Order>> ask)
        {
            try
            {
                return string.Join(',', ask().Select(o => o.Id));
            }
            catch (InvalidOperationException exception)
            {
                return exception.Message + exception.InnerException?.GetType();
            }
        }
    }

    [Fact]
    public void AVariableIsReadWhenTheQueryIs()
    {
        using var db = _shop.Open();
        var id = 1;
        var query = db.Customers.Where(c => c.Id == id).Cacheable();
        query.Single().Id.ShouldBe(1);
        id = 2;
        query.Single().Id.ShouldBe(2);
        id = 3;
        query.Single().Id.ShouldBe(3);
    }

    [Fact]
    public void QueriesOfTwoContextsInOne_AreRefusedAsEver()
    {
        using var db = _shop.Open();
        using var other = _shop.Open();
        foreach (var second in (ShopContext[])[db, db, other])
        {
            var both = () => db.Orders.Where(o => o.Id == 1).Concat(second.Orders.Where(o => o.Id == 2)).Cacheable().ToList();
            if (second == db)
            {
                both().Count.ShouldBe(2);
            }
            else
            {
                both.ShouldThrow<InvalidOperationException>();
            }
        }
    }

    [Fact]
    public void ContextsThatTrackOrDont_HaveQueriesOfTheirOwn()
    {
        foreach (var behaviour in (QueryTrackingBehavior[])[QueryTrackingBehavior.TrackAll, QueryTrackingBehavior.NoTracking, QueryTrackingBehavior.TrackAll, QueryTrackingBehavior.NoTracking])
        {
            using var db = _shop.Open();
            db.ChangeTracker.QueryTrackingBehavior = behaviour;
            ById(db, 1);
            db.ChangeTracker.Entries().Count().ShouldBe(behaviour == QueryTrackingBehavior.TrackAll ? 1 : 0);
            db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
            ById(db, 2);
            db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.TrackAll;
            ById(db, 3);
            db.ChangeTracker.Entries().Count().ShouldBe(behaviour == QueryTrackingBehavior.TrackAll ? 2 : 1);
        }
    }

    [Fact]
    public async Task SyncAndAsync_HaveQueriesOfTheirOwn()
    {
        for (var id = 1; id <= 3; id++)
        {
            using var db = _shop.Open();
            (await db.Customers.Where(c => c.Id == id).Cacheable().SingleAsync()).Id.ShouldBe(id);
            db.Customers.Where(c => c.Id == id).Cacheable().Single().Id.ShouldBe(id);
            (await db.Customers.Where(c => c.Id == id).Cacheable().ToListAsync()).Count.ShouldBe(1);
        }
    }

    [Fact]
    public void AParameterAroundAnotherOfItsName_IsNotTakenForIt()
    {
        // Where the inner lambda has the outer one's parameter, and where it uses the outer one's: alike in every word.
        var outer = Expression.Parameter(typeof(Customer), "c");
        var inner = Expression.Parameter(typeof(Customer), "c");
        var comparer = new KeptFingerprint.Comparer();
        comparer.Equals(Keep(outer, outer), Keep(outer, outer)).ShouldBeTrue();
        comparer.Equals(Keep(outer, outer), Keep(inner, inner)).ShouldBeTrue();
        comparer.Equals(Keep(outer, outer), Keep(inner, outer)).ShouldBeFalse();

        KeptFingerprint Keep(ParameterExpression within, ParameterExpression used)
        {
            var condition = Expression.Equal(Expression.Property(used, "Id"), Expression.Constant(2));
            var call = Expression.Call(new Func<Customer, Expression<Func<Customer, bool>>, bool>(Both).Method, outer, Expression.Quote(Expression.Lambda<Func<Customer, bool>>(condition, within)));
            var fingerprint = Fingerprint.Of(Expression.Lambda(call, outer))!;
            var kept = new KeptFingerprint(fingerprint.Span);
            fingerprint.Return();
            return kept;
        }

        static bool Both(Customer customer, Expression<Func<Customer, bool>> condition) => condition.Compile()(customer);
    }

    /// <summary>A context without the cache, in which queries may be marked all the same.</summary>
    private ShopContext Plain()
    {
        var options = new DbContextOptionsBuilder<ShopContext>();
        _shop.Database.Use(options);
        return new ShopContext(options.AddInterceptors(new WithoutMarkers()).Options);
    }

    private static Customer ById(ShopContext db, int n) => db.Customers.Cacheable().Single(c => c.Id == n);

    private static Expression<Func<Order, bool>> Above(int id) => o => o.Id > id;

    private static Expression<Func<Order, bool>> OneOf(Box first, Box second) => o => o.Id == first.Value || o.Id == second.Value;

    private static Expression<Func<Order, bool>> OneOf(Twin first, Twin second)
    {
        Expression<Func<Order, bool>> either = o => o.Id == 0 || o.Id == -1;
        var parameter = either.Parameters[0];
        return Expression.Lambda<Func<Order, bool>>(Expression.OrElse(Is(first), Is(second)), parameter);

        BinaryExpression Is(Twin twin)
            => Expression.Equal(Expression.Property(parameter, "Id"), Expression.Property(Expression.Constant(twin), "Id"));
    }

    private sealed class BagContext(DbContextOptions<BagContext> options) : DbContext(options)
    {
        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            foreach (var name in (string[])["Left", "Right"])
            {
                modelBuilder.SharedTypeEntity<Dictionary<string, object>>(name, bag => bag.IndexerProperty<int>("Id"));
            }
        }
    }

    private sealed class OwnCompiler(
        IQueryContextFactory contexts, ICompiledQueryCache compiled, ICompiledQueryCacheKeyGenerator keys, IDatabase database,
        IDiagnosticsLogger<DbLoggerCategory.Query> logger, ICurrentDbContext current, IEvaluatableExpressionFilter filter, IModel model)
        : QueryCompiler(contexts, compiled, keys, database, logger, current, filter, model);

    private sealed class WithoutMarkers : IQueryExpressionInterceptor
    {
        public Expression QueryCompilationStarting(Expression queryExpression, QueryExpressionEventData eventData)
            => MarkerReader.Read(queryExpression).Query;
    }

    private sealed class Box
    {
        public int Value { get; init; }

        public bool Throws { get; init; }

        public int Property => Throws ? throw new FormatException("This one can't be read.") : Value;
    }

    private sealed class Incomparable(int id)
    {
        public int Id { get; } = id;

        public Expression<Func<Order, bool>> IsIt() => o => o.Id == Id;

        public override bool Equals(object? obj) => throw new NotSupportedException("This one can't be compared.");

        public override int GetHashCode() => Id;
    }

    private sealed class Switching(ShopContext db, bool switches)
    {
        public int Value
        {
            get
            {
                db.ChangeTracker.QueryTrackingBehavior = switches ? QueryTrackingBehavior.NoTracking : db.ChangeTracker.QueryTrackingBehavior;
                return 1;
            }
        }
    }

    private sealed class QueryList(IQueryable<int> query) : List<int>, IQueryable<int>
    {
        public Type ElementType => query.ElementType;

        public Expression Expression => query.Expression;

        public IQueryProvider Provider => query.Provider;
    }

    private sealed class Counting
    {
        private int _next;

        public int Next => ++_next;
    }

    private sealed record Twin(int Id);

    private sealed class Result
    {
        public int Id { get; set; }

        public int Asked { get; set; }

        public string? Owner { get; set; }

        public int Many { get; set; }
    }
}
