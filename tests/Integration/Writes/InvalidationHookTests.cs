using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>What <c>OnInvalidated</c> is told, and when.</summary>
public sealed class InvalidationHookTests : IDisposable
{
    private readonly ShopDatabase _shop = new();
    private readonly List<string> _told = [];

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void WhenWritten_TheHookIsToldWhatAndWhy()
    {
        using var db = Open();
        db.Customers.Single(c => c.Id == 1).Name = "Changed";
        db.SaveChanges();
        Told("SaveChanges: Customers rows");

        db.Add(new Customer { Name = "Four" });
        db.SaveChanges();
        Told("SaveChanges: Customers rows");

        db.Remove(db.Customers.Single(c => c.Id == 3));
        db.SaveChanges();
        Told("SaveChanges: Customers rows, Lines whole, Orders whole");

        db.Lines.Where(l => l.Id == 1).ExecuteDelete();
        Told("SetWrite: Lines rows");

        db.Database.ExecuteSqlRaw("UPDATE orders SET Total = 1; DELETE FROM lines");
        Told("RawSql: Lines whole, Orders whole");

        db.Database.ExecuteSqlRaw("DROP TABLE IF EXISTS nobodys");
        Told("RawSql: database");

        db.Database.EnsureCreated();
        Told("Schema: database");

        db.Cache().Invalidate<Order>();
        db.Cache().Invalidate<Order>(1);
        db.Cache().InvalidateTag("user:42");
        db.Cache().Clear();
        Told("Manual: Orders whole", "Manual: Orders rows", "Manual: #user:42", "Manual: database");

        db.Customers.Count();
        db.Database.SqlQueryRaw<int>("SELECT 1 AS Value").Single();
        Told();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhenATransactionEnds_TheHookIsToldOnceOfAll(bool commit)
    {
        using var db = Open();
        using (var transaction = db.Database.BeginTransaction())
        {
            db.Customers.Single(c => c.Id == 1).Name = "Changed";
            db.SaveChanges();
            db.Lines.ExecuteUpdate(s => s.SetProperty(l => l.Quantity, 1));
            db.Database.ExecuteSqlRaw("UPDATE Orders SET Total = 1");
            Told();
            if (commit)
            {
                transaction.Commit();
            }
            else
            {
                transaction.Rollback();
            }
        }

        Told("SaveChanges, SetWrite, RawSql: Customers rows, Lines whole, Orders whole");
    }

    // Guards EFWrite.Complete: the hook is called after the unmark, so that what it asks is the new answer and is kept.
    [Fact]
    public void WhenTheHookAsks_ItGetsTheNewAnswer()
    {
        _shop.CustomerName(1);
        string? seen = null;
        using var db = _shop.Open(z => z.OnInvalidated(_ => seen = _shop.CustomerName(1).Name));
        db.Customers.Single(c => c.Id == 1).Name = "Changed";
        db.SaveChanges();
        seen.ShouldBe("Changed");
        _shop.CustomerName(1).ShouldBe(("Changed", Hit));
    }

    // Guards InvalidationHook.Call.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenTheHookThrows_TheWriteSucceedsAndTheFailureIsCounted(bool async)
    {
        await using var db = _shop.Open(z => z.OnInvalidated(_ => throw new InvalidOperationException("hook")));
        db.Customers.Single(c => c.Id == 1).Name = "Changed";
        (async ? await db.SaveChangesAsync() : db.SaveChanges()).ShouldBe(1);
        db.Cache().Clear();
        _shop.Cache.GetStatistics().FailedHooks.ShouldBe(2);
        _shop.CustomerName(1).Name.ShouldBe("Changed");
    }

    [Fact]
    public void WhenSilent_TheHookIsToldNothing()
    {
        using var db = Open();
        using (db.Cache().WithoutInvalidation())
        {
            db.Lines.ExecuteDelete();
        }

        Told();
    }

    private ShopContext Open()
        => _shop.Open(z => z.OnInvalidated(info => _told.Add(
            $"{info.Causes}: " + string.Join(", ",
            [
                .. info.IsDatabase ? ["database"] : Array.Empty<string>(),
                .. info.Tables.OrderBy(t => t.Name).Select(t => t.Name + (t.IsWhole ? " whole" : " rows")),
                .. info.Tags.Select(t => "#" + t),
            ]))));

    private void Told(params string[] expected)
    {
        _told.ShouldBe(expected);
        _told.Clear();
    }
}
