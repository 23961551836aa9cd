using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.Integration.Tests.Support;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Setup;

/// <summary>Switching the cache off and on while it runs.</summary>
public sealed class SwitchTests : IDisposable
{
    private readonly ShopDatabase _shop = new();

    public void Dispose() => _shop.Dispose();

    // Guards BypassedQuery.ReasonAgainst, and that nothing in Writes looks at the switch: the row that was written while the
    // cache was off must not be served as it was before.
    [Fact]
    public void WhenSwitchedOffAndOn_WhatWasWrittenMeanwhileIsSeen_AndTheRestIsStillThere()
    {
        _shop.CustomerName(1);
        _shop.CustomerName(2);
        _shop.LineCount();

        _shop.Cache.Enabled = false;
        using (var db = _shop.Open())
        {
            db.Ask(x => x.Customers.AsNoTracking().Where(c => c.Id == 2).Cacheable().Single()).ShouldBe(Outcomes.Bypass("disabled"));
            db.Ask(x => x.Orders.Count()).ShouldBe(Outcomes.Bypass("disabled"));
        }

        _shop.Change(db => db.Customers.Single(c => c.Id == 1).Name = "Changed");
        _shop.Change(db => db.Database.ExecuteSqlRaw("SELECT 1"));
        _shop.CustomerName(1).ShouldBe(("Changed", Bypass));

        _shop.Cache.Enabled = true;
        _shop.CustomerName(1).ShouldBe(("Changed", Miss));
        _shop.CustomerName(1).ShouldBe(("Changed", Hit));
        _shop.CustomerName(2).Source.ShouldBe(Hit);
        _shop.LineCount().Source.ShouldBe(Hit);
    }

    [Theory]
    [InlineData("set")]
    [InlineData("sql")]
    [InlineData("transaction")]
    [InlineData("call")]
    public void WhileSwitchedOff_EveryKindOfWriteInvalidates(string kind)
    {
        _shop.CustomerName(1);
        _shop.Cache.Enabled = false;
        using (var db = _shop.Open())
        {
            switch (kind)
            {
                case "set":
                    db.Customers.ExecuteUpdate(s => s.SetProperty(c => c.Name, "Changed"));
                    break;
                case "sql":
                    db.Database.ExecuteSqlRaw("UPDATE Customers SET Name = 'Changed'");
                    break;
                case "transaction":
                    using (var transaction = db.Database.BeginTransaction())
                    {
                        db.Customers.Single(c => c.Id == 1).Name = "Changed";
                        db.SaveChanges();
                        transaction.Commit();
                    }

                    break;
                default:
                    using (var uncached = _shop.Uncached())
                    {
                        uncached.Database.ExecuteSqlRaw("UPDATE Customers SET Name = 'Changed'");
                    }

                    db.Cache().Invalidate<Customer>(1);
                    break;
            }
        }

        _shop.Cache.Enabled = true;
        _shop.CustomerName(1).ShouldBe(("Changed", Miss));
    }

    // Guards ZooCache.Judge, "Enabled": a load that was under way when the switch was turned isn't kept.
    [Fact]
    public async Task WhenSwitchedOffDuringALoad_ItsResultIsNotKept()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new AsyncGate(open.Task);
        await using (var db = _shop.Open(null, gate))
        {
            var loading = db.Customers.Cacheable().ToListAsync();
            await gate.Reached;
            _shop.Cache.Enabled = false;
            open.SetResult();
            (await loading).Count.ShouldBe(3);
        }

        var statistics = _shop.Cache.GetStatistics();
        (statistics.Entries, statistics.TrieNodes, _shop.Cache.Flights.Count).ShouldBe((0, 0, 0));
        statistics.FillsRejectedByReason["disabled"].ShouldBe(1);
    }

    [Fact]
    public void WhenAContextIsSwitchedOff_OthersAreNot_AndItsWritesInvalidate()
    {
        _shop.CustomerName(1);
        using (var db = _shop.Open(z => z.CacheAll().Disabled()))
        {
            db.Customers.Cacheable().Single(c => c.Id == 1).Name = "Changed";
            db.Last().ShouldBe(Outcomes.Bypass("disabled"));
            db.SaveChanges();
        }

        _shop.CustomerName(1).ShouldBe(("Changed", Miss));
        using var on = _shop.Open(z => z.Disabled().Disabled(false));
        on.Ask(x => x.Orders.Cacheable().Count()).ShouldBe(Outcomes.NotFound);
    }

    [Fact]
    public void WhenTheOptionsSaySo_TheCacheStartsSwitchedOff()
    {
        using var services = new ServiceCollection().AddZooCache(c => c.Enabled = false).BuildServiceProvider();
        var cache = services.GetRequiredService<ZooCache>();
        cache.Enabled.ShouldBeFalse();
        using var shop = new ShopDatabase(new ZooCacheOptions { Enabled = false });
        shop.CustomerName(1).Source.ShouldBe(Bypass);
        shop.Cache.Enabled = true;
        shop.CustomerName(1).Source.ShouldBe(Miss);
    }
}
