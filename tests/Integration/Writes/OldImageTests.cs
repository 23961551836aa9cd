using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>Writes by a context that doesn't know what the row was before: what it believes must not decide what is
/// invalidated.</summary>
public abstract class OldImageTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : OldImageTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : OldImageTests(Provider.Postgres);

    private readonly ShopDatabase _shop = new(provider: provider);

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void WhenSomebodyElseMovedTheRowMeanwhile_AllParentsAreRight()
    {
        using var slow = _shop.Open();
        var order = slow.Orders.Single(o => o.Id == 1);
        _shop.Change(db => db.Orders.Single(o => o.Id == 1).CustomerId = 2);
        Parents();
        order.CustomerId = 3;
        slow.SaveChanges();
        Parents().ShouldBe("1:2 2:3,4 3:1,5,6");
    }

    [Fact]
    public void WhenARollbackLeftAWrongOriginal_TheNextSaveIsStillRight()
    {
        using var db = _shop.Open();
        var order = db.Orders.Single(o => o.Id == 1);
        using (var transaction = db.Database.BeginTransaction())
        {
            order.CustomerId = 2;
            db.SaveChanges();
            transaction.Rollback();
        }

        Parents().ShouldBe("1:1,2 2:3,4 3:5,6");
        order.CustomerId = 3;
        db.SaveChanges();
        Parents().ShouldBe("1:2 2:3,4 3:1,5,6");
    }

    [Fact]
    public void WhenTwoCopiesOfOneRowAreSavedInTurn_BothMovesAreSeen()
    {
        using var first = _shop.Open();
        using var second = _shop.Open();
        var a = first.Orders.Single(o => o.Id == 1);
        var b = second.Orders.Single(o => o.Id == 1);
        Parents();
        a.CustomerId = 2;
        first.SaveChanges();
        Parents().ShouldBe("1:2 2:1,3,4 3:5,6");
        b.CustomerId = 3;
        second.SaveChanges();
        Parents().ShouldBe("1:2 2:3,4 3:1,5,6");
    }

    [Fact]
    public void WhenOriginalValuesAreOverwritten_TheOldParentIsStillRight()
    {
        Parents();
        using (var db = _shop.Open())
        {
            var stub = new Order { Id = 1, CustomerId = 3 };
            db.Update(stub);
            db.Entry(stub).Property(o => o.CustomerId).OriginalValue = 2;
            db.SaveChanges();
        }

        Parents().ShouldBe("1:2 2:3,4 3:1,5,6");
        using (var db = _shop.Open())
        {
            db.Remove(new Order { Id = 1 });
            db.SaveChanges();
        }

        Parents().ShouldBe("1:2 2:3,4 3:5,6");
    }

    /// <summary>The orders of each customer, as the cache tells them; each is asked by itself, twice.</summary>
    private string Parents()
    {
        for (var round = 0; ; round++)
        {
            var parents = new List<string>();
            for (var id = 1; id <= 3; id++)
            {
                using var db = _shop.Open();
                parents.Add($"{id}:{string.Join(',', db.Orders.AsNoTracking().Where(o => o.CustomerId == id).OrderBy(o => o.Id).Cacheable().Select(o => o.Id).ToList())}");
            }

            if (round == 1)
            {
                return string.Join(' ', parents);
            }
        }
    }
}
