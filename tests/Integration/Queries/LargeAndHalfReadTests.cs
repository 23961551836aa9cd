using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Queries;

public abstract class LargeAndHalfReadTests(Provider provider)
{
    public sealed class OnSqlite() : LargeAndHalfReadTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : LargeAndHalfReadTests(Provider.Postgres);

    // Guards QueryLoad.LoadAsync: only what was read to its end is stored. The fourth row can't be read, as uncached.
    [Fact]
    public void WhenReadingStopsHalfWay_TheFirstHalfIsNotKept()
    {
        using var shop = new ShopDatabase(provider: provider);
        var value = provider == Provider.Sqlite ? "not a date" : "0044-03-15 12:00:00+00 BC";
        shop.Database.Execute($"UPDATE \"Orders\" SET \"PlacedAt\" = '{value}' WHERE \"Id\" = 4");

        for (var i = 0; i < 3; i++)
        {
            using var db = shop.Open();
            var read = new List<DateTime>();
            var thrown = Should.Throw<Exception>(() => read.AddRange(db.Orders.OrderBy(o => o.Id).Cacheable().Select(o => o.PlacedAt)));
            thrown.ShouldBeOfType(provider == Provider.Sqlite ? typeof(FormatException) : typeof(InvalidCastException));
            db.Cache().LastQuery!.Source.ShouldBe(Miss);
        }

        shop.Cache.GetStatistics().Entries.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAResultIsTooLarge_ItIsHandedOutWholeAndNotKept(bool async)
    {
        using var shop = new ShopDatabase(new ZooCacheOptions { MaximumResultBytes = 100 }, provider);
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
        using var shop = new ShopDatabase(new ZooCacheOptions { MaximumResultBytes = maximumResultBytes }, provider);
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
        using var shop = new ShopDatabase(new ZooCacheOptions { MaximumResultBytes = 100 }, provider);
        using var db = shop.Open();
        Should.Throw<DivideByZeroException>(() => db.Lines.Cacheable().AsEnumerable().Select(l => 1 / (l.Id - 3)).ToList());
        db.Database.GetDbConnection().State.ShouldBe(System.Data.ConnectionState.Closed);
        shop.Cache.GetStatistics().Entries.ShouldBe(0);
    }
}
