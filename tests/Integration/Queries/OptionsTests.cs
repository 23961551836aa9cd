using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.Integration.Tests.Support.Outcomes;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>Expirations, tags and refresh, by a clock that moves when told to.</summary>
public abstract class OptionsTests : IDisposable
{
    public sealed class OnSqlite() : OptionsTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : OptionsTests(Provider.Postgres);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly Scratch<ShopContext> _shop;

    protected OptionsTests(Provider provider)
        => _shop = ShopData.Scratch(new ZooCacheOptions { TimeProvider = _time, SweepInterval = TimeSpan.FromDays(20) }, provider);

    public void Dispose() => _shop.Dispose();

    private QueryOutcome? Ask(Action<CacheableOptions>? configure = null)
        => _shop.Ask(db => configure is null ? db.Customers.Cacheable().ToList() : db.Customers.Cacheable(configure).ToList());

    [Fact]
    public void WhenTheAbsoluteExpirationIsOver_TheDatabaseIsAsked()
    {
        Ask(o => o.AbsoluteExpiration = 10 * Second).ShouldBe(NotFound);
        _time.Advance(9.9 * Second);
        Ask(o => o.AbsoluteExpiration = 10 * Second).ShouldBe(Hit);
        _time.Advance(0.1 * Second);
        Ask(o => o.AbsoluteExpiration = 10 * Second).ShouldBe(Expired);
    }

    [Fact]
    public void WhenAnAnswerIsAskedForAgainAndAgain_TheSlidingExpirationStartsAgain()
    {
        Ask(o => o.SlidingExpiration = 10 * Second).ShouldBe(NotFound);
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(9 * Second);
            Ask(o => o.SlidingExpiration = 10 * Second).ShouldBe(Hit);
        }

        _time.Advance(10 * Second);
        Ask(o => o.SlidingExpiration = 10 * Second).ShouldBe(Expired);
    }

    [Fact]
    public void WhenNothingIsSaid_TheMaximumAgeHolds()
    {
        Ask().ShouldBe(NotFound);
        _time.Advance(TimeSpan.FromMinutes(30) - Second);
        Ask().ShouldBe(Hit);
        _time.Advance(Second);
        Ask().ShouldBe(Expired);
    }

    // Guards: QueryLoad.Find, "IsOlderThan".
    [Fact]
    public void WhenAnotherQueryKeptTheAnswerForLonger_AQueryWithAShorterExpirationIsNotServedIt()
    {
        Ask().ShouldBe(NotFound);
        _time.Advance(60 * Second);
        Ask(o => o.AbsoluteExpiration = 10 * Second).ShouldBe(NotFound);
        Ask(o => o.AbsoluteExpiration = 10 * Second).ShouldBe(Hit);
    }

    // Guards: QueryLoad.Start, "QueryKey.WriteOptions".
    [Fact]
    public void WhenAnotherQueryKeptTheAnswerWithoutTheTag_InvalidatingTheTagStillCounts()
    {
        Ask().ShouldBe(NotFound);
        Ask(o => o.Tags = ["shop:1"]);
        _shop.Cache.Invalidate("shop:1");
        _shop.Execute("UPDATE \"Customers\" SET \"Name\" = 'changed'");
        using var db = _shop.Open();
        db.Customers.Cacheable(o => o.Tags = ["shop:1"]).ToList()[0].Name.ShouldBe("changed");
        db.Last().ShouldBe(Invalidated);
        db.Customers.Cacheable(o => o.Tags = ["shop:1"]).ToList();
        db.Last().ShouldBe(Hit);
    }

    [Fact]
    public void WhenATagOrOneAboveItIsInvalidated_TheAnswerIsGone_AndNotWhenOneBelowIs()
    {
        void Set(CacheableOptions o) => o.Tags = ["user:42", "other"];
        Ask(Set).ShouldBe(NotFound);
        _shop.Cache.Invalidate("user:42:orders");
        _shop.Cache.Invalidate("user:4");
        Ask(Set).ShouldBe(Hit);
        _shop.Cache.Invalidate("user:42");
        Ask(Set).ShouldBe(Invalidated);
        _shop.Cache.Invalidate("user");
        Ask(Set).ShouldBe(Invalidated);
        _shop.Cache.Invalidate("other");
        Ask(Set).ShouldBe(Invalidated);
        Ask(o => o.Tags = ["other", "user:42", "other"]).ShouldBe(Hit);
    }

    [Fact]
    public void WhenATagIsNoTag_EveryExecutionThrowsAndNobodyWaits()
    {
        for (var i = 0; i < 3; i++)
        {
            Should.Throw<FormatException>(() => Ask(o => o.Tags = ["a::b"]));
        }

        _shop.Cache.Flights.Count.ShouldBe(0);
        Ask().ShouldBe(NotFound);
    }

    [Fact]
    public void WhenRefreshed_TheAnswerOfThePlainQueryIsReplaced()
    {
        Ask().ShouldBe(NotFound);
        _shop.Execute("UPDATE \"Customers\" SET \"Name\" = 'changed'");
        using var db = _shop.Open();
        db.Customers.AsNoTracking().Cacheable().ToList();
        db.Customers.Cacheable().First(c => c.Id == 1).Name.ShouldBe("changed");
        Ask(o => o.Refresh = true).ShouldBe(Refresh);
        using var fresh = _shop.Open();
        fresh.Customers.Cacheable().ToList()[0].Name.ShouldBe("changed");
        fresh.Last().ShouldBe(Hit);
        _shop.Cache.GetStatistics().MissesByReason["refresh"].ShouldBe(1);
    }

    [Fact]
    public void WhenARefreshFails_TheOldAnswerStays()
    {
        Ask().ShouldBe(NotFound);
        _shop.Execute("ALTER TABLE \"Customers\" RENAME TO \"Gone\"");
        Should.Throw<System.Data.Common.DbException>(() => Ask(o => o.Refresh = true));
        Ask().ShouldBe(Hit);
        _shop.Cache.Flights.Count.ShouldBe(0);
    }

    [Fact]
    public void WhenTheObserverThrows_TheCallerGetsItAndNobodyWaitsForTheFlight()
    {
        // Guards: QueryLoad.LoadAsync, the report inside the try that abandons the flight.
        using var db = _shop.Open(z => z.OnQuery(_ => throw new InvalidOperationException("observer")));
        Should.Throw<InvalidOperationException>(() => db.Customers.Cacheable().ToList()).Message.ShouldBe("observer");
        _shop.Cache.Flights.Count.ShouldBe(0);
        Ask().ShouldBe(NotFound);
    }
}
