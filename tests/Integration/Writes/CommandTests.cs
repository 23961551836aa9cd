using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Writes;

public abstract class CommandTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : CommandTests(Provider.Sqlite)
    {
        [Theory]
        [InlineData("UPDATE Customers SET Name = 'Raw'")]
        [InlineData("-- a comment\n/* and another */ update\tCustomers set Name = 'Raw'")]
        [InlineData("REPLACE INTO Customers (Id, Name) VALUES (1, 'Raw')")]
        public void WhenSqliteWrites_TheDatabaseIsInvalidated(string sql) => RawSqlInvalidates(sql);
    }

    [NeedsPostgres]
    public sealed class OnPostgres() : CommandTests(Provider.Postgres)
    {
        [Theory]
        [InlineData("DO $$ BEGIN UPDATE \"Customers\" SET \"Name\" = 'Raw'; END $$")]
        [InlineData("WITH w AS (UPDATE \"Customers\" SET \"Name\" = 'Raw' RETURNING 1) SELECT count(*) FROM w")]
        [InlineData("MERGE INTO public.\"Customers\" c USING (VALUES (1)) v (id) ON c.\"Id\" = v.id WHEN MATCHED THEN UPDATE SET \"Name\" = 'Raw'")]
        public void WhenPostgresWrites_TheDatabaseIsInvalidated(string sql) => RawSqlInvalidates(sql);
    }

    private readonly ShopDatabase _shop = new(provider: provider);

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenASetIsUpdated_TheTableIsInvalidated(bool async)
    {
        _shop.CustomerName(1);
        _shop.LineCount();
        using (var db = _shop.Open())
        {
            var query = db.Customers.Where(c => c.City == "Oslo");
            var rows = async
                ? await query.ExecuteUpdateAsync(s => s.SetProperty(c => c.Name, "All"))
                : query.ExecuteUpdate(s => s.SetProperty(c => c.Name, "All"));
            rows.ShouldBe(2);
        }

        _shop.CustomerName(1).ShouldBe(("All", Miss));
        _shop.LineCount().Source.ShouldBe(Hit);
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenASetIsDeleted_CascadesAreFollowed(bool async)
    {
        _shop.CustomerName(3);
        _shop.LineCount();
        using (var db = _shop.Open())
        {
            var query = db.Customers.Where(c => c.City == null);
            _ = async ? await query.ExecuteDeleteAsync() : query.ExecuteDelete();
        }

        _shop.CustomerName(3).ShouldBe((null, Miss));
        _shop.LineCount().ShouldBe((8, Miss));
    }

    [Fact]
    public void WhenASetIsUpdatedInATransaction_ItIsInvalidatedAtItsEnd()
    {
        _shop.CustomerName(1);
        using var db = _shop.Open();
        using (var transaction = db.Database.BeginTransaction())
        {
            db.Customers.ExecuteUpdate(s => s.SetProperty(c => c.Name, "All"));
            transaction.Commit();
        }

        _shop.CustomerName(1).ShouldBe(("All", Miss));
    }

    [Theory]
    [InlineData("UPDATE \"Customers\" SET \"Name\" = 'Raw'")]
    [InlineData("-- a comment\n/* and another */ update\t\"Customers\" set \"Name\" = 'Raw'")]
    [InlineData("SELECT 1; UPDATE \"Customers\" SET \"Name\" = 'Raw'")]
    [InlineData("WITH x AS (SELECT 1) UPDATE \"Customers\" SET \"Name\" = 'Raw'")]
    [InlineData("INSERT INTO \"Customers\" (\"Id\", \"Name\") VALUES (1, 'x') ON CONFLICT (\"Id\") DO UPDATE SET \"Name\" = 'Raw'")]
    [InlineData("BEGIN; UPDATE \"Customers\" SET \"Name\" = 'Raw'; COMMIT")]
    public void WhenRawSqlWrites_TheDatabaseIsInvalidated(string sql) => RawSqlInvalidates(sql);

    private void RawSqlInvalidates(string sql)
    {
        _shop.CustomerName(1);
        using (var db = _shop.Open())
        {
            db.Database.ExecuteSqlRaw(sql);
        }

        _shop.CustomerName(1).ShouldBe(("Raw", Miss));
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    [Fact]
    public void WhenAWriteReturnsRows_TheDatabaseIsInvalidatedOnceItsReaderIsClosed()
    {
        _shop.LineCount();
        using var connection = _shop.Database.Connect();
        using var db = _shop.OpenOn(connection);
        db.Lines.FromSql($"INSERT INTO \"Lines\" (\"OrderId\", \"Product\", \"Quantity\") VALUES (1, 'kiwi', 1) RETURNING *").AsNoTracking().ToList().Count.ShouldBe(1);
        _shop.LineCount().Count.ShouldBe(13);

        db.Lines.Count().ShouldBe(13);
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
        _shop.LineCount();
        _shop.LineCount().ShouldBe((13, Hit));
    }

    // Guards CommandObserver.Invalidate: a write that returns rows commits when its reader is disposed, not when it has run.
    [Fact]
    public void WhenReadWhileAWriteStillReturnsRows_TheOldAnswerIsNotKept()
    {
        using (var db = _shop.Open())
        {
            foreach (var line in db.Lines.FromSql($"INSERT INTO \"Lines\" (\"OrderId\", \"Product\", \"Quantity\") VALUES (1, 'kiwi', 1) RETURNING *").AsNoTracking().AsEnumerable())
            {
                line.Product.ShouldBe("kiwi");
                // SQLite commits when the reader is disposed, PostgreSQL before it hands out a row or soon after.
                _shop.LineCount().Count.ShouldBeOneOf(provider == Provider.Sqlite ? [12] : [12, 13]);
            }
        }

        _shop.LineCount().ShouldBe((13, Miss));
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    [Theory]
    [InlineData("SELECT \"Id\" AS \"Value\" FROM \"Customers\"")]
    [InlineData("select count(*) as \"Value\" from \"Customers\" where \"Name\" like 'C%' and (\"City\" = 'Oslo' or \"City\" is null)")]
    public void WhenRawSqlOnlyReads_NothingIsInvalidated(string sql)
    {
        _shop.CustomerName(1);
        using (var db = _shop.Open())
        {
            db.Database.SqlQueryRaw<int>(sql).ToList().ShouldNotBeEmpty();
        }

        _shop.CustomerName(1).Source.ShouldBe(Hit);
    }

    // Guards CommandObserver.MarkSessionChanged: a raw BEGIN opens a transaction of which EF knows nothing.
    [Fact]
    public void WhenATransactionIsBegunInRawSql_NothingIsStoredUntilTheConnectionCloses()
    {
        using (var connection = _shop.Database.Connect())
        {
            using var db = _shop.OpenOn(connection);
            db.Database.ExecuteSqlRaw("BEGIN");
            db.Customers.Single(c => c.Id == 1).Name = "Uncommitted";
            db.SaveChanges();
            db.Customers.AsNoTracking().Cacheable().Single(c => c.Id == 1).Name.ShouldBe("Uncommitted");
            db.Cache().LastQuery!.Reason.ShouldBe("in-transaction");
            _shop.CustomerName(1).Name.ShouldBe("Customer 1");
            db.Database.ExecuteSqlRaw("COMMIT");
            _shop.CustomerName(1).Name.ShouldBe("Uncommitted");
        }

        _shop.CustomerName(1).Name.ShouldBe("Uncommitted");
        _shop.CustomerName(1).Source.ShouldBe(Hit);
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    [Fact]
    public void WhenACommandIsNotUnderstood_ItRunsExactlyOnce()
    {
        using var db = _shop.Open();
        db.Database.ExecuteSqlRaw("UPDATE \"Lines\" SET \"Quantity\" = \"Quantity\" + 1 WHERE \"Id\" = 1");
        db.Lines.FromSqlRaw("UPDATE \"Lines\" SET \"Quantity\" = \"Quantity\" + 1 WHERE \"Id\" = 1 RETURNING *").AsNoTracking().ToList().Count.ShouldBe(1);
        _shop.Commands.Count.ShouldBe(2);
        using var uncached = _shop.Uncached();
        uncached.Lines.Single(l => l.Id == 1).Quantity.ShouldBe(3);
    }
}
