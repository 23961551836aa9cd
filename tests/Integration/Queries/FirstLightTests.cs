using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

public abstract class FirstLightTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : FirstLightTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : FirstLightTests(Provider.Postgres);

    private readonly ShopDatabase _shop = new(provider: provider);

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void WhenAskedAgain_TheAnswerComesFromTheCache()
    {
        using (var db = _shop.Open())
        {
            db.Customers.Where(c => c.Id == 2).Cacheable().Single().Name.ShouldBe("Customer 2");
            db.Cache().LastQuery.ShouldBe(new QueryOutcome(QueryResultSource.Miss, "not-found"));
        }

        using (var db = _shop.Open())
        {
            var id = 2;
            db.Customers.Where(c => c.Id == 2).Cacheable().Single().Name.ShouldBe("Customer 2");
            db.Cache().LastQuery.ShouldBe(new QueryOutcome(QueryResultSource.Hit, "hit"));
            db.Customers.Cacheable().Single(c => c.Id == id).Name.ShouldBe("Customer 2");
            db.Customers.Cacheable().Single(c => c.Id == id).Name.ShouldBe("Customer 2");
            db.Cache().LastQuery.ShouldBe(new QueryOutcome(QueryResultSource.Hit, "hit"));
        }

        _shop.Commands.Count.ShouldBe(2);
    }

    [Fact]
    public async Task WhenAskedAgain_AsyncAndSyncShareTheAnswer()
    {
        using var db = _shop.Open();
        var all = await db.Customers.Include(c => c.Orders).ThenInclude(o => o.Lines).OrderBy(c => c.Id).Cacheable().ToListAsync();
        all.Count.ShouldBe(3);
        using var db2 = _shop.Open();
        var again = db2.Customers.Include(c => c.Orders).ThenInclude(o => o.Lines).OrderBy(c => c.Id).Cacheable().ToList();
        db2.Cache().LastQuery!.Source.ShouldBe(QueryResultSource.Hit);
        again.Select(c => c.Orders.Count).ShouldBe([2, 2, 2]);
        again.SelectMany(c => c.Orders).SelectMany(o => o.Lines).Count().ShouldBe(12);
        _shop.Commands.Count.ShouldBe(1);
    }

    [Fact]
    public void WhenARowIsSaved_ItsAnswerIsGoneAndOthersStay()
    {
        using var db = _shop.Open();
        Ask(db, 1); Ask(db, 2);
        using (var writer = _shop.Open())
        {
            writer.Customers.Single(c => c.Id == 1).Name = "New name";
            writer.SaveChanges();
        }

        Ask(db, 2);
        db.Cache().LastQuery!.Source.ShouldBe(QueryResultSource.Hit);
        Ask(db, 1).Name.ShouldBe("New name");
        db.Cache().LastQuery.ShouldBe(new QueryOutcome(QueryResultSource.Miss, "invalidated"));

        static Customer Ask(ShopContext db, int id) => db.Customers.AsNoTracking().Cacheable().Single(c => c.Id == id);
    }
}
