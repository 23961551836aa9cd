using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Watching;

/// <summary>The database is asked although the answer is there, and what differs is stale only if it would still be given.</summary>
public sealed class WatchdogTests : IDisposable
{
    private readonly Scratch<ShopContext> _shop = ShopData.Scratch(new ZooCacheOptions { WatchdogShare = 1 });

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatTheDatabaseSaysToo_IsTheSame(bool async)
    {
        for (var i = 0; i < 3; i++)
        {
            await using var db = _shop.Open();
            var query = db.Customers.Include(c => c.Orders).Where(c => c.Id == 1).Cacheable();
            var customers = async ? await query.ToListAsync() : [.. query];
            customers.Single().Orders.Count.ShouldBe(2);
            db.Cache().LastQuery!.Reason.ShouldBe(i == 0 ? "not-found" : "watchdog");
        }

        Results().ShouldBe([("same", 2)]);
        _shop.Cache.GetStatistics().Hits.ShouldBe(0);
    }

    [Fact]
    public void ABumpThatIsLost_IsFoundWithItsPath_AndTheCallerIsGivenWhatIsSo()
    {
        Totals(1).ShouldBe([11, 12]);
        Totals(2).ShouldBe([21, 22]);
        var lost = LoseBumpsOf("ORDERS");

        Pay(customer: 1);

        Totals(2).ShouldBe([21, 22]);
        _shop.Cache.GetStatistics().StaleAnswers.ShouldBe(0);
        Totals(1).ShouldBe([99, 12]);
        var statistics = _shop.Cache.GetStatistics();
        statistics.StaleAnswers.ShouldBe(1);
        statistics.LastStaleAnswer!.Query.ShouldBe("Order");
        statistics.LastStaleAnswer.Missed.Single().ShouldBeOneOf([.. lost.Select(p => p.ToString())]);

        // What the database has said is kept.
        Totals(1).ShouldBe([99, 12]);
        Results().ShouldBe([("same", 2), ("stale", 1)]);
    }

