using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>The SQL that reaches the database is the one that EF sends without ZooCache: text, parameter names, order, values.</summary>
public abstract class SqlTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : SqlTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : SqlTests(Provider.Postgres);

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch(provider: provider);

    public void Dispose() => _shop.Dispose();

    public static TheoryData<string> Names => new(Queries.Keys);

    private static readonly Dictionary<string, Func<ShopContext, object?>> Queries = new()
    {
        ["constant"] = db => db.Customers.Where(c => c.Id == 2).ToList(),
        ["variable"] = db => Local(db, 2, "Customer 2"),
        ["variables of one name"] = db => Second(First(db.Customers, "Customer 1"), "Customer 1").ToList(),
        ["list"] = db => In(db, [1, 3]),
        ["empty list"] = db => In(db, []),
        ["long list"] = db => In(db, [.. Enumerable.Range(1, 70)]),
        ["list of nullable texts"] = db => InCities(db, ["Oslo", null]),
        ["array as one parameter"] = db => OneParameter(db, [1, 2]),
        ["list as constants"] = db => Constants(db, [1, 2]),
        ["null parameter"] = db => City(db, null),
        ["non-null parameter"] = db => City(db, "Oslo"),
        ["include"] = db => db.Customers.Include(c => c.Orders).ThenInclude(o => o.Lines).OrderBy(c => c.Id).ToList(),
        ["include with filter"] = db => db.Customers.Include(c => c.Orders.Where(o => o.Total > 20).OrderBy(o => o.Id).Take(1)).OrderBy(c => c.Id).ToList(),
        ["reference"] = db => db.Orders.Include(o => o.Customer).Where(o => o.Customer!.City == "Oslo").OrderBy(o => o.Id).ToList(),
        ["paging"] = db => Page(db, 1, 2),
        ["tagged"] = db => db.Orders.TagWith("a tag").TagWith("two\nlines").Where(o => o.Id == 1).ToList(),
        ["group by"] = db => db.Orders.GroupBy(o => o.CustomerId).Select(g => new { g.Key, Sum = g.Sum(o => o.Total), Count = g.Count() }).OrderBy(x => x.Key).ToList(),
        ["set operation"] = db => db.Customers.Where(c => c.Id == 1).Union(db.Customers.Where(c => c.City == null)).OrderBy(c => c.Id).ToList(),
        ["distinct"] = db => db.Lines.Select(l => l.Product).Distinct().OrderBy(p => p).ToList(),
        ["correlated"] = db => db.Customers.OrderBy(c => c.Id).Select(c => new { c.Name, Last = c.Orders.OrderByDescending(o => o.PlacedAt).Select(o => (DateTime?)o.PlacedAt).FirstOrDefault() }).ToList(),
        ["exists"] = db => db.Customers.Where(c => db.Lines.Any(l => l.Order!.CustomerId == c.Id && l.Quantity > 2)).ToList(),
        ["left join"] = db => db.Customers.LeftJoin(db.Orders.Where(o => o.Total > 30), c => c.Id, o => o.CustomerId, (c, o) => new { c.Id, o }).OrderBy(x => x.Id).ToList(),
        ["cross join"] = db => (from c in db.Customers from l in db.Lines where c.Id == l.Id select new { c.Name, l.Product }).OrderBy(x => x.Name).ToList(),
        ["projection with a collection"] = db => db.Customers.OrderBy(c => c.Id).Select(c => new { c.Id, Orders = c.Orders.Select(o => new { o.Total, Lines = o.Lines.ToList() }).ToList() }).ToList(),
        ["texts"] = db => db.Customers.Where(c => c.Name.StartsWith("Cust") && c.Name.Contains("er 2") && c.Name.ToLower() != "x" && c.Name.Length > 2).ToList(),
        ["like"] = db => db.Customers.Where(c => EF.Functions.Like(c.Name, "%3")).ToList(),
        ["entity as parameter"] = db => ByEntity(db, new Customer { Id = 2 }),
        ["conditional"] = db => db.Orders.OrderBy(o => o.Id).Select(o => o.Total > 20 ? "big" : o.Customer!.City).ToList(),
        ["date parts"] = db => db.Orders.Where(o => o.PlacedAt.Year == 2026 && o.PlacedAt.Month == 2).OrderBy(o => o.Id).ToList(),
        ["values"] = db => Values(db, [1, 2]),
        ["max by key"] = db => db.Orders.Where(o => o.Total == db.Orders.Max(x => x.Total)).ToList(),
        ["identity resolution"] = db => db.Orders.AsNoTrackingWithIdentityResolution().Include(o => o.Customer).OrderBy(o => o.Id).ToList(),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void WhenPolicyCachesAQuery_TheSqlIsTheOneOfEF(string name) => _shop.ShouldServe(Queries[name], name);

    private static object Local(ShopContext db, int id, string name)
    {
        var options = id;
        var zooCache = name;
        return db.Customers.Where(c => c.Id == options && c.Name == zooCache).ToList();
    }

    private static IQueryable<Customer> First(IQueryable<Customer> source, string name) => source.Where(c => c.Name == name);

    private static IQueryable<Customer> Second(IQueryable<Customer> source, string name) => source.Where(c => c.Name != name + "!");

    private static List<Customer> In(ShopContext db, List<int> ids) => db.Customers.Where(c => ids.Contains(c.Id)).OrderBy(c => c.Id).ToList();

    private static List<Customer> InCities(ShopContext db, string?[] cities) => db.Customers.Where(c => cities.Contains(c.City)).OrderBy(c => c.Id).ToList();

    private static List<Customer> OneParameter(ShopContext db, int[] ids) => db.Customers.Where(c => EF.Parameter(ids).Contains(c.Id)).OrderBy(c => c.Id).ToList();

    private static List<Customer> Constants(ShopContext db, int[] ids) => db.Customers.Where(c => EF.Constant(ids).Contains(c.Id)).OrderBy(c => c.Id).ToList();

    private static List<int> Values(ShopContext db, int[] ids) => db.Customers.Select(c => ids.Count(i => i > c.Id)).OrderBy(x => x).ToList();

    private static List<Customer> City(ShopContext db, string? city) => db.Customers.Where(c => c.City == city).OrderBy(c => c.Id).ToList();

    private static List<Order> Page(ShopContext db, int skip, int take) => db.Orders.OrderBy(o => o.Id).Skip(skip).Take(take).ToList();

    private static List<Order> ByEntity(ShopContext db, Customer customer) => db.Orders.Where(o => o.Customer == customer).OrderBy(o => o.Id).ToList();

    // Guards: CapturedOptions.Of; with a captured variable in its place, names and numbers of the others change.
    /// <summary>Markers with options in every position, beside variables named as ours may be.</summary>
    [Fact]
    public void WhenMarkersCarryOptions_TheSqlIsTheOneOfEF()
    {
        Same(q => q.Cacheable());
        Same(q => q.Cacheable(TimeSpan.FromMinutes(1)));
        Same(q => q.Cacheable(new CacheableOptions { Tags = ["a"] }));
        Same(q => q.Cacheable(o => o.SlidingExpiration = TimeSpan.FromMinutes(2)));
        Same(q => q.NotCacheable());

        void Same(Func<IQueryable<Customer>, IQueryable<Customer>> mark)
        {
            foreach (var position in Enumerable.Range(0, 5))
            {
                var expected = Sql(_shop.Uncached, position, q => q);
                _shop.Cache.Clear();
                Sql(more => _shop.Open(more: more), position, mark).ShouldBe(expected);
            }
        }
    }

    private static string[] Sql(
        Func<Action<DbContextOptionsBuilder>, ShopContext> open, int position, Func<IQueryable<Customer>, IQueryable<Customer>> mark)
    {
        var log = new ExactCommandLog();
        using var db = open(b => b.AddInterceptors(log));
        var options = "Customer 1";
        var absoluteExpiration = 1;
        var configure = "Oslo";
        var cacheable = 0;
        var query = db.Customers.AsQueryable();
        query = position == 0 ? mark(query) : query;
        query = query.Where(c => c.Name == options && c.Id == absoluteExpiration);
        query = position == 1 ? mark(query) : query;
        query = position == 4
            ? query.Where(c => mark(db.Customers).Any(x => x.City == configure && x.Id == c.Id))
            : query.Where(c => db.Customers.Any(x => x.City == configure && x.Id == c.Id));
        query = position == 2 ? mark(query) : query;
        query = query.OrderBy(c => c.Id).Skip(cacheable).Take(absoluteExpiration);
        query = position == 3 ? mark(query) : query;
        query.ToList().Count.ShouldBe(1);
        return [.. log.Commands];
    }

    [Fact]
    public void WhenAQueryIsAskedForItsText_ItIsTheOneOfEF()
    {
        using var cached = _shop.Open();
        using var uncached = _shop.Uncached();
        var id = 2;
        cached.Customers.Cacheable().Where(c => c.Id == id).ToQueryString()
            .ShouldBe(uncached.Customers.Where(c => c.Id == id).ToQueryString());
        cached.Customers.Where(c => c.Id == id).Cacheable(TimeSpan.FromHours(1)).ToList();
        cached.Customers.Where(c => c.Id == id).Cacheable(TimeSpan.FromHours(1)).ToQueryString()
            .ShouldBe(uncached.Customers.Where(c => c.Id == id).ToQueryString());
        using var command = cached.Customers.Where(c => c.Id == id).Cacheable().CreateDbCommand();
        using var expected = uncached.Customers.Where(c => c.Id == id).CreateDbCommand();
        ExactCommandLog.Describe(command).ShouldBe(ExactCommandLog.Describe(expected));
    }

    [Fact]
    public void WhenAQueryIsCompiled_TheSqlIsTheOneOfEF()
    {
        var compiled = EF.CompileQuery((ShopContext db, int id, string options) => db.Customers.Cacheable().Where(c => c.Id == id && c.Name == options));
        var plain = EF.CompileQuery((ShopContext db, int id, string options) => db.Customers.Where(c => c.Id == id && c.Name == options));
        var withOptions = EF.CompileQuery((ShopContext db, CacheableOptions how, int id, string options) => db.Customers.Where(c => c.Id == id && c.Name == options).Cacheable(how));
        var log = new ExactCommandLog();
        using var cached = _shop.Open(more: b => b.AddInterceptors(log));
        using var uncached = _shop.Uncached(b => b.AddInterceptors(log));
        plain(uncached, 1, "Customer 1").Count().ShouldBe(1);
        compiled(cached, 1, "Customer 1").Count().ShouldBe(1);
        _shop.Cache.Clear();
        withOptions(cached, new CacheableOptions(), 1, "Customer 1").Count().ShouldBe(1);
        log.Commands.Distinct().Count().ShouldBe(1, string.Join('\n', log.Commands));
        log.Commands.Count.ShouldBe(3);
    }
}
