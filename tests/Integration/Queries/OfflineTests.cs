using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Connections;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Queries;

public abstract class OfflineTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : OfflineTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : OfflineTests(Provider.Postgres);

    private readonly ShopDatabase _shop = new(provider: provider);

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenTheDatabaseIsGone_HitsAreServedWithoutAConnection(bool async)
    {
        await Ask(async);
        using (_shop.Database.TakeAway())
        {
            using (var uncached = _shop.Uncached())
            {
                Should.Throw<Exception>(() => uncached.Customers.Count()).GetBaseException().ShouldBeAssignableTo<DbException>();
            }

            (await Ask(async)).ShouldBe(("Customer 1", 6, 3, Hit));
        }
    }

    [Fact]
    public void TheFieldInWhichEFKeepsItsConnection_IsWhereItIsLookedFor() => ConnectionProbe.HasField().ShouldBeTrue();

    private async Task<(string, int, int, EFCore.QueryResultSource)> Ask(bool async)
    {
        using var db = _shop.Open();
        var one = db.Customers.Cacheable();
        var orders = db.Orders.Include(o => o.Lines).OrderBy(o => o.Id).Cacheable();
        var name = async ? (await one.SingleAsync(c => c.Id == 1)).Name : one.Single(c => c.Id == 1).Name;
        var listed = async ? (await orders.ToListAsync()).Count : orders.ToList().Count;
        var count = async ? await db.Customers.Cacheable().CountAsync() : db.Customers.Cacheable().Count();
        if (db.Cache().LastQuery!.Source == Hit)
        {
            ConnectionProbe.Existing(db.GetService<IRelationalConnection>()).ShouldBeNull("a hit makes no connection object");
        }

        return (name, listed, count, db.Cache().LastQuery!.Source);
    }
}
