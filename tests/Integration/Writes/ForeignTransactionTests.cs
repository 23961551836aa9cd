using System.Data.Common;
using System.Transactions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>Transactions that EF didn't begin: the application's, in raw SQL, in ADO.NET, around everything.</summary>
public abstract class ForeignTransactionTests : IDisposable
{
    public sealed class OnSqlite() : ForeignTransactionTests(Provider.Sqlite)
    {
        // Guards QueryLookup.RanInTransaction: Microsoft.Data.Sqlite hands a pooled connection on with the transaction that
        // raw SQL left open on it.
        [Fact]
        public void WhenAPooledConnectionComesWithAnOpenTransaction_NothingReadOnItIsKept()
        {
            using (var connection = new SqliteConnection(Shop.ConnectionString))
            {
                connection.Open();
                Run(connection, "BEGIN");
                Run(connection, "UPDATE Customers SET Name = 'Uncommitted' WHERE Id = 1");
            }

            using (var db = Shop.Open())
            {
                db.Database.OpenConnection();
                db.Database.CloseConnection();
                db.Customers.AsNoTracking().Cacheable().Single(c => c.Id == 1).Name.ShouldBe("Uncommitted");
                db.Cache().LastQuery!.Source.ShouldBe(Miss);
                db.Customers.AsNoTracking().Cacheable().Single(c => c.Id == 1);
                db.Cache().LastQuery!.Source.ShouldBe(Miss);
            }

            Shop.Database.ClearPool();
            Shop.CustomerName(1).ShouldBe(("Customer 1", Miss));
        }
    }

    [NeedsPostgres]
    public sealed class OnPostgres() : ForeignTransactionTests(Provider.Postgres)
    {
        // Guards WriteHandle.Open (TransactionCompleted). A cache that enlisted would make the driver prepare the transaction,
        // which the server refuses.
        [Theory]
        [InlineData(false, true)]
        [InlineData(false, false)]
        [InlineData(true, true)]
        [InlineData(true, false)]
        public async Task WhenTwoContextsWriteInATransactionScope_BothAreSeenAtItsEnd(bool async, bool complete)
        {
            Shop.CustomerName(1);
            Shop.CustomerName(2);
            using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
            {
                for (var id = 1; id <= 2; id++)
                {
                    await using var db = Shop.Open();
                    db.Customers.Single(c => c.Id == id).Name = "In scope";
                    _ = async ? await db.SaveChangesAsync() : db.SaveChanges();
                    db.Customers.AsNoTracking().Cacheable().Single(c => c.Id == id).Name.ShouldBe("In scope");
                    db.Cache().LastQuery!.Reason.ShouldBe("in-transaction");
                }

                Shop.Cache.GetStatistics().Marks.ShouldBeGreaterThan(0);
                using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled))
                {
                    Shop.CustomerName(1).ShouldBe(("Customer 1", Miss));
                }

                if (complete)
                {
                    scope.Complete();
                }
            }

            var expected = complete ? "In scope" : "Customer {0}";
            for (var id = 1; id <= 2; id++)
            {
                Shop.CustomerName(id).ShouldBe((string.Format(null, expected, id), Miss));
                Shop.CustomerName(id).Source.ShouldBe(Hit);
            }

