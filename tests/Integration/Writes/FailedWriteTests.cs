using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>Saves that fail, are cancelled or tried again, and commits of which nobody knows whether they happened.</summary>
public abstract class FailedWriteTests : IDisposable
{
    public sealed class OnSqlite() : FailedWriteTests(Provider.Sqlite)
    {
        protected override void Retry(DbContextOptionsBuilder<ShopContext> builder)
            => builder.UseSqlite(Shop.ConnectionString, o => o.ExecutionStrategy(d => new RetriesTimeouts(d)));
    }

    [NeedsPostgres]
    public sealed class OnPostgres() : FailedWriteTests(Provider.Postgres)
    {
        protected override void Retry(DbContextOptionsBuilder<ShopContext> builder)
            => builder.UseNpgsql(Shop.ConnectionString, o => o.EnableRetryOnFailure(3, TimeSpan.FromMilliseconds(1), null));

        // Guards PendingWrite.IsCommitting: the connection reports its loss before EF reports the failure, and the server may
        // have got the COMMIT.
        [Theory]
        [InlineData(false)]
        [InlineData(true)]
        public async Task WhenTheConnectionIsLostInACommit_TheMarkStaysForItsGrace(bool async)
        {
            Shop.CustomerName(1);
            await using (var db = Shop.Open(interceptors: new LosesTheConnection(Shop)))
            {
                await using var transaction = await db.Database.BeginTransactionAsync();
                db.Customers.Single(c => c.Id == 1).Name = "Perhaps";
                await db.SaveChangesAsync();
                _ = async
                    ? await Should.ThrowAsync<NpgsqlException>(() => transaction.CommitAsync())
                    : Should.Throw<NpgsqlException>(transaction.Commit);
            }

            MarkStaysForItsGrace();
        }

        // Guards TransactionProbe.IsLost: EF knows nothing of this commit.
        [Fact]
        public void WhenTheConnectionIsLostInACommitOnTheRawTransaction_TheMarkStaysForItsGrace()
        {
            Shop.CustomerName(1);
            using (var db = Shop.Open())
            {
                using var transaction = db.Database.BeginTransaction();
                db.Customers.Single(c => c.Id == 1).Name = "Perhaps";
                db.SaveChanges();
                Shop.Database.Execute($"SELECT pg_terminate_backend({((NpgsqlConnection)db.Database.GetDbConnection()).ProcessID})");
                Should.Throw<NpgsqlException>(transaction.GetDbTransaction().Commit);
            }

            MarkStaysForItsGrace();
        }

        // Guards WriteHandle.IsOutcomeUnknown: a deadlock's victim is rolled back for certain.
        [Fact]
        public void WhenTheDatabaseRollsBack_NoMarkIsLeft()
        {
            Shop.CustomerName(1);
            using (var db = Shop.Open(interceptors: new Fails(new PostgresException("deadlock", "ERROR", "ERROR", "40P01"), times: 1)))
            {
                db.Customers.Single(c => c.Id == 1).Name = "Never";
                Should.Throw<Exception>(() => db.SaveChanges());
            }

            Shop.Cache.GetStatistics().Marks.ShouldBe(0);
            Shop.CustomerName(1).ShouldBe(("Customer 1", Miss));
            Shop.CustomerName(1).ShouldBe(("Customer 1", Hit));
        }
    }

    private readonly ManualTimeProvider _time = new();

    protected FailedWriteTests(Provider provider)
    {
        Shop = new ShopDatabase(new ZooCacheOptions { TimeProvider = _time, MaximumAge = null }, provider);
        if (provider == Provider.Sqlite)
        {
            Shop.Database.Execute("PRAGMA journal_mode = wal");
        }
    }

    protected ShopDatabase Shop { get; }

    protected abstract void Retry(DbContextOptionsBuilder<ShopContext> builder);

    public void Dispose() => Shop.Dispose();

