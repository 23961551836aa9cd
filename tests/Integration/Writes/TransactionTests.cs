using System.Data.Common;
using System.Transactions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Writes;

public abstract class TransactionTests : IDisposable
{
    public sealed class OnSqlite() : TransactionTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : TransactionTests(Provider.Postgres);

    private readonly ShopDatabase _shop;

    protected TransactionTests(Provider provider)
    {
        _shop = new ShopDatabase(provider: provider);
        if (provider == Provider.Sqlite)
        {
            // Readers go on while a writer's transaction is open.
            _shop.Database.Execute("PRAGMA journal_mode = wal");
        }
    }

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void WhenCommitted_TheNewRowsAreSeenAtOnce()
    {
        _shop.CustomerName(1);
        using var db = _shop.Open();
        using (var transaction = db.Database.BeginTransaction())
        {
            Rename(db, "Changed");
            _shop.CustomerName(1).Name.ShouldBe("Customer 1");
            transaction.Commit();
        }

        _shop.CustomerName(1).Name.ShouldBe("Changed");
        _shop.CustomerName(1).ShouldBe(("Changed", Hit));
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    [Fact]
    public async Task WhenCommittedAsynchronously_TheNewRowsAreSeenAtOnce()
    {
        _shop.CustomerName(1);
        await using (var db = _shop.Open())
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            (await db.Customers.SingleAsync(c => c.Id == 1)).Name = "Changed";
            await db.SaveChangesAsync();
            await transaction.CommitAsync();
            _shop.CustomerName(1).Name.ShouldBe("Changed");
        }

        _shop.CustomerName(1).ShouldBe(("Changed", Hit));
    }

