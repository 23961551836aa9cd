using System.Data.Common;
using System.Transactions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Look-ups of rows that aren't there yet, whose keys the store makes.</summary>
public abstract class NewRowTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : NewRowTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : NewRowTests(Provider.Postgres)
    {
        // Guards the look at the transaction in CommandObserver.Starting. SQLite refuses such a command.
        [Fact]
        public void WhenTheCommandIsInNoTransaction_AllThatFoundNothingEnds()
        {
            Ask([9999]);
            using (var db = Shop.Open(interceptors: new LeavesTransaction()))
            {
                db.AddRange(new Customer { Name = "Four" }, new Customer { Name = "Five" });
                db.SaveChanges();
            }

            Ask([9999]).ShouldBe(("", QueryResultSource.Miss));
        }
    }

    private sealed class LeavesTransaction : DbCommandInterceptor
    {
        public override DbCommand CommandInitialized(CommandEndEventData eventData, DbCommand result)
        {
            result.Transaction = null;
            return result;
        }
    }

    private protected ShopDatabase Shop { get; } = new(provider: provider);

    public void Dispose() => Shop.Dispose();

    // Guards BoundDependencies.Add, isKey: a list of keys keeps its dependency on new rows.
    [Fact]
    public void WhenAListOfKeysHasAnAbsentOne_AnInsertThatGeneratesItEndsTheAnswer()
    {
        foreach (var keys in new List<int>[] { [1, 4], [4], [4, 5, 1] })
        {
            var expected = Ask(keys);
            Ask(keys).ShouldBe((expected.Names, QueryResultSource.Hit));
        }

        Shop.Change(db => db.Add(new Customer { Name = "Four" }));
        Ask([1, 4]).ShouldBe(("Customer 1,Four", QueryResultSource.Miss));
        Ask([4]).ShouldBe(("Four", QueryResultSource.Miss));
        Ask([4, 5, 1]).ShouldBe(("Customer 1,Four", QueryResultSource.Miss));
    }

    // Guards BoundDependencies.Add, isKey: that some row came says nothing of the other keys. After the save the key is known and its own
    // tag bumped; between commit and then only the dependency on new rows tells.
    [Fact]
    public void WhenTheInsertHasJustCommitted_AListOfKeysHasEndedAlready()
    {
        Ask([1, 4]).Names.ShouldBe("Customer 1");
        var after = new AfterCommit(() => Ask([1, 4]).Names);
        using (var db = Shop.Open(interceptors: after))
        {
            db.Add(new Customer { Name = "Four", Orders = { new Order() } });
            db.SaveChanges();
        }

        after.Seen.ShouldBe("Customer 1,Four");
    }

    [Fact]
    public void WhenALookUpIsJoined_AnInsertThatGeneratesItsKeyEndsTheAnswer()
    {
        Ask().ShouldBe(("", QueryResultSource.Miss));
        Ask().ShouldBe(("", QueryResultSource.Hit));
        Shop.Change(db => db.Add(new Customer { Name = "Four", Orders = { new Order { Total = 7 } } }));
        Ask().ShouldBe(("Four", QueryResultSource.Miss));

        (string Names, QueryResultSource Source) Ask()
        {
            using var db = Shop.Open();
            return (string.Join(',', db.Orders.Where(o => o.CustomerId == 4).Cacheable().Select(o => o.Customer!.Name).ToList()), db.Last()!.Source);
        }
    }

    // Guards the condition in InvalidatingBatchExecutor.BeginsTransaction, which is EF's own: where it begins a transaction, the keys are known
    // before the commit, and no other look-up has to end.
    [Theory]
    [MemberData(nameof(Saves))]
    public async Task OnlyWhereEFBeginsATransaction_LookUpsOfOtherKeysStand(AutoTransactionBehavior behavior, int customers, bool async)
    {
        Ask([4]);
        Ask([9999]);
        var began = new Began();
        await using (var db = Shop.Open(interceptors: began))
        {
            db.Database.AutoTransactionBehavior = behavior;
            db.AddRange(Enumerable.Range(4, customers).Select(i => new Customer { Name = $"Customer {i}" }));
            _ = async ? await db.SaveChangesAsync() : db.SaveChanges();
        }

        began.Any.ShouldBe(behavior == AutoTransactionBehavior.Always || (behavior == AutoTransactionBehavior.WhenNeeded && customers > 1));
        Ask([9999]).ShouldBe(("", began.Any && customers < 128 ? QueryResultSource.Hit : QueryResultSource.Miss));
        Ask([4]).ShouldBe(("Customer 4", QueryResultSource.Miss));
    }

    public static TheoryData<AutoTransactionBehavior, int, bool> Saves()
    {
        var data = new TheoryData<AutoTransactionBehavior, int, bool>();
        foreach (var behavior in Enum.GetValues<AutoTransactionBehavior>())
        {
            foreach (var customers in (int[])[1, 2, 60, 200])
            {
                data.Add(behavior, customers, false);
                data.Add(behavior, customers, true);
            }
        }

        return data;
    }

    // What a transaction that isn't EF's holds may be committed without anybody's seeing it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void InATransactionOfTheApplication_AnInsertEndsAllThatFoundNothing(bool commits)
    {
        Ask([4]);
        Ask([9999]);
        using (var db = Shop.Open())
        {
            using var transaction = db.Database.BeginTransaction();
            db.AddRange(new Customer { Name = "Four" }, new Customer { Name = "Five" });
            db.SaveChanges();
            if (commits)
            {
                transaction.GetDbTransaction().Commit();
            }
        }

        Ask([9999]).Source.ShouldBe(QueryResultSource.Miss);
        Ask([4]).Names.ShouldBe(commits ? "Four" : "");
    }

    [Theory]
    [InlineData("one command")]
    [InlineData("no transactions")]
    [InlineData("another kind of transaction")]
    public void WhereEachCommandCommits_ALookUpEndsBeforeTheKeyIsKnown(string why)
    {
        Ask([4]).Names.ShouldBe("");
        string? seen = null;
        var closing = new BeforeClosing(() => seen ??= Committed());
        var next = new BeforeCommand(sql => seen ??= sql.Contains("Orders", StringComparison.Ordinal) ? Committed() : null);
        var options = Shop.Options(null, why == "one command" ? closing : next)
            .ConfigureWarnings(w => w.Ignore(RelationalEventId.AmbientTransactionWarning));
        using (var db = new ShopContext(options.Options))
        {
            // SQLite takes no part in it, and EF, which sees one, begins none.
            using var scope = why == "another kind of transaction" && provider == Provider.Sqlite ? new TransactionScope() : null;
            db.Database.AutoTransactionBehavior = why == "no transactions" ? AutoTransactionBehavior.Never : AutoTransactionBehavior.WhenNeeded;
            var four = new Customer { Name = "Four" };
            if (why != "one command")
            {
                four.Orders.Add(new Order());
            }

            db.Add(four);
            db.SaveChanges();
        }

        // PostgreSQL has it in its transaction until then.
        seen.ShouldBe(why == "another kind of transaction" && provider == Provider.Postgres ? "" : "Four");
        Ask([4]).Names.ShouldBe("Four");

        string Committed()
        {
            using var outside = new TransactionScope(TransactionScopeOption.Suppress);
            return Ask([4]).Names;
        }
    }

    // Guards EndDrafts in InvalidatingBatchExecutor.End: not every store takes all back.
    [Fact]
    public void WhenTheSaveFails_AllThatFoundNothingEnds()
    {
        Ask([9999]);
        using (var db = Shop.Open())
        {
            db.AddRange(new Customer { Name = "Four" }, new Order { CustomerId = 77 });
            Should.Throw<DbUpdateException>(() => db.SaveChanges());
        }

        Ask([9999]).ShouldBe(("", QueryResultSource.Miss));
    }

    private protected (string Names, QueryResultSource Source) Ask(List<int> keys)
    {
        using var db = Shop.Open();
        var names = string.Join(',', db.Customers.AsNoTracking().Where(c => keys.Contains(c.Id)).OrderBy(c => c.Id).Cacheable().Select(c => c.Name).ToList());
        return (names, db.Last()!.Source);
    }

    private sealed class Began : DbTransactionInterceptor
    {
        public bool Any { get; private set; }

        public override DbTransaction TransactionStarted(DbConnection connection, TransactionEndEventData eventData, DbTransaction result)
        {
            Any = true;
            return result;
        }

        public override ValueTask<DbTransaction> TransactionStartedAsync(DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
            => new(TransactionStarted(connection, eventData, result));
    }

    private sealed class BeforeClosing(Action act) : DbConnectionInterceptor
    {
        public override InterceptionResult ConnectionClosing(DbConnection connection, ConnectionEventData eventData, InterceptionResult result)
        {
            act();
            return result;
        }
    }

    private sealed class AfterCommit(Func<string> ask) : DbTransactionInterceptor
    {
        public string? Seen { get; private set; }

        public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => Seen = ask();
    }
}