    // Guards the finally in InvalidatingBatchExecutor: what was sent stays sent when a later row fails.
    [Theory]
    [InlineData(AutoTransactionBehavior.Never, false)]
    [InlineData(AutoTransactionBehavior.Always, false)]
    [InlineData(AutoTransactionBehavior.WhenNeeded, false)]
    [InlineData(AutoTransactionBehavior.Never, true)]
    [InlineData(AutoTransactionBehavior.Always, true)]
    [InlineData(AutoTransactionBehavior.WhenNeeded, true)]
    public async Task WhenASaveFails_WhatItDidIsSeenAndNoMarkIsLeft(AutoTransactionBehavior behavior, bool async)
    {
        Shop.CustomerName(1);
        Shop.LineCount();
        await using (var db = Shop.Open())
        {
            db.Database.AutoTransactionBehavior = behavior;
            db.Customers.Single(c => c.Id == 1).Name = "Changed";
            db.Add(new Line { Id = 1, Product = "duplicate key", OrderId = 1 });
            _ = async
                ? await Should.ThrowAsync<DbUpdateException>(() => db.SaveChangesAsync())
                : Should.Throw<DbUpdateException>(() => db.SaveChanges());
        }

        await using var uncached = Shop.Uncached();
        Shop.CustomerName(1).ShouldBe((uncached.Customers.Single(c => c.Id == 1).Name, Miss));
        Shop.LineCount().ShouldBe((12, Miss));
        Shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenASaveFailsInATransactionThatGoesOn_WhatWasWrittenBeforeIsSeen(bool async)
    {
        Shop.CustomerName(1);
        await using (var db = Shop.Open())
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            db.Customers.Single(c => c.Id == 1).Name = "Kept";
            await db.SaveChangesAsync();
            db.Customers.Single(c => c.Id == 2).Name = "Never";
            db.Add(new Line { Id = 1, Product = "duplicate key", OrderId = 1 });

            // EF sets a savepoint before and rolls back to it.
            _ = async
                ? await Should.ThrowAsync<DbUpdateException>(() => db.SaveChangesAsync())
                : Should.Throw<DbUpdateException>(() => db.SaveChanges());
            await transaction.CommitAsync();
        }

        Shop.CustomerName(1).ShouldBe(("Kept", Miss));
        Shop.CustomerName(2).ShouldBe(("Customer 2", Miss));
        Shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    [Fact]
    public void WhenTheRowHasGone_TheConflictLeavesNoMark()
    {
        Shop.CustomerName(1);
        using (var db = Shop.Open())
        {
            db.Customers.Single(c => c.Id == 1).Name = "Never";
            Shop.Change(other => other.Remove(other.Customers.Single(c => c.Id == 1)));
            Should.Throw<DbUpdateConcurrencyException>(() => db.SaveChanges());
        }

        Shop.CustomerName(1).ShouldBe((null, Miss));
        Shop.CustomerName(1).ShouldBe((null, Hit));
        Shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    // Guards WriteHandle.End: whether a cancelled command took effect isn't known.
    [Fact]
    public async Task WhenASaveIsCancelled_TheMarkStaysForItsGrace()
    {
        Shop.CustomerName(1);
        using var cancellation = new CancellationTokenSource();
        await using (var db = Shop.Open(interceptors: new Cancels(cancellation)))
        {
            db.Customers.Single(c => c.Id == 1).Name = "Perhaps";
            await Should.ThrowAsync<OperationCanceledException>(() => db.SaveChangesAsync(cancellation.Token));
        }

        MarkStaysForItsGrace();
    }

    // Guards ContextCache.CommitBegun: an exception of no particular kind, while EF's own transaction commits.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenTheCommitOfASaveFails_TheMarkStaysForItsGrace(bool async)
    {
        Shop.CustomerName(1);
        await using (var db = Shop.Open(interceptors: new FailsToCommit()))
        {
            db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Always;
            db.Customers.Single(c => c.Id == 1).Name = "Perhaps";
            _ = async
                ? await Should.ThrowAsync<InvalidOperationException>(() => db.SaveChangesAsync())
                : Should.Throw<InvalidOperationException>(() => db.SaveChanges());
        }

        MarkStaysForItsGrace();
    }

    // Guards WriteHandle.GraceOf.
    [Fact]
    public void WhenTheCommandTimeoutIsLong_TheGraceIsTwiceAsLong()
    {
        using (var db = Shop.Open(interceptors: new FailsToCommit()))
        {
            db.Database.SetCommandTimeout(100);
            db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Always;
            db.Customers.Single(c => c.Id == 1).Name = "Perhaps";
            Should.Throw<InvalidOperationException>(() => db.SaveChanges());
        }

        _time.Advance(TimeSpan.FromSeconds(199));
        Shop.Cache.GetStatistics().Marks.ShouldBeGreaterThan(0);
        _time.Advance(TimeSpan.FromSeconds(1));
        Shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenASaveIsTriedAgain_ItsRowsAreInvalidatedAndNothingElse(bool async)
    {
        Shop.CustomerName(1);
        Shop.CustomerName(2);
        var builder = new DbContextOptionsBuilder<ShopContext>().Quiet();
        Retry(builder);
        builder.ConfigureWarnings(w => w.Ignore(CoreEventId.ManyServiceProvidersCreatedWarning));
        var fails = new Fails(new NpgsqlException("lost", new TimeoutException()), times: 1);
        await using (var db = new ShopContext(builder.UseZooCache(Shop.Cache).AddInterceptors(fails).Options))
        {
            db.Customers.Single(c => c.Id == 1).Name = "Changed";
            (async ? await db.SaveChangesAsync() : db.SaveChanges()).ShouldBe(1);
            fails.Count.ShouldBe(2);
        }

        Shop.CustomerName(1).ShouldBe(("Changed", Miss));
        Shop.CustomerName(2).Source.ShouldBe(Hit);

        // The first attempt may still be under way somewhere.
        Shop.CustomerName(1).ShouldBe(("Changed", Miss));
        _time.Advance(TimeSpan.FromSeconds(60));
        Shop.Cache.GetStatistics().Marks.ShouldBe(0);
        Shop.CustomerName(1).ShouldBe(("Changed", Miss));
        Shop.CustomerName(1).ShouldBe(("Changed", Hit));
    }

    [Fact]
    public void WhenALaterInterceptorThrowsAfterTheSave_TheNewRowsAreSeen()
    {
        Shop.CustomerName(1);
        using (var db = Shop.Open(interceptors: new ThrowsWhenSaved()))
        {
            db.Customers.Single(c => c.Id == 1).Name = "Changed";
            Should.Throw<InvalidOperationException>(() => db.SaveChanges());
        }

        Shop.CustomerName(1).ShouldBe(("Changed", Miss));
        Shop.CustomerName(1).ShouldBe(("Changed", Hit));
    }

    // Guards RowImages.Of: what is sent is an update, whatever the application asked for.
    [Fact]
    public void WhenAnInterceptorMakesAnUpdateOfADelete_TheRowIsInvalidatedAndItsDependentsAreKept()
    {
        Shop.CustomerName(1);
        Shop.LineCount();
        using (var db = Shop.Open(interceptors: new SoftDeletes()))
        {
            db.Remove(db.Customers.Single(c => c.Id == 1));
            db.SaveChanges();
        }

        Shop.CustomerName(1).ShouldBe(("(deleted)", Miss));
        Shop.LineCount().ShouldBe((12, Hit));
    }

    protected void MarkStaysForItsGrace()
    {
        Shop.CustomerName(1).Source.ShouldBe(Miss);
        Shop.CustomerName(1).Source.ShouldBe(Miss);
        _time.Advance(TimeSpan.FromSeconds(59));
        Shop.CustomerName(1).Source.ShouldBe(Miss);

        // The server comes round to committing after all.
        Shop.Database.Execute("UPDATE \"Customers\" SET \"Name\" = 'Committed late' WHERE \"Id\" = 1");
        _time.Advance(TimeSpan.FromSeconds(1));
        Shop.Cache.GetStatistics().Marks.ShouldBe(0);
        Shop.CustomerName(1).ShouldBe(("Committed late", Miss));
        Shop.CustomerName(1).ShouldBe(("Committed late", Hit));
    }

    private sealed class RetriesTimeouts(ExecutionStrategyDependencies dependencies) : ExecutionStrategy(dependencies, 3, TimeSpan.FromMilliseconds(1))
    {
        protected override bool ShouldRetryOn(Exception exception)
            => exception is TimeoutException or NpgsqlException or DbUpdateException { InnerException: NpgsqlException };
    }

    /// <summary>Fails after the command of a save, which has then taken effect.</summary>
    private sealed class Fails(Exception exception, int times) : DbCommandInterceptor
    {
        public int Count { get; private set; }

        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            Fail(eventData);
            return result;
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Fail(eventData);
            return new(result);
        }

        private void Fail(CommandEventData eventData)
        {
            if (eventData.CommandSource == CommandSource.SaveChanges && ++Count <= times)
            {
                throw exception;
            }
        }
    }

    private sealed class Cancels(CancellationTokenSource cancellation) : DbCommandInterceptor
    {
        public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            if (eventData.CommandSource == CommandSource.SaveChanges)
            {
                await cancellation.CancelAsync();
            }

            return result;
        }
    }

    private sealed class FailsToCommit : DbTransactionInterceptor
    {
        public override InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
            => throw new InvalidOperationException("commit");

        public override ValueTask<InterceptionResult> TransactionCommittingAsync(
            DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
            => throw new InvalidOperationException("commit");
    }

    private sealed class ThrowsWhenSaved : SaveChangesInterceptor
    {
        public override int SavedChanges(SaveChangesCompletedEventData eventData, int result) => throw new InvalidOperationException("saved");
    }

    private sealed class SoftDeletes : SaveChangesInterceptor
    {
        public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
        {
            foreach (var entry in eventData.Context!.ChangeTracker.Entries<Customer>().Where(e => e.State == EntityState.Deleted))
            {
                entry.State = EntityState.Unchanged;
                entry.Entity.Name = "(deleted)";
            }

            return result;
        }
    }

    private sealed class LosesTheConnection(ShopDatabase shop) : DbTransactionInterceptor
    {
        public override InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
        {
            Lose(transaction);
            return result;
        }

        public override ValueTask<InterceptionResult> TransactionCommittingAsync(
            DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            Lose(transaction);
            return new(result);
        }

        private void Lose(DbTransaction transaction)
            => shop.Database.Execute($"SELECT pg_terminate_backend({((NpgsqlConnection)transaction.Connection!).ProcessID})");
    }
}