            Shop.Cache.GetStatistics().Marks.ShouldBe(0);
        }
    }

    private readonly ManualTimeProvider _time = new();

    protected ForeignTransactionTests(Provider provider)
    {
        Shop = new ShopDatabase(new ZooCacheOptions { TimeProvider = _time, MaximumAge = null }, provider);
        if (provider == Provider.Sqlite)
        {
            Shop.Database.Execute("PRAGMA journal_mode = wal");
        }
    }

    protected ShopDatabase Shop { get; }

    public void Dispose() => Shop.Dispose();

    // Guards ConnectionActivity.MayBeInTransaction in WriteHandle.Open and in QueryLookup.ReasonOf.
    [Theory]
    [InlineData("COMMIT", "Changed")]
    [InlineData("ROLLBACK", "Customer 1")]
    public void WhenATransactionIsBegunAndEndedInAdo_NothingOfItIsServedOrKept(string end, string expected)
    {
        Shop.CustomerName(1);
        using var connection = Shop.Database.Connect();
        using var db = Shop.OpenOn(connection);
        Run(connection, "BEGIN");
        db.Customers.Where(c => c.Id == 1).ExecuteUpdate(s => s.SetProperty(c => c.Name, "Changed"));
        db.Customers.AsNoTracking().Cacheable().Single(c => c.Id == 1).Name.ShouldBe("Changed");
        db.Cache().LastQuery!.Reason.ShouldBe("in-transaction");
        Shop.CustomerName(1).ShouldBe(("Customer 1", Miss));
        Shop.CustomerName(1).ShouldBe(("Customer 1", Miss));
        Run(connection, end);

        Shop.CustomerName(1).ShouldBe((expected, Miss));
        db.Customers.AsNoTracking().Count().ShouldBe(3);
        Shop.Cache.GetStatistics().Marks.ShouldBe(0);
        Shop.CustomerName(1).ShouldBe((expected, Miss));
        Shop.CustomerName(1).ShouldBe((expected, Hit));
    }

    // Guards ConnectionActivity.RawCommandEnded: a raw COMMIT settles what was written since BEGIN, on a connection that stays open.
    [Theory]
    [InlineData(false, "COMMIT", "Changed")]
    [InlineData(true, "COMMIT", "Changed")]
    [InlineData(false, "ROLLBACK", "Customer 1")]
    public async Task WhenATransactionIsBegunAndEndedInRawSql_ItsWritesAreSettledThen(bool async, string end, string expected)
    {
        Shop.CustomerName(1);
        await using var connection = Shop.Database.Connect();
        await using var db = Shop.OpenOn(connection);
        await Execute("BEGIN");
        db.Customers.Single(c => c.Id == 1).Name = "Changed";
        _ = async ? await db.SaveChangesAsync() : db.SaveChanges();
        Shop.Cache.GetStatistics().Marks.ShouldBeGreaterThan(0);
        Shop.CustomerName(1).ShouldBe(("Customer 1", Miss));
        await Execute(end);

        Shop.Cache.GetStatistics().Marks.ShouldBe(0);
        Shop.CustomerName(1).ShouldBe((expected, Miss));
        Shop.CustomerName(1).ShouldBe((expected, Hit));

        // The session is as good as new: what it reads is kept.
        db.Ask(c => c.Customers.Cacheable().Count()).ShouldBe(Outcomes.NotFound);
        db.Ask(c => c.Customers.Cacheable().Count()).ShouldBe(Outcomes.Hit);

        async Task Execute(string sql) => _ = async ? await db.Database.ExecuteSqlRawAsync(sql) : db.Database.ExecuteSqlRaw(sql);
    }

    // Guards EFWrite.Watch: nobody sees the end of this transaction, and the mark must not be lifted before it.
    [Fact]
    public void WhenNobodySeesATransactionsEnd_ItIsCountedAndItsWritesStayMarkedUntilTheConnectionCloses()
    {
        using (var connection = Shop.Database.Connect())
        {
            using var transaction = connection.BeginTransaction();
            using var db = Shop.OpenOn(connection);
            db.Database.UseTransaction(transaction);
            db.Customers.Single(c => c.Id == 1).Name = "Late";
            db.SaveChanges();
            Shop.Cache.GetStatistics().OverdueWrites.ShouldBe(0);
            _time.Advance(TimeSpan.FromMinutes(5));
            Shop.Cache.GetStatistics().OverdueWrites.ShouldBe(1);
            Shop.CustomerName(1).ShouldBe(("Customer 1", Miss));
            Shop.CustomerName(1).ShouldBe(("Customer 1", Miss));
            transaction.Commit();
            Shop.CustomerName(1).ShouldBe(("Late", Miss));
            Shop.CustomerName(1).ShouldBe(("Late", Miss));
        }

        Shop.Cache.GetStatistics().Marks.ShouldBe(0);
        Shop.CustomerName(1).ShouldBe(("Late", Miss));
        Shop.CustomerName(1).ShouldBe(("Late", Hit));
    }

    // Guards PendingWrite.HasEnded: the connection says that the application's transaction is over.
    [Fact]
    public void WhenTheApplicationCommitsItsTransaction_TheNextCommandSettlesIt()
    {
        using var connection = Shop.Database.Connect();
        using var db = Shop.OpenOn(connection);
        using (var transaction = connection.BeginTransaction())
        {
            db.Database.UseTransaction(transaction);
            db.Customers.Single(c => c.Id == 1).Name = "Shared";
            db.SaveChanges();
            transaction.Commit();
            db.Database.UseTransaction(null);
        }

        Shop.Cache.GetStatistics().Marks.ShouldBeGreaterThan(0);
        db.Customers.AsNoTracking().Count().ShouldBe(3);
        Shop.Cache.GetStatistics().Marks.ShouldBe(0);
        Shop.CustomerName(1).ShouldBe(("Shared", Miss));
    }

    // Guards PendingWrite.IsHeld: EF tells of a transaction that it has begun before its connection has it.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhenAnotherContextWritesAsTheTransactionStarts_ItIsMarkedUntilTheEnd(bool commits)
    {
        Shop.CustomerName(2).ShouldBe(("Customer 2", Miss));
        var started = new Started(transaction =>
        {
            using var other = Shop.OpenOn(transaction.Connection!);
            other.Database.UseTransaction(transaction);
            other.Customers.Find(2)!.Name = "Started";
            other.SaveChanges();
        });
        using (var db = Shop.Open(null, started))
        {
            using var transaction = db.Database.BeginTransaction();
            db.Customers.Find(1)!.Name = "In between";
            db.SaveChanges();
            Shop.CustomerName(2).ShouldBe(("Customer 2", Miss));
            Shop.CustomerName(2).ShouldBe(("Customer 2", Miss));
            if (commits)
            {
                transaction.Commit();
            }
        }

        Shop.CustomerName(2).ShouldBe((commits ? "Started" : "Customer 2", Miss));
        Shop.CustomerName(2).Source.ShouldBe(Hit);
        Shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    private sealed class Started(Action<DbTransaction> act) : DbTransactionInterceptor
    {
        public override DbTransaction TransactionStarted(DbConnection connection, TransactionEndEventData eventData, DbTransaction result)
        {
            act(result);
            return result;
        }
    }

    protected static void Run(DbConnection connection, string sql)
    {
        ArgumentNullException.ThrowIfNull(connection);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
