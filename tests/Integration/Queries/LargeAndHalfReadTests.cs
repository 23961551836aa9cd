using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Queries;

public abstract class LargeAndHalfReadTests(Provider provider)
{
    public sealed class OnSqlite() : LargeAndHalfReadTests(Provider.Sqlite)
    {
        // Npgsql runs nothing while a reader is open.
        [Fact]
        public void WhenATransactionIsBegunWithinALargeResult_ItIsNotKept()
        {
            using var shop = Large();
            using var db = shop.Open();
            foreach (var line in db.Lines.AsNoTracking().OrderBy(l => l.Id).Cacheable())
            {
                if (line.Id == 8)
                {
                    db.Database.BeginTransaction();
                }
            }

            shop.Cache.GetStatistics().Entries.ShouldBe(0);
        }

        // Guards QueryLookup.Loaded: what a transaction that ZooCache sees nothing of else has changed, and taken back, is not what
        // the row was.
        [Fact]
        public void WhenALargeResultIsReadOnInATransaction_ItsRowsAreNotBelieved()
        {
            using var shop = Large();
            using (var reader = shop.Open())
            {
                reader.Lines.Where(l => l.OrderId == 5).OrderBy(l => l.Id).Cacheable().Select(l => l.Id).ToList().ShouldBe([9, 10]);
            }

            using var connection = new Microsoft.Data.Sqlite.SqliteConnection(shop.ConnectionString);
            connection.Open();
            using var db = shop.OpenOn(connection);
            System.Data.Common.DbTransaction? transaction = null;
            foreach (var line in db.Lines.OrderBy(l => l.Id).Cacheable())
            {
                if (line.Id == 8)
                {
                    transaction = connection.BeginTransaction();
                    using var command = connection.CreateCommand();
                    command.Transaction = (Microsoft.Data.Sqlite.SqliteTransaction)transaction;
                    command.CommandText = "UPDATE \"Lines\" SET \"OrderId\" = 6 WHERE \"Id\" = 10";
                    command.ExecuteNonQuery();
                }
            }

            transaction!.Rollback();
            var moved = db.Lines.Local.Single(l => l.Id == 10);
            moved.OrderId.ShouldBe(6, "the row was read as the transaction had left it");
            moved.OrderId = 1;
            db.SaveChanges();

            using var again = shop.Open();
            again.Lines.Where(l => l.OrderId == 5).OrderBy(l => l.Id).Cacheable().Select(l => l.Id).ToList().ShouldBe([9]);
        }

        // Guards QueryLoad.EndedAsync: what was changed for the session is forgotten when the connection closes.
        [Fact]
        public void WhenTheSessionIsChangedWithinALargeResult_ItIsNotKept()
        {
            using var shop = Large();
            using var db = shop.Open();
            foreach (var line in db.Lines.AsNoTracking().OrderBy(l => l.Id).Cacheable())
            {
                if (line.Id == 8)
                {
                    db.Database.ExecuteSqlRaw("ATTACH ':memory:' AS other");
                }
            }

            shop.Cache.GetStatistics().Entries.ShouldBe(0);
        }
    }

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

