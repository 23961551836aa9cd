using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Connections;
using ZooCache.Integration.Tests.Support;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Queries;

public sealed class OfflineTests : IDisposable
{
    private readonly ShopDatabase _shop = new();

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenTheDatabaseIsGone_HitsAreServedWithoutAConnection(bool async)
    {
        await Ask(async);
        SqliteConnection.ClearAllPools();
        foreach (var suffix in new[] { "", "-wal", "-shm" })
        {
            if (File.Exists(_shop.File + suffix))
            {
                File.Move(_shop.File + suffix, _shop.File + suffix + ".away");
            }
        }

        // A directory in its place: nothing can be opened there, not even anew and not even by root.
        Directory.CreateDirectory(_shop.File);
        try
        {
            using (var uncached = _shop.Uncached())
            {
                Should.Throw<SqliteException>(() => uncached.Customers.Count());
            }

            (await Ask(async)).ShouldBe(("Customer 1", 6, 3, Hit));
        }
        finally
        {
            Directory.Delete(_shop.File);
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
