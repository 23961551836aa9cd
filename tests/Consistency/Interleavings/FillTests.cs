using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.Bank;
using ZooCache.Consistency.Tests.World;
using ZooCache.EFCore;
using ZooCache.Tests;

namespace ZooCache.Consistency.Tests.Interleavings;

/// <summary>Loads that a write overtakes, step by step.</summary>
public abstract class FillTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : FillTests(Provider.Sqlite)
    {
        // Guards QueryLookup.ReasonOf: HasOpenReader. On SQLite a command on a connection with an open reader sees that
        // reader's snapshot, without any transaction.
        [Fact]
        public void WhenAReaderIsOpenOnTheConnection_NothingIsStored()
        {
            using var db = _bank.Open();
            db.Database.OpenConnection();
            db.Database.ExecuteSqlRaw("PRAGMA journal_mode = wal");
            using (var rows = db.Accounts.AsNoTracking().AsEnumerable().GetEnumerator())
            {
                rows.MoveNext().ShouldBeTrue();
                _bank.SetBalance(5, 55);
                db.Accounts.AsNoTracking().Cacheable().Single(a => a.Id == 5).Balance.ShouldBe(100, "the open reader's snapshot");
                db.Cache().LastQuery.ShouldBe(new QueryOutcome(QueryResultSource.Bypass, "open-reader"));
            }

            _bank.Balance(5).ShouldBe(55);
        }
    }

    [NeedsPostgres]
    public sealed class OnPostgres() : FillTests(Provider.Postgres);

    private readonly BankDatabase _bank = new(provider: provider);

    public void Dispose() => _bank.Dispose();

    // Guards QueryLoad.LoadAsync: BeginFill (pins, then the fence) stands before the command.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAWriteCommitsBetweenTheCommandAndTheStore_TheOldAnswerIsNotKept(bool async)
    {
        var gate = new CommandGate { After = token => Task.Run(() => _bank.SetBalance(1, 1), token) };
        var old = async ? await _bank.BalanceAsync(1, default, gate) : _bank.Balance(1, gate);

        // SQLite takes a statement's snapshot at its first row: which of the two it saw doesn't matter, what is kept does.
        old.ShouldBeOneOf(100, 1);
        _bank.Balance(1, new CommandGate()).ShouldBe(1);
        _bank.Balance(1, new CommandGate()).ShouldBe(1);
    }

    [Fact]
    public void WhenAWriteCommitsBetweenTheLastRowAndTheStore_TheOldAnswerIsNotKept()
    {
        var written = false;
        var closing = new OnReaderDisposing(() =>
        {
            if (!written)
            {
                written = true;
                _bank.SetBalance(1, 1);
            }
        });

        _bank.Balance(1, closing).ShouldBe(100);
        _bank.Balance(1, closing).ShouldBe(1);
    }

    [Fact]
    public void WhileOneOfTwoWritersHasNotEnded_NothingThatItTouchesIsKept()
    {
        using var slow = _bank.Open();
        using var transaction = slow.Database.BeginTransaction();
        slow.Accounts.Where(a => a.Id == 1).ExecuteUpdate(s => s.SetProperty(a => a.Balance, 7));
        using (var other = _bank.Cache.BeginWrite([TagPath.Of("ef", "db", "ACCOUNTS")]))
        {
            other.Complete();
        }

        _bank.Balance(1).ShouldBe(100);
        _bank.Balance(1).ShouldBe(100);
        transaction.Commit();
        _bank.Balance(1).ShouldBe(7);
    }

    private sealed class OnReaderDisposing(Action step) : Microsoft.EntityFrameworkCore.Diagnostics.DbCommandInterceptor
    {
        public override Microsoft.EntityFrameworkCore.Diagnostics.InterceptionResult DataReaderDisposing(
            System.Data.Common.DbCommand command,
            Microsoft.EntityFrameworkCore.Diagnostics.DataReaderDisposingEventData eventData,
            Microsoft.EntityFrameworkCore.Diagnostics.InterceptionResult result)
        {
            step();
            return result;
        }
    }
}
