using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>Set writes whose compiled form comes from a context without ZooCache: a compiled query stays with the context
/// that ran it first.</summary>
public abstract class SharedCompilationTests(Provider provider)
{
    public sealed class OnSqlite() : SharedCompilationTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : SharedCompilationTests(Provider.Postgres);

    // Guards CommandObserver.IsGenerated: KnownSetWrites.
    [Fact]
    public void WhenASetWriteWasCompiledWithoutTheCache_ItInvalidatesAllTheSame()
    {
        using var shop = new ShopDatabase(provider: provider);
        using var compiled = new MemoryCache(new MemoryCacheOptions());
        var delete = EF.CompileQuery((ShopContext db, int id) => db.Lines.Where(l => l.Id == id).ExecuteDelete());
        using (var plain = new ShopContext(Options(shop, compiled).Options))
        {
            delete(plain, 12).ShouldBe(1);
        }

        for (var i = 0; i < 2; i++)
        {
            shop.LineCount().Count.ShouldBe(11 - i);
            shop.CustomerName(1).Name.ShouldBe("Customer 1");
            using (var cached = new ShopContext(Options(shop, compiled).UseZooCache(shop.Cache).Options))
            {
                delete(cached, 11 - i).ShouldBe(1);
            }

            shop.LineCount().Source.ShouldBe(QueryResultSource.Miss);
            shop.CustomerName(1).Source.ShouldBe(QueryResultSource.Hit);
        }

        shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    private static DbContextOptionsBuilder<ShopContext> Options(ShopDatabase shop, MemoryCache compiled)
    {
        var builder = new DbContextOptionsBuilder<ShopContext>();
        shop.Database.Use(builder);
        return builder.UseMemoryCache(compiled);
    }
}
