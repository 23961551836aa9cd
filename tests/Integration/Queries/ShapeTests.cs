using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>Every shape of a query before and after changes that move rows into and out of its answer.</summary>
public abstract class ShapeTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : ShapeTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : ShapeTests(Provider.Postgres);

    private static readonly Dictionary<string, Func<ShopContext, object?>> Shapes = new()
    {
        ["rows under a condition"] = db => db.Orders.AsNoTracking().Where(o => o.Total > 12).OrderBy(o => o.Id).ToList(),
        ["nothing found"] = db => db.Orders.AsNoTracking().Where(o => o.Id == 7).ToList(),
        ["a null"] = db => db.Customers.Where(c => c.Id == 3).Select(c => c.City).Single(),
        ["a default value"] = db => db.Orders.Where(o => o.Id == 7).Select(o => o.Total).SingleOrDefault(),
        ["a null, nothing found"] = db => db.Customers.AsNoTracking().FirstOrDefault(c => c.Name == "Fourth"),
        ["is null"] = db => db.Customers.Count(c => c.City == null),
        ["equal to a parameter that is null"] = db => Equal(db, null),
        ["equal to a parameter that is not null"] = db => Equal(db, "Oslo"),
        ["not equal"] = db => db.Customers.Where(c => c.City != "Oslo").OrderBy(c => c.Id).Select(c => c.Name).ToList(),
        ["count"] = db => db.Lines.Count(),
        ["sum"] = db => db.Lines.Sum(l => l.Quantity),
        ["least and largest"] = db => db.Lines.GroupBy(_ => 1).Select(g => new { Least = g.Min(l => l.Quantity), Largest = g.Max(l => l.Quantity) }).Single(),
        ["average, or an exception"] = db => db.Lines.Where(l => l.Product == "plum").Average(l => l.Quantity),
        ["any"] = db => db.Lines.Any(l => l.Product == "plum"),
        ["all"] = db => db.Lines.All(l => l.Quantity < 9),
        ["contains"] = db => db.Lines.Select(l => l.Product).Contains("plum"),
        ["distinct"] = db => db.Lines.Select(l => l.Product).Distinct().OrderBy(p => p).ToList(),
        ["groups"] = db => db.Lines.GroupBy(l => l.Product).Select(g => new { g.Key, Sum = g.Sum(l => l.Quantity) }).OrderBy(g => g.Key).ToList(),
        ["groups under a condition"] = db => db.Orders.GroupBy(o => o.CustomerId).Where(g => g.Count() > 1).Select(g => g.Key).OrderBy(k => k).ToList(),
        ["a page"] = db => db.Customers.AsNoTracking().OrderBy(c => c.Name).Skip(1).Take(1).ToList(),
        ["a filter over a page"] = db => db.Customers.OrderBy(c => c.Name).Take(2).Where(c => c.Id == 2).Select(c => c.Name).ToList(),
        ["the last"] = db => db.Orders.AsNoTracking().OrderBy(o => o.Id).LastOrDefault(),
        ["union"] = db => db.Customers.Select(c => c.Name).Union(db.Lines.Select(l => l.Product)).OrderBy(n => n).ToList(),
        ["except"] = db => db.Customers.Select(c => c.Id).Except(db.Orders.Select(o => o.CustomerId)).OrderBy(i => i).ToList(),
        ["intersect"] = db => db.Customers.Select(c => c.Id).Intersect(db.Orders.Where(o => o.Total > 30).Select(o => o.CustomerId)).OrderBy(i => i).ToList(),
        ["exists"] = db => db.Customers.Where(c => c.Orders.Any(o => o.Lines.Any(l => l.Quantity > 2))).OrderBy(c => c.Id).Select(c => c.Id).ToList(),
        ["not exists"] = db => db.Customers.Where(c => !c.Orders.Any()).Select(c => c.Name).ToList(),
        ["a subquery per row"] = db => db.Customers.OrderBy(c => c.Id).Select(c => new { c.Id, Last = c.Orders.OrderByDescending(o => o.Id).Select(o => (decimal?)o.Total).FirstOrDefault() }).ToList(),
        ["inner join"] = db => db.Orders.Join(db.Customers, o => o.CustomerId, c => c.Id, (o, c) => new { o.Id, c.Name }).OrderBy(x => x.Id).ToList(),
        ["left join"] = db => db.Customers.LeftJoin(db.Orders.Where(o => o.Total > 30), c => c.Id, o => o.CustomerId, (c, o) => new { c.Id, Total = (decimal?)o!.Total }).OrderBy(x => x.Id).ThenBy(x => x.Total).ToList(),
        ["left join where there is nothing"] = db => db.Customers.LeftJoin(db.Orders, c => c.Id, o => o.CustomerId, (c, o) => new { c, o }).Where(x => x.o == null).Select(x => x.c.Name).ToList(),
        ["right join"] = db => db.Orders.Where(o => o.Total < 12).RightJoin(db.Customers, o => o.CustomerId, c => c.Id, (o, c) => new { c.Id, Total = (decimal?)o!.Total }).OrderBy(x => x.Id).ToList(),
        ["cross join"] = db => db.Customers.SelectMany(_ => db.Orders.Where(o => o.Total > 31)).Count(),
        ["include"] = db => db.Customers.AsNoTracking().Include(c => c.Orders.OrderBy(o => o.Id)).ThenInclude(o => o.Lines.OrderBy(l => l.Id)).OrderBy(c => c.Id).ToList(),
        ["include, split"] = db => db.Customers.AsNoTracking().Include(c => c.Orders.OrderBy(o => o.Id)).ThenInclude(o => o.Lines.OrderBy(l => l.Id)).OrderBy(c => c.Id).AsSplitQuery().ToList(),
        ["include with a condition"] = db => db.Customers.AsNoTracking().Include(c => c.Orders.Where(o => o.Total > 12).OrderBy(o => o.Id)).Where(c => c.Id == 1).Single(),
        ["a collection in a projection"] = db => db.Customers.OrderBy(c => c.Id).Select(c => new { c.Name, Totals = c.Orders.OrderBy(o => o.Id).Select(o => o.Total).ToList() }).ToList(),
        ["a collection in a projection, split"] = db => db.Customers.OrderBy(c => c.Id).Select(c => new { c.Name, Totals = c.Orders.OrderBy(o => o.Id).Select(o => o.Total).ToList() }).AsSplitQuery().ToList(),
        ["groups as the result"] = db => db.Lines.AsNoTracking().OrderBy(l => l.Id).GroupBy(l => l.Product).ToList().OrderBy(g => g.Key).Select(g => new { g.Key, Ids = g.Select(l => l.Id).ToList() }).ToList(),
        ["a list of keys"] = db => In(db, [1, 5, 7]),
        ["no keys"] = db => In(db, []),
        ["by a row's key"] = db => db.Orders.AsNoTracking().SingleOrDefault(o => o.Id == 7),
        ["Find"] = db => db.Orders.Find(2)?.Total,
        ["a row number"] = db => db.Orders.GroupBy(o => o.CustomerId).Select(g => g.OrderByDescending(o => o.Total).Take(1).Select(o => o.Id).ToList()).ToList().SelectMany(x => x).Order().ToList(),
    };

    private static readonly (string Name, Action<ShopContext> Change)[] Changes =
    [
        ("insert an order", db => db.Add(new Order { CustomerId = 3, Total = 77 })),
        ("insert a customer", db => db.Add(new Customer { Name = "Fourth" })),
        ("move an order", db => db.Orders.Single(o => o.Id == 2).CustomerId = 3),
        ("raise a total", db => db.Orders.Single(o => o.Id == 1).Total = 50),
        ("a city becomes null", db => db.Customers.Single(c => c.Id == 1).City = null),
        ("null becomes a city", db => db.Customers.Single(c => c.Id == 3).City = "Oslo"),
        ("insert a line", db => db.Add(new Line { OrderId = 6, Product = "plum", Quantity = 9 })),
        ("rename", db => db.Customers.Single(c => c.Id == 2).Name = "Aaron"),
        ("delete an order", db => db.Remove(db.Orders.Single(o => o.Id == 3))),
        ("update a set", db => db.Lines.Where(l => l.Quantity < 3).ExecuteUpdate(s => s.SetProperty(l => l.Quantity, l => l.Quantity + 1))),
        ("delete a set", db => db.Lines.Where(l => l.Product == "pear").ExecuteDelete()),
        ("delete a customer", db => db.Customers.Where(c => c.Id == 1).ExecuteDelete()),
        ("delete everything", db => db.Customers.ExecuteDelete()),
    ];

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch(provider: provider);
    private bool _retrying;

    public void Dispose() => _shop.Dispose();

    /// <param name="retrying">With a strategy that retries, EF buffers each result before anybody reads it.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhateverItsShape_AnAnswerIsTheDatabasesBeforeAndAfterEachChange(bool retrying)
    {
        _retrying = retrying;
        foreach (var (name, shape) in Shapes)
        {
            Answer(shape).Text.ShouldBe(Truth(shape), $"{name}, when first asked");
            var again = Answer(shape);
            again.Text.ShouldBe(Truth(shape), $"{name}, when asked again");
            again.Outcome.ShouldBe(Outcomes.Hit, name);
        }

        var changed = new HashSet<string>();
        foreach (var (change, act) in Changes)
        {
            var before = Shapes.ToDictionary(s => s.Key, s => Truth(s.Value));
            using (var db = _shop.Open())
            {
                act(db);
                db.SaveChanges();
            }

            foreach (var (name, shape) in Shapes)
            {
                var truth = Truth(shape);
                Answer(shape).Text.ShouldBe(truth, $"{name}, after: {change}");
                Answer(shape).Text.ShouldBe(truth, $"{name}, again, after: {change}");
                if (truth != before[name])
                {
                    changed.Add(name);
                }
            }
        }

        // A shape whose answer never changed would have proven nothing.
        Shapes.Keys.Except(changed).ShouldBe(["no keys"]);
    }

    /// <summary>A strategy that would retry, if anything failed.</summary>
    private sealed class Retrying(ExecutionStrategyDependencies dependencies) : ExecutionStrategy(dependencies, 3, TimeSpan.Zero)
    {
        public static void Use(DbContextOptionsBuilder builder)
            => ((IDbContextOptionsBuilderInfrastructure)builder).AddOrUpdateExtension(
                RelationalOptionsExtension.Extract(builder.Options).WithExecutionStrategyFactory(d => new Retrying(d)));

        protected override bool ShouldRetryOn(Exception exception) => false;
    }

    private static int Equal(ShopContext db, string? city) => db.Customers.Count(c => c.City == city);

    private static List<int> In(ShopContext db, int[] keys) => db.Orders.Where(o => keys.Contains(o.Id)).OrderBy(o => o.Id).Select(o => o.Id).ToList();

    private (string Text, QueryOutcome? Outcome) Answer(Func<ShopContext, object?> shape)
    {
        using var db = _shop.Open(z => z.CacheAll(), _retrying ? Retrying.Use : null);
        return (Text(db, shape), db.Last());
    }

    private string Truth(Func<ShopContext, object?> shape)
    {
        using var db = _shop.Uncached();
        return Text(db, shape);
    }

    private static string Text(ShopContext db, Func<ShopContext, object?> shape)
    {
        try
        {
            return Dump.Of(shape(db));
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message;
        }
    }
}