    [Fact]
    public void OfManyPaths_ThoseOfTheTableThatDiffersAreNamed()
    {
        string Ask()
        {
            using var db = _shop.Open();
            return string.Join(',', db.Customers.Include(c => c.Orders).Where(c => c.Id == 1).Cacheable().Single().Orders.Select(o => o.Total).Order());
        }

        Ask().ShouldBe("11.0,12.0");
        LoseBumpsOf("ORDERS");
        Pay(customer: 1);
        Ask().ShouldBe("12.0,99.0");
        _shop.Cache.GetStatistics().LastStaleAnswer!.Missed.ShouldAllBe(path => path.StartsWith("ef:db:ORDERS:", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatSomebodyElseHasWritten_IsFound()
    {
        Totals(1).ShouldBe([11, 12]);
        _shop.Execute("""UPDATE "Orders" SET "Total" = 99 WHERE "Id" = 1""");
        Totals(1).ShouldBe([99, 12]);
        _shop.Cache.GetStatistics().StaleAnswers.ShouldBe(1);
    }

    [Fact]
    public void WhatIsWrittenMeanwhile_IsNoneOfIt()
    {
        Totals(1).ShouldBe([11, 12]);
        var written = false;
        Totals(1, opening: () =>
        {
            if (!written)
            {
                written = true;
                Pay(customer: 1);
            }
        }).ShouldBe([99, 12]);
        written.ShouldBeTrue();
        Results().ShouldBe([("overlapped", 1)]);
        Totals(1).ShouldBe([99, 12]);
        _shop.Cache.GetStatistics().StaleAnswers.ShouldBe(0);
    }

    [Fact]
    public void WhatComesInAnotherOrder_IsTheSame()
    {
        List<string> Ask()
        {
            using var db = _shop.Open();
            return [.. db.Lines.Where(l => l.OrderId == 1).Select(l => l.Product).Cacheable()];
        }

        Ask().ShouldBe(["apple", "pear"]);

        // An index that answers by itself has another order.
        _shop.Execute("""CREATE INDEX "Other" ON "Lines" ("OrderId", "Product" DESC)""");
        Ask().ShouldBe(["pear", "apple"]);
        Results().ShouldBe([("reordered", 1)]);
    }

    [Fact]
    public void WhereTheDatabaseCantBeAsked_TheAnswerIsGiven_AndTheNextIsntWatched()
    {
        Totals(1).ShouldBe([11, 12]);
        for (var i = 0; i < 3; i++)
        {
            Totals(1, opening: static () => throw new InvalidOperationException("No connection is to be had.")).ShouldBe([11, 12]);
        }

        Results().ShouldBe([("failed", 1)]);
        _shop.Cache.GetStatistics().Hits.ShouldBe(3);
    }

    /// <summary>Before the database fails.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatDoesntHoldAnyMore_IsntGiven(bool expires)
    {
        var time = new ManualTimeProvider();
        using var shop = ShopData.Scratch(new ZooCacheOptions { WatchdogShare = 1, TimeProvider = time, DefaultExpiration = TimeSpan.FromMinutes(1) });
        Totals(shop, 1, static () => { }).ShouldBe([11, 12]);
        var isReached = false;
        Should.Throw<InvalidOperationException>(() => Totals(shop, 1, () =>
        {
            if (isReached)
            {
                return;
            }

            isReached = true;
            if (expires)
            {
                time.Advance(TimeSpan.FromMinutes(1));
            }
            else
            {
                using var other = shop.Open();
                other.Orders.Find(1)!.Total = 99;
                other.SaveChanges();
            }

            throw new InvalidOperationException("No connection is to be had.");
        }));
        isReached.ShouldBeTrue();
        shop.Cache.GetStatistics().WatchedByResult.ShouldBe(new Dictionary<string, long> { ["failed"] = 1 });
    }

    [Fact]
    public async Task WhoeverGivesUp_IsGivenNothing()
    {
        Totals(1).ShouldBe([11, 12]);
        using var given = new CancellationTokenSource();
        await using var db = Open(_shop, given.Cancel);
        var customer = 1;
        await Should.ThrowAsync<OperationCanceledException>(
            () => db.Orders.Where(o => o.CustomerId == customer).OrderBy(o => o.Id).Select(o => o.Total).Cacheable().ToListAsync(given.Token));
        Results().ShouldBe([("unread", 1)]);

        // The next is watched again.
        Totals(1).ShouldBe([11, 12]);
        Results().ShouldBe([("same", 1), ("unread", 1)]);
    }

    /// <summary>Before the database is asked.</summary>
    [Fact]
    public async Task WhereAnApplicationMisusesItsContext_OthersAreWatchedAllTheSame()
    {
        Totals(1).ShouldBe([11, 12]);
        using var reached = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        await using var db = Open(_shop, () =>
        {
            reached.Set();
            gate.Wait(TimeSpan.FromSeconds(20));
        });
        var first = Task.Run(() => db.Lines.ToList());
        reached.Wait(TimeSpan.FromSeconds(20)).ShouldBeTrue();
        var customer = 1;
        Should.Throw<InvalidOperationException>(() => db.Orders.Where(o => o.CustomerId == customer).OrderBy(o => o.Id).Select(o => o.Total).Cacheable().ToList());
        gate.Set();
        await first;

        Totals(1).ShouldBe([11, 12]);
        Results().ShouldBe([("same", 1)]);
    }

    [Fact]
    public void WhatTheDatabaseSaysNow_IsMoreThanCanBeHeld()
    {
        using var shop = ShopData.Scratch(new ZooCacheOptions { WatchdogShare = 1, MaximumResultBytes = 2000 });
        string Names()
        {
            using var db = shop.Open();
            return string.Join(',', db.Customers.Where(c => c.Id == 1).Select(c => c.Name).Cacheable());
        }

        Names().ShouldBe("Customer 1");
        shop.Execute("""UPDATE "Customers" SET "Name" = hex(zeroblob(2000)) WHERE "Id" = 1""");
        Names().Length.ShouldBe(4000);
        shop.Cache.GetStatistics().StaleAnswers.ShouldBe(1);

        // It isn't given any more.
        shop.Cache.Totals.Count.ShouldBe(0);
    }

    [Fact]
    public void WhatIsNotReadToItsEnd_IsCounted()
    {
        using var shop = ShopData.Scratch(new ZooCacheOptions { WatchdogShare = 1, MaximumResultBytes = 8_000_000 });
        shop.Execute("""UPDATE "Lines" SET "Product" = hex(randomblob(150000))""");
        for (var i = 0; i < 3; i++)
        {
            using var db = shop.Open();
            var lines = db.Lines.AsNoTracking().Cacheable().AsEnumerable();
            if (i == 0)
            {
                lines.Count().ShouldBe(12);
                continue;
            }

            foreach (var line in lines)
            {
                line.Product.Length.ShouldBe(300_000);
                break;
            }
        }

        shop.Cache.GetStatistics().WatchedByResult.ShouldBe(new Dictionary<string, long> { ["unread"] = 2 });
    }

    [Fact]
    public void AReplicaIsntWatched()
    {
        for (var i = 0; i < 2; i++)
        {
            using var db = _shop.Open(z => z.ReplicaLag(TimeSpan.FromMilliseconds(1)));
            db.Orders.Count(o => o.CustomerId == 1).ShouldBe(2);
            db.Orders.Where(o => o.CustomerId == 1).Cacheable().ToList().Count.ShouldBe(2);
            db.Cache().LastQuery!.Source.ShouldBe(i == 0 ? QueryResultSource.Miss : QueryResultSource.Hit);
        }

        Results().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhoListensAndFails_IsInNobodysWay(bool atOnce)
    {
        using var metrics = new System.Diagnostics.Metrics.MeterListener();
        metrics.InstrumentPublished = (instrument, self) =>
        {
            if (instrument is System.Diagnostics.Metrics.Histogram<double> { Meter.Name: "ZooCache" })
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        metrics.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            if (tags[0].Value is "failing")
            {
                throw new InvalidOperationException("It fails.");
            }
        });
        metrics.Start();
        using var spans = new System.Diagnostics.ActivityListener
        {
            ShouldListenTo = static source => source.Name == "ZooCache",
            Sample = static (ref System.Diagnostics.ActivityCreationOptions<System.Diagnostics.ActivityContext> _) => System.Diagnostics.ActivitySamplingResult.AllData,
            ActivityStarted = atOnce ? Fail : null,
            ActivityStopped = Fail,
        };
        System.Diagnostics.ActivitySource.AddActivityListener(spans);
        using var shop = ShopData.Scratch(new ZooCacheOptions { Prefix = "failing" });
        Totals(shop, 1).ShouldBe([11, 12]);
        Totals(shop, 1).ShouldBe([11, 12]);
        using (var db = shop.Open())
        {
            db.Orders.Find(1)!.Total = 99;
            db.SaveChanges();
        }

        Totals(shop, 1).ShouldBe([99, 12]);
        System.Diagnostics.Activity.Current.ShouldBeNull();
        shop.Cache.Clear();
        (shop.Cache.Trie.NodeCount, shop.Cache.Trie.MarkCount).ShouldBe((0, 0));

        static void Fail(System.Diagnostics.Activity activity)
        {
            if (activity.GetTagItem("zoocache.cache") is "failing")
            {
                throw new InvalidOperationException("It fails.");
            }
        }
    }

    [Fact]
    public void AShareIsWatched_AndAStaleAnswerIsFoundWithinIt()
    {
        using var shop = ShopData.Scratch(new ZooCacheOptions { WatchdogShare = 0.1 });
        Totals(shop, 1).ShouldBe([11, 12]);
        shop.Execute("""UPDATE "Orders" SET "Total" = 99 WHERE "Id" = 1""");

        // Of so many one in a million ends without.
        const int Bound = 132;
        var asked = 0;
        while (shop.Cache.GetStatistics().StaleAnswers == 0)
        {
            Totals(shop, 1);
            (++asked).ShouldBeLessThanOrEqualTo(Bound);
        }

        for (var i = 0; i < 2000; i++)
        {
            Totals(shop, 1);
        }

        // Six times the standard deviation, to either side.
        shop.Cache.GetStatistics().WatchedByResult["same"].ShouldBeInRange(120, 280);
    }

    [Fact]
    public void WhatMayNotBeWatched_IsAnsweredFromTheCache()
    {
        for (var i = 0; i < 2; i++)
        {
            using var db = _shop.Open();
            db.Customers.Include(c => c.Orders).AsSplitQuery().OrderBy(c => c.Id).Cacheable().ToList().Count.ShouldBe(3);
            db.Cache().LastQuery!.Source.ShouldBe(i == 0 ? QueryResultSource.Miss : QueryResultSource.Hit);
        }

        Results().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void AShareIsFromNoneToAll(double share)
        => Should.Throw<ArgumentOutOfRangeException>(() => new ZooCache(new ZooCacheOptions { WatchdogShare = share })).Message.ShouldContain("ZooCacheOptions.WatchdogShare");

    private static List<decimal> Totals(Scratch<ShopContext> shop, int customer, Action? opening = null)
    {
        using var db = Open(shop, opening);
        return [.. db.Orders.Where(o => o.CustomerId == customer).OrderBy(o => o.Id).Select(o => o.Total).Cacheable()];
    }

    private List<decimal> Totals(int customer, Action? opening = null) => Totals(_shop, customer, opening);

    /// <summary>A context that does something whenever a connection is about to be opened.</summary>
    private static ShopContext Open(Scratch<ShopContext> shop, Action? opening)
        => shop.Open(more: b => b.LogTo((id, _) => id == RelationalEventId.ConnectionOpening && opening is not null, _ => opening!()));

    private void Pay(int customer)
    {
        using var db = _shop.Open();
        db.Orders.Where(o => o.CustomerId == customer).OrderBy(o => o.Id).First().Total = 99;
        db.SaveChanges();
    }

    private List<TagPath> LoseBumpsOf(string table)
    {
        var lost = new List<TagPath>();
        _shop.Cache.Trie.LosesProbe = path =>
        {
            if (path.Depth < 3 || path.Segments[2].Name != table)
            {
                return false;
            }

            lost.Add(path);
            return true;
        };
        return lost;
    }

    private List<(string Result, long Count)> Results() => [.. _shop.Cache.GetStatistics().WatchedByResult.Select(r => (r.Key, r.Value)).Order()];
}
