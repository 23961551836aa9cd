using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Look-ups of rows that aren't there yet, whose keys the store makes.</summary>
public abstract class NewRowTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : NewRowTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : NewRowTests(Provider.Postgres);

    private readonly ShopDatabase _shop = new(provider: provider);

    public void Dispose() => _shop.Dispose();

    // Guards QueryDependencies.OneRowByKey: a list of keys keeps its dependency on new rows.
    [Fact]
    public void WhenAListOfKeysHasAnAbsentOne_AnInsertThatGeneratesItEndsTheAnswer()
    {
        foreach (var keys in new List<int>[] { [1, 4], [4], [4, 5, 1] })
        {
            var expected = Ask(keys);
            Ask(keys).ShouldBe((expected.Names, QueryResultSource.Hit));
        }

        _shop.Change(db => db.Add(new Customer { Name = "Four" }));
        Ask([1, 4]).ShouldBe(("Customer 1,Four", QueryResultSource.Miss));
        Ask([4]).ShouldBe(("Four", QueryResultSource.Miss));
        Ask([4, 5, 1]).ShouldBe(("Customer 1,Four", QueryResultSource.Miss));
    }

    // Guards Anchor.IsOneValue: that some row came says nothing of the other keys. After the save the key is known and its own
    // tag bumped; between commit and then only the dependency on new rows tells.
    [Fact]
    public void WhenTheInsertHasJustCommitted_AListOfKeysHasEndedAlready()
    {
        Ask([1, 4]).Names.ShouldBe("Customer 1");
        var after = new AfterCommit(() => Ask([1, 4]).Names);
        using (var db = _shop.Open(interceptors: after))
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
        _shop.Change(db => db.Add(new Customer { Name = "Four", Orders = { new Order { Total = 7 } } }));
        Ask().ShouldBe(("Four", QueryResultSource.Miss));

        (string Names, QueryResultSource Source) Ask()
        {
            using var db = _shop.Open();
            return (string.Join(',', db.Orders.Where(o => o.CustomerId == 4).Cacheable().Select(o => o.Customer!.Name).ToList()), db.Last()!.Source);
        }
    }

    private (string Names, QueryResultSource Source) Ask(List<int> keys)
    {
        using var db = _shop.Open();
        var names = string.Join(',', db.Customers.AsNoTracking().Where(c => keys.Contains(c.Id)).OrderBy(c => c.Id).Cacheable().Select(c => c.Name).ToList());
        return (names, db.Last()!.Source);
    }

    private sealed class AfterCommit(Func<string> ask) : DbTransactionInterceptor
    {
        public string? Seen { get; private set; }

        public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => Seen = ask();
    }
}
