using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Writes;

public abstract class SaveChangesTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : SaveChangesTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : SaveChangesTests(Provider.Postgres);

    private readonly ShopDatabase _shop = new(provider: provider);

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenOneRowIsSaved_ItsAnswersAreGoneBeforeTheCallReturns(bool async)
    {
        _shop.CustomerName(1);
        _shop.CustomerNames();
        _shop.CustomerName(2);

        using (var db = _shop.Open())
        {
            db.Customers.Single(c => c.Id == 1).Name = "Changed";
            _ = async ? await db.SaveChangesAsync() : db.SaveChanges();
        }

        _shop.CustomerName(1).ShouldBe(("Changed", Miss));
        _shop.CustomerNames().Names.ShouldStartWith("Changed,");
        _shop.CustomerName(2).ShouldBe(("Customer 2", Hit));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenSeveralRowsAreSaved_AllTheirAnswersAreGone(bool async)
    {
        for (var id = 1; id <= 3; id++)
        {
            _shop.CustomerName(id);
        }

        using (var db = _shop.Open())
        {
            foreach (var customer in db.Customers.Where(c => c.Id <= 2).ToList())
            {
                customer.Name += "!";
            }

            _ = async ? await db.SaveChangesAsync() : db.SaveChanges();
        }

        _shop.CustomerName(1).ShouldBe(("Customer 1!", Miss));
        _shop.CustomerName(2).ShouldBe(("Customer 2!", Miss));
        _shop.CustomerName(3).ShouldBe(("Customer 3", Hit));
    }

    // Guards TableRegistry.Map: NewRows is bumped before the store has made the key.
    [Fact]
    public void WhenALookUpFoundNothing_ItIsGoneAsSoonAsTheInsertHasCommitted()
    {
        _shop.CustomerName(4).ShouldBe((null, Miss));
        var read = new ReadsCustomer4AfterCommit(_shop);
        using (var db = _shop.Open(interceptors: read))
        {
            db.Add(new Customer { Name = "Four", Orders = { new Order() } });
            db.SaveChanges();
        }

        read.Name.ShouldBe("Four");
    }

    [Fact]
    public void WhenALookUpFoundNothing_AnInsertWithAGeneratedKeyEndsIt()
    {
        _shop.CustomerName(4).ShouldBe((null, Miss));
        _shop.CustomerName(4).ShouldBe((null, Hit));

        _shop.Change(db => db.Add(new Customer { Name = "Four" }));

        _shop.CustomerName(4).ShouldBe(("Four", Miss));
    }

    [Fact]
    public void WhenALookUpFoundItsRow_AnInsertLeavesItAlone()
    {
        _shop.CustomerName(1);
        _shop.Change(db => db.Add(new Customer { Name = "Four" }));
        _shop.CustomerName(1).Source.ShouldBe(Hit);
    }

    [Fact]
    public void WhenTheKeyIsSetByTheClient_TheInsertEndsTheLookUp()
    {
        _shop.CustomerName(77).ShouldBe((null, Miss));
        _shop.Change(db => db.Add(new Customer { Id = 77, Name = "Seventy-seven" }));
        _shop.CustomerName(77).ShouldBe(("Seventy-seven", Miss));
    }

    // Guards InvalidatingBatchExecutor: the sequence of batches is wrapped, not materialised.
    [Fact]
    public void WhenParentAndChildrenAreInserted_GeneratedKeysFlowAndTheirLookUpsEnd()
    {
        _shop.LineCount().Count.ShouldBe(12);
        _shop.Change(db =>
        {
            var customer = new Customer { Name = "Four" };
            var order = new Order { Total = 1 };
            order.Lines.Add(new Line { Product = "plum" });
            order.Lines.Add(new Line { Product = "fig" });
            customer.Orders.Add(order);
            db.Add(customer);
        });

        _shop.LineCount().ShouldBe((14, Miss));
        using var uncached = _shop.Uncached();
        uncached.Lines.Count(l => l.Order!.Customer!.Name == "Four").ShouldBe(2);
    }

    // Guards TableFacts.Follow: orders, and below them lines, are deleted by the database alone.
    [Fact]
    public void WhenADeleteCascadesInTheDatabase_RowsThatNobodyTrackedAreGoneToo()
    {
        _shop.LineCount().Count.ShouldBe(12);
        _shop.Change(db => db.Remove(new Customer { Id = 1 }));
        _shop.LineCount().ShouldBe((8, Miss));
    }

    [Fact]
    public void WhenAStubIsDeletedOrADetachedEntityUpdated_TheAnswersAreGone()
    {
        _shop.CustomerName(1);
        _shop.CustomerName(2);
        _shop.Change(db => db.Update(new Customer { Id = 1, Name = "Detached" }));
        _shop.Change(db => db.Remove(new Customer { Id = 2 }));
        _shop.CustomerName(1).ShouldBe(("Detached", Miss));
        _shop.CustomerName(2).ShouldBe((null, Miss));
    }

    // Guards that images come from the modification commands: taken in SavingChanges they would miss what an interceptor
    // that runs later, change detection and cascades add.
    [Fact]
    public void WhenALaterInterceptorChangesMoreRows_TheirAnswersAreGoneToo()
    {
        _shop.CustomerName(1);
        _shop.CustomerName(2);
        using (var db = _shop.Open(interceptors: new RenamesCustomer2()))
        {
            db.Customers.Single(c => c.Id == 1).Name = "Changed";
            db.SaveChanges();
        }

        _shop.CustomerName(1).ShouldBe(("Changed", Miss));
        _shop.CustomerName(2).ShouldBe(("By interceptor", Miss));
    }

    [Fact]
    public void WhenASaveFailsHalfWayWithoutATransaction_WhatWasSentIsInvalidated()
    {
        _shop.CustomerName(1);
        using (var db = _shop.Open())
        {
            db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
            db.Customers.Single(c => c.Id == 1).Name = "Changed";
            db.Add(new Line { Id = 1, Product = "duplicate key", OrderId = 1 });
            Should.Throw<DbUpdateException>(() => db.SaveChanges());
        }

        using var uncached = _shop.Uncached();
        _shop.CustomerName(1).Name.ShouldBe(uncached.Customers.Single(c => c.Id == 1).Name);
    }

    [Fact]
    public void WhenASaveFails_NoMarkIsLeftBehind()
    {
        using (var db = _shop.Open())
        {
            db.Add(new Line { Id = 1, Product = "duplicate key", OrderId = 1 });
            Should.Throw<DbUpdateException>(() => db.SaveChanges());
        }

        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
        _shop.LineCount();
        _shop.LineCount().ShouldBe((12, Hit));
    }

    [Fact]
    public void WhenARowWasMoved_BothListsChange()
    {
        Orders(1).ShouldBe("1,2");
        Orders(2).ShouldBe("3,4");
        _shop.Change(db => db.Orders.Single(o => o.Id == 1).CustomerId = 2);
        Orders(1).ShouldBe("2");
        Orders(2).ShouldBe("1,3,4");

        string Orders(int customer)
        {
            using var db = _shop.Open();
            return string.Join(',', db.Orders.Where(o => o.CustomerId == customer).OrderBy(o => o.Id).Cacheable().Select(o => o.Id).ToList());
        }
    }

    private sealed class RenamesCustomer2 : SaveChangesInterceptor
    {
        public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
        {
            eventData.Context!.Set<Customer>().Single(c => c.Id == 2).Name = "By interceptor";
            return result;
        }
    }

    private sealed class ReadsCustomer4AfterCommit(ShopDatabase shop) : DbTransactionInterceptor
    {
        public string? Name { get; private set; }

        public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData)
            => Name = shop.CustomerName(4).Name;
    }
}
