using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>Where nobody listens, the commands of SaveChanges itself and those of queries that are loaded aren't listened to; all
/// others are.</summary>
public abstract class UnheardCommandTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : UnheardCommandTests(Provider.Sqlite)
    {
        // Guards ObservingCommandLogger.DataReaderDisposing: a reader that was opened before is counted until it is closed.
        [Fact]
        public void WhenItIsSavedBesideAnOpenReader_ItsEndIsSeen()
        {
            using var connection = _shop.Database.Connect();
            using var db = _shop.OpenOn(connection);
            var customer = db.Customers.Single(c => c.Id == 1);
            using (var lines = db.Lines.AsNoTracking().AsEnumerable().GetEnumerator())
            {
                lines.MoveNext().ShouldBeTrue();
                db.Customers.AsNoTracking().Cacheable().Count().ShouldBe(3);
                db.Cache().LastQuery!.Reason.ShouldBe("open-reader");
                customer.Name = "Saved";
                db.SaveChanges();
            }

            db.Customers.AsNoTracking().Cacheable().Count().ShouldBe(3);
            db.Cache().LastQuery!.Source.ShouldBe(QueryResultSource.Miss);
        }

        // Guards CommandObserver.Opened.
        [Fact]
        public void WhenAResultIsTooLargeToRecord_ItsReaderIsCountedUntilItIsClosed()
        {
            using var shop = ShopData.Scratch(new ZooCacheOptions { MaximumResultBytes = 64 });
            using var connection = shop.Database.Connect();
            using var db = shop.OpenOn(connection);
            using (var lines = db.Lines.AsNoTracking().Cacheable().AsEnumerable().GetEnumerator())
            {
                lines.MoveNext().ShouldBeTrue();
                db.Cache().LastQuery!.Source.ShouldBe(QueryResultSource.Miss);
                db.Customers.Cacheable().Count().ShouldBe(3);
                db.Cache().LastQuery!.Reason.ShouldBe("open-reader");
            }

            db.Customers.Cacheable().Count().ShouldBe(3);
            db.Cache().LastQuery!.Source.ShouldBe(QueryResultSource.Miss);
        }

        // The command of the query that is loaded settles what has ended, as every command does.
        [Fact]
        public void WhenARawTransactionHasEnded_TheNextQueriesAreKept()
        {
            using var connection = _shop.Database.Connect();
            using var db = _shop.OpenOn(connection);
            db.Database.ExecuteSqlRaw("BEGIN");
            db.Database.ExecuteSqlRaw("UPDATE \"Customers\" SET \"Name\" = 'Raw' WHERE \"Id\" = 1");
            using (var command = connection.CreateCommand())
            {
                command.CommandText = "COMMIT";
                command.ExecuteNonQuery();
            }

            for (var i = 0; i < 3; i++)
            {
                db.Customers.AsNoTracking().Where(c => c.Name == "Raw").Cacheable().Count().ShouldBe(1);
            }

            db.Cache().LastQuery!.Source.ShouldBe(QueryResultSource.Hit);
            _shop.Cache.GetStatistics().Marks.ShouldBe(0);
        }
    }

    [NeedsPostgres]
    public sealed class OnPostgres() : UnheardCommandTests(Provider.Postgres);

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch(provider: provider);

    public void Dispose() => _shop.Dispose();

    // Guards Save.Observe: somebody's interceptor may write between the commands.
    [Fact]
    public void WhenAnInterceptorWritesWhileEFSaves_ItIsInvalidatedToo()
    {
        LineCount().ShouldBe((12, QueryResultSource.Miss));
        using (var db = _shop.Open(more: b => b.AddInterceptors(new AddsALine())))
        {
            foreach (var customer in db.Customers)
            {
                customer.Name += "!";
            }

            db.SaveChanges();
        }

        LineCount().ShouldBe((13, QueryResultSource.Miss));
    }

    // Guards ObservingCommandLogger.ShouldLogCommandExecute: only the next command is the known one. EF must have found that nobody listens.
    [Theory]
    [InlineData("log", true)]
    [InlineData("state", true)]
    [InlineData("log", false)]
    [InlineData("state", false)]
    public void WhenSomebodyWritesAsTheConnectionOpens_ItIsInvalidatedToo(string how, bool saves)
    {
        Action? act = null;
        using var db = _shop.Open(more: b =>
        {
            if (how == "log")
            {
                b.LogTo(_ => act?.Invoke(), (id, _) => id == RelationalEventId.ConnectionOpened);
            }
        });
        if (how == "state")
        {
            db.Database.GetDbConnection().StateChange += (_, e) =>
            {
                if (e.CurrentState == System.Data.ConnectionState.Open)
                {
                    act?.Invoke();
                }
            };
        }

        var customers = db.Customers.ToList();
        LineCount();
        db.Customers.Select(c => c.Id).ToList();
        act = () =>
        {
            act = null;
            db.Database.ExecuteSql($"INSERT INTO \"Lines\" (\"OrderId\", \"Product\", \"Quantity\") VALUES (1, 'kiwi', 1)");
        };
        if (saves)
        {
            customers.ForEach(c => c.Name += "!");
            db.SaveChanges();
        }
        else
        {
            db.Orders.AsNoTracking().Cacheable().Count().ShouldBe(6);
        }

        act.ShouldBeNull();
        LineCount().ShouldBe((13, QueryResultSource.Miss));
    }

    [Fact]
    public void WhenItIsSavedBetweenOtherCommands_TheyAreSeen()
    {
        LineCount();
        using (var db = _shop.Open())
        {
            db.Customers.Single(c => c.Id == 1).Name = "Saved";
            db.SaveChanges();
            db.Database.ExecuteSql($"INSERT INTO \"Lines\" (\"OrderId\", \"Product\", \"Quantity\") VALUES (1, 'kiwi', 1)");
        }

        LineCount().ShouldBe((13, QueryResultSource.Miss));
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    private (int Count, QueryResultSource Source) LineCount()
    {
        using var db = _shop.Open();
        return (db.Lines.Cacheable().Count(), db.Cache().LastQuery!.Source);
    }

    private sealed class AddsALine : DbTransactionInterceptor
    {
        public override DbTransaction TransactionStarted(DbConnection connection, TransactionEndEventData eventData, DbTransaction result)
        {
            eventData.Context!.Database.UseTransaction(result);
            eventData.Context.Database.ExecuteSql($"INSERT INTO \"Lines\" (\"OrderId\", \"Product\", \"Quantity\") VALUES (1, 'kiwi', 1)");
            return result;
        }
    }
}