    [Fact]
    public void WhenRolledBack_TheNewRowsNeverAppear()
    {
        _shop.CustomerName(1);
        using var db = _shop.Open();
        using (var transaction = db.Database.BeginTransaction())
        {
            Rename(db, "Never");
            transaction.Rollback();
        }

        _shop.CustomerName(1).Name.ShouldBe("Customer 1");
        _shop.CustomerName(1).ShouldBe(("Customer 1", Hit));
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    [Fact]
    public void WhenRolledBackToASavepoint_WhatWasWrittenBeforeItIsInvalidated()
    {
        _shop.CustomerName(1);
        _shop.CustomerName(2);
        using var db = _shop.Open();
        using (var transaction = db.Database.BeginTransaction())
        {
            Rename(db, "Kept");
            transaction.CreateSavepoint("s");
            db.Customers.Single(c => c.Id == 2).Name = "Never";
            db.SaveChanges();
            transaction.RollbackToSavepoint("s");
            transaction.Commit();
        }

        _shop.CustomerName(1).Name.ShouldBe("Kept");
        _shop.CustomerName(2).Name.ShouldBe("Customer 2");
    }

    // Guards QueryLoad.ReasonAgainst: InTransaction.
    [Fact]
    public void WhenInATransaction_NothingIsServedAndNothingIsStored()
    {
        _shop.CustomerNames();
        using (var db = _shop.Open())
        {
            using var transaction = db.Database.BeginTransaction();
            Rename(db, "Uncommitted");
            db.Customers.AsNoTracking().OrderBy(c => c.Id).Cacheable().Select(c => c.Name).First().ShouldBe("Uncommitted");
            db.Cache().LastQuery!.Reason.ShouldBe("in-transaction");
            db.Customers.AsNoTracking().Cacheable().Single(c => c.Id == 1).Name.ShouldBe("Uncommitted");
        }

        _shop.CustomerName(1).Name.ShouldBe("Customer 1");
        _shop.CustomerNames().Names.ShouldStartWith("Customer 1,");
    }

    // Guards EFWrite.MarkAndBump before the command (BeginWrite), and Judge's look at the marks: a fill between bump and
    // commit reads the old row and must not be stored.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhenReadBetweenBumpAndCommit_TheOldAnswerIsNotServedAfterTheCommit(bool severalRows)
    {
        _shop.CustomerName(1);
        var read = new ReadsAroundCommit(_shop);
        using (var db = _shop.Open(interceptors: read))
        {
            foreach (var customer in db.Customers.Where(c => c.Id == 1 || severalRows).ToList())
            {
                customer.Name += "!";
            }

            if (severalRows)
            {
                db.SaveChanges();
            }
            else
            {
                using var transaction = db.Database.BeginTransaction();
                db.SaveChanges();
                transaction.Commit();
            }
        }

        read.BeforeCommit.ShouldBe(["Customer 1", "Customer 1"]);
        read.AfterCommit.ShouldBe(["Customer 1!", "Customer 1!"]);
        _shop.CustomerName(1).Name.ShouldBe("Customer 1!");
        _shop.CustomerName(1).ShouldBe(("Customer 1!", Hit));
    }

    [Fact]
    public void WhenCommittedOnTheRawTransaction_NothingStaleIsServed()
    {
        _shop.CustomerName(1);
        using (var db = _shop.Open())
        {
            using var transaction = db.Database.BeginTransaction();
            Rename(db, "Raw");
            _shop.CustomerName(1).Name.ShouldBe("Customer 1");
            transaction.GetDbTransaction().Commit();
            _shop.CustomerName(1).Name.ShouldBe("Raw");
        }

        _shop.CustomerName(1).Name.ShouldBe("Raw");
        _shop.CustomerName(1).ShouldBe(("Raw", Hit));
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    [Fact]
    public void WhenTwoContextsShareATransactionThatTheApplicationCommits_BothWritesAreSeen()
    {
        _shop.CustomerName(1);
        _shop.CustomerName(2);
        using (var connection = _shop.Database.Connect())
        {
            using var transaction = connection.BeginTransaction();
            for (var id = 1; id <= 2; id++)
            {
                using var db = _shop.OpenOn(connection);
                db.Database.UseTransaction(transaction);
                db.Customers.Single(c => c.Id == id).Name = "Shared";
                db.SaveChanges();
            }

            _shop.CustomerName(1).Name.ShouldBe("Customer 1");
            transaction.Commit();
            _shop.CustomerName(1).Name.ShouldBe("Shared");
            _shop.CustomerName(2).Name.ShouldBe("Shared");
        }

        _shop.CustomerName(1).Name.ShouldBe("Shared");
        _shop.CustomerName(1).Source.ShouldBe(Hit);
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    // Guards PendingWrite.HasEnded: EF reports nothing when a transaction is disposed without a commit.
    [Fact]
    public void WhenDisposedWithoutACommitOnAConnectionThatStaysOpen_TheMarkIsLiftedAtTheNextCommand()
    {
        using var connection = _shop.Database.Connect();
        using var db = _shop.OpenOn(connection);
        using (db.Database.BeginTransaction())
        {
            Rename(db, "Never");
            _shop.Cache.GetStatistics().Marks.ShouldBeGreaterThan(0);
        }

        db.Customers.AsNoTracking().Count().ShouldBe(3);
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
        _shop.CustomerName(1);
        _shop.CustomerName(1).ShouldBe(("Customer 1", Hit));
    }

    [Fact]
    public void WhenInATransactionScope_ItsWritesStayMarkedUntilItEnds()
    {
        _shop.CustomerName(1);
        using (var scope = new TransactionScope())
        {
            using var db = new ShopContext(_shop.Options()
                .ConfigureWarnings(w => w.Ignore(RelationalEventId.AmbientTransactionWarning)).Options);
            Rename(db, "In scope");
            _shop.Cache.GetStatistics().Marks.ShouldBeGreaterThan(0);
            scope.Complete();
        }

        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
        _shop.CustomerName(1).Name.ShouldBe("In scope");
    }

    [Fact]
    public void WhenCommittingFails_TheMarkStaysForAWhile()
    {
        using var db = _shop.Open(interceptors: new FailsToCommit());
        using (var transaction = db.Database.BeginTransaction())
        {
            Rename(db, "Perhaps");
            Should.Throw<TimeoutException>(transaction.Commit);
        }

        _shop.CustomerName(1);
        _shop.CustomerName(1).Source.ShouldBe(Miss);
        _shop.Cache.GetStatistics().Marks.ShouldBeGreaterThan(0);
    }

    private static void Rename(ShopContext db, string name)
    {
        db.Customers.Single(c => c.Id == 1).Name = name;
        db.SaveChanges();
    }

    private sealed class ReadsAroundCommit(ShopDatabase shop) : DbTransactionInterceptor
    {
        public List<string?> BeforeCommit { get; } = [];

        public List<string?> AfterCommit { get; } = [];

        public override InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
        {
            BeforeCommit.AddRange([shop.CustomerName(1).Name, shop.CustomerNames().Names.Split(',')[0]]);
            return result;
        }

        public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData)
            => AfterCommit.AddRange([shop.CustomerName(1).Name, shop.CustomerNames().Names.Split(',')[0]]);
    }

    private sealed class FailsToCommit : DbTransactionInterceptor
    {
        public override InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
            => throw new TimeoutException();
    }
}
