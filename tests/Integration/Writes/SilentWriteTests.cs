using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.Integration.Tests.Support;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>Writes that are declared to invalidate nothing.</summary>
public sealed class SilentWriteTests : IDisposable
{
    private readonly ShopDatabase _shop = new();

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData("save", false)]
    [InlineData("save", true)]
    [InlineData("set", false)]
    [InlineData("set", true)]
    [InlineData("sql", false)]
    [InlineData("sql", true)]
    public async Task WhenSilent_TheOldAnswerStays(string way, bool async)
    {
        _shop.CustomerName(1);
        await using (var db = _shop.Open())
        {
            using (db.Cache().WithoutInvalidation())
            {
                await Rename(db, way, async, "Silent");
            }

            _shop.CustomerName(1).ShouldBe(("Customer 1", Hit));
            await Rename(db, way, async, "Loud");
        }

        _shop.CustomerName(1).ShouldBe(("Loud", Miss));
    }

    // Guards WriteHandle.Open: a silent write takes no mark either, so that what is asked meanwhile is kept.
    [Fact]
    public void WhenSilentInATransaction_NothingIsMarked()
    {
        using var db = _shop.Open();
        using var transaction = db.Database.BeginTransaction();
        using (db.Cache().WithoutInvalidation())
        {
            db.Customers.Where(c => c.Id == 1).ExecuteUpdate(s => s.SetProperty(c => c.Name, "Silent"));
        }

        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
        transaction.Commit();
    }

    [Fact]
    public async Task WhenNested_TheScopesEndOneByOne_AndOnlyForTheirContext()
    {
        _shop.CustomerName(1);
        await using var db = _shop.Open();
        await using var other = _shop.Open();
        var outer = db.Cache().WithoutInvalidation();
        var inner = db.Cache().WithoutInvalidation();
        outer.Dispose();
        outer.Dispose();
        await Rename(db, "save", async: true, "Silent");
        _shop.CustomerName(1).ShouldBe(("Customer 1", Hit));

        await Rename(other, "save", async: true, "Other");
        _shop.CustomerName(1).ShouldBe(("Other", Miss));

        inner.Dispose();
        await Rename(db, "sql", async: true, "Loud");
        _shop.CustomerName(1).ShouldBe(("Loud", Miss));
    }

    // Guards ContextCache.ResetState, and Silenced.Dispose: a scope ends with its lease and takes nothing from the next.
    [Fact]
    public async Task WhenAContextGoesBackToItsPool_ItsScopeEnds()
    {
        await using var services = new ServiceCollection()
            .AddDbContextPool<ShopContext>(o => _shop.Database.Use(o.UseZooCache(_shop.Cache)), poolSize: 1)
            .BuildServiceProvider();
        _shop.CustomerName(1);
        IDisposable forgotten;
        ShopContext first;
        await using (var scope = services.CreateAsyncScope())
        {
            first = scope.ServiceProvider.GetRequiredService<ShopContext>();
            forgotten = first.Cache().WithoutInvalidation();
        }

        await using (var scope = services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<ShopContext>();
            db.ShouldBeSameAs(first);
            await Rename(db, "save", async: true, "Loud");
            _shop.CustomerName(1).ShouldBe(("Loud", Miss));

            using (db.Cache().WithoutInvalidation())
            {
                forgotten.Dispose();
                await Rename(db, "sql", async: true, "Silent");
                _shop.CustomerName(1).ShouldBe(("Loud", Hit));
            }
        }
    }

    // Guards CommandObserver.Mark before WriteHandle.Open: what a statement does to its connection isn't a matter of the scope.
    [Fact]
    public void WhenSilent_ATransactionThatIsBegunInRawSqlIsStillSeen()
    {
        using var db = _shop.Open();
        db.Database.OpenConnection();
        using (db.Cache().WithoutInvalidation())
        {
            db.Database.ExecuteSqlRaw("PRAGMA case_sensitive_like = 1");
        }

        db.Ask(c => c.Customers.Cacheable().Count()).ShouldBe(Outcomes.Bypass("session-changed"));
    }

    private static async Task Rename(ShopContext db, string way, bool async, string name)
    {
        switch (way)
        {
            case "save":
                db.Customers.Single(c => c.Id == 1).Name = name;
                _ = async ? await db.SaveChangesAsync() : db.SaveChanges();
                break;
            case "set":
                var query = db.Customers.Where(c => c.Id == 1);
                _ = async
                    ? await query.ExecuteUpdateAsync(s => s.SetProperty(c => c.Name, name))
                    : query.ExecuteUpdate(s => s.SetProperty(c => c.Name, name));
                break;
            default:
                _ = async
                    ? await db.Database.ExecuteSqlAsync($"UPDATE Customers SET Name = {name} WHERE Id = 1")
                    : db.Database.ExecuteSql($"UPDATE Customers SET Name = {name} WHERE Id = 1");
                break;
        }
    }
}
