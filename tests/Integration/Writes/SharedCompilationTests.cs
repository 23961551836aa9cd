using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>Set writes whose compiled form comes from a context without ZooCache, with which EF's own cache is shared.</summary>
public abstract class SharedCompilationTests(Provider provider)
{
    public sealed class OnSqlite() : SharedCompilationTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : SharedCompilationTests(Provider.Postgres);

    // Guards CommandObserver.IsGenerated: KnownSetWrites.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenASetWriteWasCompiledWithoutTheCache_ItInvalidatesAllTheSame(bool async)
    {
        using var shop = new ShopDatabase(provider: provider);
        using var compiled = new MemoryCache(new MemoryCacheOptions());
        await using (var plain = new ShopContext(Options(shop, compiled).Options))
        {
            await Raise(plain);
        }

        for (var i = 0; i < 2; i++)
        {
            shop.LineCount().Count.ShouldBe(12);
            shop.CustomerName(1).Name.ShouldBe("Customer 1");
            await using (var cached = new ShopContext(Options(shop, compiled).UseZooCache(shop.Cache).Options))
            {
                await Raise(cached);
            }

            shop.LineCount().Source.ShouldBe(QueryResultSource.Miss);
            shop.CustomerName(1).Source.ShouldBe(QueryResultSource.Hit);
        }

        shop.Cache.GetStatistics().Marks.ShouldBe(0);

        async Task Raise(ShopContext db)
        {
            _ = async
                ? await db.Lines.Where(l => l.Quantity > 0).ExecuteUpdateAsync(s => s.SetProperty(l => l.Quantity, l => l.Quantity + 1))
                : db.Lines.Where(l => l.Quantity > 0).ExecuteUpdate(s => s.SetProperty(l => l.Quantity, l => l.Quantity + 1));
        }
    }

    private static DbContextOptionsBuilder<ShopContext> Options(ShopDatabase shop, MemoryCache compiled)
    {
        var builder = new DbContextOptionsBuilder<ShopContext>();
        shop.Database.Use(builder);
        return builder.UseMemoryCache(compiled);
    }
}