    // Guards RowRecorder.RecordAsync and ContinuedReader: a large result isn't held back until it is read.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAResultIsLarge_ItIsHandedOutWhileItIsRecorded(bool async)
    {
        using var shop = Large();
        using (var db = shop.Open())
        {
            var seen = new List<int>();
            await foreach (var line in Rows(db, async))
            {
                seen.Add(line.Id);
                db.Database.GetDbConnection().State.ShouldBe(System.Data.ConnectionState.Open);
                shop.Cache.GetStatistics().Entries.ShouldBe(0);
            }

            seen.ShouldBe(Enumerable.Range(1, 12));
            db.Database.GetDbConnection().State.ShouldBe(System.Data.ConnectionState.Closed);
        }

        shop.Cache.GetStatistics().Entries.ShouldBe(1);
        using var again = shop.Open();
        using var plain = shop.Uncached();
        Dump.Of(await Rows(again, async).ToListAsync()).ShouldBe(Dump.Of(plain.Lines.AsNoTracking().OrderBy(l => l.Id).ToList()));
        again.Cache().LastQuery!.Source.ShouldBe(Hit);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenTheCallerStopsInALargeResult_NothingIsKept(bool async)
    {
        using var shop = Large();
        using var db = shop.Open();
        await foreach (var line in Rows(db, async))
        {
            if (line.Id == 9)
            {
                break;
            }
        }

        db.Database.GetDbConnection().State.ShouldBe(System.Data.ConnectionState.Closed);
        (shop.Cache.GetStatistics().Entries, shop.Cache.GetStatistics().TrieNodes).ShouldBe((0, 0));
    }

    // Guards QueryLoad.EndedAsync: the fence is that of the first row.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenSomethingIsWrittenBetweenTheFirstRowAndTheLast_ALargeResultIsNotKept(bool async)
    {
        using var shop = Large();
        using (var db = shop.Open())
        {
            await foreach (var line in Rows(db, async))
            {
                if (line.Id == 8 && provider == Provider.Postgres)
                {
                    using var writer = shop.Open();
                    await writer.Lines.Where(l => l.Id == 1).ExecuteUpdateAsync(s => s.SetProperty(l => l.Quantity, 77));
                }
                else if (line.Id == 8)
                {
                    // SQLite lets nobody write while somebody reads; the tag says that somebody did.
                    shop.Cache.Invalidate("ef");
                }
            }
        }

        shop.Cache.GetStatistics().Entries.ShouldBe(0);
        using var again = shop.Open();
        using var plain = shop.Uncached();
        Dump.Of(await Rows(again, async).ToListAsync()).ShouldBe(Dump.Of(plain.Lines.AsNoTracking().OrderBy(l => l.Id).ToList()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenALargeResultBecomesTooLarge_ItIsHandedOutWholeAndNotKept(bool async)
    {
        using var shop = Large(new ZooCacheOptions { MaximumResultBytes = 1_800_000 });
        using var db = shop.Open();
        var seen = new List<int>();
        await foreach (var line in Rows(db, async))
        {
            seen.Add(line.Id);

            // Nothing is recorded any more, and nothing is held on to.
            (line.Id != 12 || shop.Cache.GetStatistics().TrieNodes == 0).ShouldBeTrue();
        }

        seen.ShouldBe(Enumerable.Range(1, 12));
        (shop.Cache.GetStatistics().Entries, shop.Cache.GetStatistics().TrieNodes).ShouldBe((0, 0));
    }

    [Fact]
    public void WhenALargeResultIsBeingHandedOut_NobodyWaitsForIt()
    {
        using var shop = Large(new ZooCacheOptions { FlightTimeout = TimeSpan.FromMinutes(5) });
        using var db = shop.Open();
        using var rows = db.Lines.AsNoTracking().OrderBy(l => l.Id).Cacheable().AsEnumerable().GetEnumerator();
        rows.MoveNext().ShouldBeTrue();
        using var other = shop.Open();
        other.Lines.AsNoTracking().OrderBy(l => l.Id).Cacheable().ToList().Count.ShouldBe(12);
        other.Cache().LastQuery!.Source.ShouldBe(Miss);
        while (rows.MoveNext())
        {
        }

        rows.MoveNext().ShouldBeFalse();
        shop.Cache.GetStatistics().Entries.ShouldBe(1);
    }

    /// <summary>Twelve lines of some 200 000 bytes each.</summary>
    private ShopDatabase Large(ZooCacheOptions? options = null)
    {
        var shop = new ShopDatabase(options, provider);
        using var db = shop.Uncached();
        var text = new string('x', 100_000);
        db.Lines.ExecuteUpdate(s => s.SetProperty(l => l.Product, text));
        return shop;
    }

    private static async IAsyncEnumerable<Line> Rows(ShopContext db, bool async)
    {
        var lines = db.Lines.AsNoTracking().OrderBy(l => l.Id).Cacheable();
        if (async)
        {
            await foreach (var line in lines.AsAsyncEnumerable())
            {
                yield return line;
            }

            yield break;
        }

        foreach (var line in lines)
        {
            yield return line;
        }
    }
}
