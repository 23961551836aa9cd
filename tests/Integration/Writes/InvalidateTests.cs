using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>Writes that ZooCache can't see, and what the application says of them.</summary>
public abstract class InvalidateTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : InvalidateTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : InvalidateTests(Provider.Postgres);

    private readonly ShopDatabase _shop = new(provider: provider);

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void WhenWrittenBehindItsBack_TheApplicationSaysSo()
    {
        Check(db => db.Cache().Invalidate<Customer>());
        Check(db => db.Cache().Invalidate<Customer>(1));
        Check(db => db.Cache().Clear());
        Check(db => db.Cache().InvalidateTag("ef"));
        using var uncached = _shop.Uncached();
        Check(_ => _shop.Cache.Clear());

        void Check(Action<ShopContext> say)
        {
            var before = _shop.CustomerName(1).Name;
            _shop.CustomerNames();
            _shop.CustomerName(1).Source.ShouldBe(QueryResultSource.Hit);
            _shop.Database.Execute("UPDATE \"Customers\" SET \"Name\" = \"Name\" || '!' WHERE \"Id\" = 1");

            // As documented: nobody has told the cache.
            _shop.CustomerName(1).Name.ShouldBe(before);
            using (var db = _shop.Open())
            {
                say(db);
            }

            _shop.CustomerName(1).ShouldBe((before + "!", QueryResultSource.Miss));
            _shop.CustomerNames().Names.ShouldStartWith(before + "!");
        }
    }

    [Fact]
    public void WhenOneRowIsNamed_TheOthersStay()
    {
        _shop.CustomerName(1);
        _shop.CustomerName(2);
        _shop.LineCount();
        using (var db = _shop.Open())
        {
            db.Cache().Invalidate<Customer>(1);
        }

        _shop.CustomerName(2).Source.ShouldBe(QueryResultSource.Hit);
        _shop.LineCount().Source.ShouldBe(QueryResultSource.Hit);
        _shop.CustomerName(1).Source.ShouldBe(QueryResultSource.Miss);
    }
}
