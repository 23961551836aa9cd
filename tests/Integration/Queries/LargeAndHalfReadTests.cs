using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Queries;

public sealed class LargeAndHalfReadTests
{
    // Guards QueryLoad.LoadAsync: only a reader that is buffered to its end is stored.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAResultIsTooLarge_ItIsHandedOutWholeAndNotKept(bool async)
    {
        using var shop = new ShopDatabase(new ZooCacheOptions { MaximumResultBytes = 100 });
        for (var i = 0; i < 3; i++)
        {
            using var db = shop.Open();
            var query = db.Lines.AsNoTracking().OrderBy(l => l.Id).Cacheable();
            (async ? await query.ToListAsync() : query.ToList()).Select(l => l.Id).ShouldBe(Enumerable.Range(1, 12));
            db.Cache().LastQuery!.Source.ShouldBe(Miss);
        }

        using (var db = shop.Open())
        {
            var orders = db.Orders.Include(o => o.Lines).AsNoTracking().OrderBy(o => o.Id).Cacheable().ToList();
            orders.Select(o => o.Lines.Count).ShouldBe([2, 2, 2, 2, 2, 2]);
        }

        shop.Cache.GetStatistics().Entries.ShouldBe(0);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(4 * 1024 * 1024)]
    public void WhenTheCallerStopsHalfWay_WhatIsKeptIsWholeAndTheConnectionIsFree(long maximumResultBytes)
    {
        using var shop = new ShopDatabase(new ZooCacheOptions { MaximumResultBytes = maximumResultBytes });
        using var db = shop.Open();
        foreach (var line in db.Lines.AsNoTracking().OrderBy(l => l.Id).Cacheable())
        {
            if (line.Id == 3)
            {
                break;
            }
        }

        db.Database.GetDbConnection().State.ShouldBe(System.Data.ConnectionState.Closed);
        db.Lines.AsNoTracking().OrderBy(l => l.Id).Cacheable().ToList().Count.ShouldBe(12);
    }

    [Fact]
    public void WhenTheCallerFailsHalfWay_TheConnectionIsFree()
    {
        using var shop = new ShopDatabase(new ZooCacheOptions { MaximumResultBytes = 100 });
        using var db = shop.Open();
        Should.Throw<DivideByZeroException>(() => db.Lines.Cacheable().AsEnumerable().Select(l => 1 / (l.Id - 3)).ToList());
        db.Database.GetDbConnection().State.ShouldBe(System.Data.ConnectionState.Closed);
        shop.Cache.GetStatistics().Entries.ShouldBe(0);
    }
}
