using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.Integration.Tests.Support.Outcomes;

namespace ZooCache.Integration.Tests.Queries;

public abstract class MarkerTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : MarkerTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : MarkerTests(Provider.Postgres);

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch(provider: provider);

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void WhenNothingIsSaid_TheQueryIsNotCached()
    {
        _shop.Ask(db => db.Customers.ToList()).ShouldBe(Bypass("not-requested"));
        _shop.Ask(db => db.Customers.ToList()).ShouldBe(Bypass("not-requested"));
        _shop.Cache.GetStatistics().Entries.ShouldBe(0);
    }

    [Fact]
    public void WhenAMarkerStandsAnywhere_TheWholeQueryIsCached()
    {
        var hour = TimeSpan.FromHours(1);
        foreach (var query in new Func<ShopContext, object?>[]
        {
            db => db.Customers.Cacheable().Where(c => c.Id == 1).ToList(),
            db => db.Customers.Where(c => c.Id == 1).Cacheable(hour).ToList(),
            db => db.Customers.Cacheable(new CacheableOptions()).Include(c => c.Orders).AsNoTracking().Single(c => c.Id == 1),
            db => db.Customers.Cacheable(o => o.SlidingExpiration = hour).Select(c => new { c.Id, Count = c.Orders.Count }).ToList(),
            db => db.Customers.Where(c => db.Orders.Cacheable().Any(o => o.CustomerId == c.Id)).ToList(),
            db => db.Customers.Where(c => db.Orders.Cacheable(hour).Any(o => o.CustomerId == c.Id)).Count(),
            db => db.Customers.Join(db.Orders.Cacheable(), c => c.Id, o => o.CustomerId, (c, o) => o.Total).ToList(),
            db => db.Customers.Select(c => c.Id).Concat(db.Orders.Select(o => o.Id).Cacheable()).ToList(),
            db => (from c in db.Customers from o in db.Orders.Cacheable() where o.CustomerId == c.Id select o.Id).ToList(),
            db => db.Set<Customer>().Cacheable().OfType<Customer>().OrderBy(c => c.Name).ThenBy(c => c.Id).Skip(1).ToList(),
            db => db.Customers.Cacheable().Max(c => c.Id),
        })
        {
            _shop.Cache.Clear();
            _shop.Ask(query).ShouldBe(NotFound);
            _shop.Ask(query).ShouldBe(Hit);
        }
    }

    // Guards: MarkerReader.VisitMethodCall, "if (_marker.Wish == CacheWish.None)".
    [Fact]
    public void WhenMarkersContradict_TheOneNearestToTheEndWins()
    {
        _shop.Ask(db => db.Customers.Cacheable().Where(c => c.Id > 0).NotCacheable().ToList()).ShouldBe(Bypass("not-cacheable"));
        _shop.Ask(db => db.Customers.NotCacheable().Where(c => c.Id > 0).Cacheable().ToList()).ShouldBe(NotFound);
        _shop.Ask(db => db.Customers.Where(c => db.Orders.NotCacheable().Any(o => o.CustomerId == c.Id)).Cacheable().ToList()).ShouldBe(NotFound);
        _shop.Ask(db => db.Customers.Cacheable().Where(c => db.Orders.NotCacheable().Any(o => o.CustomerId == c.Id && o.Id > 1)).ToList()).ShouldBe(NotFound);
        _shop.Ask(db => db.Customers.Where(c => db.Orders.NotCacheable().Any(o => o.CustomerId == c.Id && o.Id > 2)).ToList(), z => z.CacheAll())
            .ShouldBe(Bypass("not-cacheable"));

        // Options, too: the outer one refreshes, the inner one doesn't.
        var refresh = new CacheableOptions { Refresh = true };
        _shop.Ask(db => db.Customers.Cacheable(new CacheableOptions()).Where(c => c.Id > 0).Cacheable(refresh).ToList()).ShouldBe(Refresh);
        _shop.Ask(db => db.Customers.Cacheable(refresh).Where(c => db.Orders.Cacheable(new CacheableOptions()).Any(o => o.Id == c.Id)).ToList()).ShouldBe(Refresh);
        _shop.Ask(db => db.Customers.Cacheable(new CacheableOptions()).Where(c => db.Orders.Cacheable(refresh).Any(o => o.Id == c.Id)).ToList()).ShouldBe(Hit);
    }

    // Guards: CapturedOptions (options are a parameter), PlanIdentity (they aren't part of the query).
    [Fact]
    public void WhenOptionsChangeFromCallToCall_EFCompilesOnce()
    {
        var compilations = new CompilationLog();
        for (var i = 1; i <= 20; i++)
        {
            var id = i % 3;
            using var db = _shop.Open(more: compilations.Watch);
            db.Customers.Cacheable(TimeSpan.FromMinutes(i)).Where(c => c.Id == id).ToList();
            db.Customers.Cacheable(TimeSpan.FromMinutes(i)).Where(c => c.Id == id).ToList();
            db.Last().ShouldBe(Hit);
            compilations.Count.ShouldBe(1);
        }
    }

    [Fact]
    public void WhenOptionsInASubqueryChangeFromCallToCall_EFCompilesOnce()
    {
        var compilations = new CompilationLog();
        for (var i = 1; i <= 5; i++)
        {
            using var db = _shop.Open(more: compilations.Watch);
            var options = new CacheableOptions { Tags = [$"t{i}"] };
            db.Customers.Where(c => db.Orders.Cacheable(options).Any(o => o.CustomerId == c.Id)).ToList();
            db.Last().ShouldBe(NotFound);
            compilations.Count.ShouldBe(1);
        }
    }

    [Fact]
    public async Task WhenAMarkerStandsInACompiledQuery_ItsArgumentsAreReadAtEachCall()
    {
        var byOptions = EF.CompileQuery((ShopContext db, int id, CacheableOptions how) => db.Customers.Cacheable(how).Where(c => c.Id == id));
        var byTime = EF.CompileAsyncQuery((ShopContext db, int id, TimeSpan time) => db.Customers.Cacheable(time).Where(c => c.Id == id));
        var byAction = EF.CompileQuery((ShopContext db, int id, Action<CacheableOptions> how) => db.Customers.Cacheable(how).First(c => c.Id == id));
        var single = EF.CompileAsyncQuery((ShopContext db, int id) => db.Customers.Cacheable().Single(c => c.Id == id));
        var never = EF.CompileQuery((ShopContext db, int id) => db.Customers.NotCacheable().Count(c => c.Id == id));
        var fixedOptions = new CacheableOptions { Tags = ["fixed"] };
        var captured = EF.CompileQuery((ShopContext db) => db.Customers.OrderBy(c => c.Id).Cacheable(fixedOptions));

        using var db = _shop.Open(z => z.CacheAll());
        byOptions(db, 1, new CacheableOptions()).Single().Id.ShouldBe(1);
        db.Last().ShouldBe(NotFound);
        byOptions(db, 1, new CacheableOptions()).Single().Id.ShouldBe(1);
        db.Last().ShouldBe(Hit);
        byOptions(db, 1, new CacheableOptions { Refresh = true }).Single().Id.ShouldBe(1);
        db.Last().ShouldBe(Refresh);
        byOptions(db, 2, new CacheableOptions()).Single().Id.ShouldBe(2);
        db.Last().ShouldBe(NotFound);

        await foreach (var customer in byTime(db, 3, TimeSpan.FromSeconds(1)))
        {
            customer.Id.ShouldBe(3);
        }

        db.Last().ShouldBe(NotFound);
        byAction(db, 1, o => o.Refresh = true).Id.ShouldBe(1);
        db.Last().ShouldBe(Refresh);
        byAction(db, 1, o => o.Refresh = false).Id.ShouldBe(1);
        db.Last().ShouldBe(Hit);
        (await single(db, 1)).Id.ShouldBe(1);
        (await single(db, 1)).Id.ShouldBe(1);
        db.Last().ShouldBe(Hit);
        never(db, 1).ShouldBe(1);
        db.Last().ShouldBe(Bypass("not-cacheable"));
        captured(db).Count().ShouldBe(3);
        db.Cache().InvalidateTag("fixed");
        captured(db).Count().ShouldBe(3);
        db.Last().ShouldBe(Invalidated);
    }

    [Fact]
    public void WhenTheArgumentDependsOnRows_TheErrorSaysSo()
    {
        using var db = _shop.Open();
        Should.Throw<InvalidOperationException>(
                () => db.Customers.Where(c => db.Orders.Cacheable(TimeSpan.FromSeconds(c.Id)).Any(o => o.CustomerId == c.Id)).ToList())
            .Message.ShouldContain("Cacheable(");
    }

    [Fact]
    public void WhenTheSequenceIsNotEFs_TheMarkersDoNothing()
    {
        var numbers = new[] { 1, 2, 3 }.AsQueryable();
        numbers.Cacheable().Where(n => n > 1).Cacheable(TimeSpan.FromSeconds(1)).Cacheable(new CacheableOptions())
            .Cacheable(o => o.Tags = ["x"]).NotCacheable().ToList().ShouldBe([2, 3]);
    }

    [Fact]
    public void WhenAnExpirationIsNotPositive_TheCallThrowsAndNamesIt()
    {
        using var db = _shop.Open();
        foreach (var time in new[] { TimeSpan.Zero, TimeSpan.FromTicks(-1) })
        {
            Should.Throw<ArgumentOutOfRangeException>(() => db.Customers.Cacheable(time)).Message.ShouldContain("AbsoluteExpiration");
            Should.Throw<ArgumentOutOfRangeException>(() => new CacheableOptions { SlidingExpiration = time }).Message.ShouldContain("SlidingExpiration");
            Should.Throw<ArgumentOutOfRangeException>(() => db.Customers.Cacheable(o => o.AbsoluteExpiration = time)).Message.ShouldContain("AbsoluteExpiration");
        }

        var byTime = EF.CompileQuery((ShopContext db, TimeSpan time) => db.Customers.Cacheable(time));
        Should.Throw<ArgumentOutOfRangeException>(() => byTime(db, TimeSpan.Zero).ToList()).Message.ShouldContain("AbsoluteExpiration");
        Should.Throw<ArgumentNullException>(() => db.Customers.Cacheable((CacheableOptions)null!));
        Should.Throw<ArgumentNullException>(() => db.Customers.Cacheable((Action<CacheableOptions>)null!));
        db.Customers.Count().ShouldBe(3);
    }
}
