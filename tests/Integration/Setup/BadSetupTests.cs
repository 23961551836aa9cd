using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Setup;

/// <summary>Each message names the call or the setting to change.</summary>
public sealed class BadSetupTests
{
    [Fact]
    public void WhenTheProviderIsNotRelational_TheErrorNamesTheCall()
        => Fails(o => o.UseInMemoryDatabase("x").UseZooCache()).ShouldContain("Remove the UseZooCache() call");

    [Fact]
    public void WhenThereIsNoProvider_TheErrorSaysWhichCallIsMissing()
        => Fails(o => o.UseZooCache()).ShouldContain("No database provider has been configured");

    [Fact]
    public void WhenAnInternalServiceProviderIsUsed_TheErrorNamesTheCall()
    {
        using var services = new ServiceCollection().AddEntityFrameworkSqlite().BuildServiceProvider();
        Fails(o => o.UseSqlite("Data Source=x.db").UseInternalServiceProvider(services).UseZooCache())
            .ShouldContain("Remove the UseInternalServiceProvider(…) call");
    }

    [Fact]
    public void WhenADecoratedServiceIsReplaced_TheErrorNamesTheCall()
        => Fails(o => o.UseSqlite("Data Source=x.db").ReplaceService<IQueryTranslationPreprocessorFactory, OtherFactory>().UseZooCache())
            .ShouldContain("ReplaceService<IQueryTranslationPreprocessorFactory");

    [Fact]
    public void WhenTwoCachesAreGivenToOneBuilder_TheErrorNamesBoth()
    {
        using var first = new ZooCache(new ZooCacheOptions { Prefix = "first" });
        using var second = new ZooCache(new ZooCacheOptions { Prefix = "second" });
        var builder = new DbContextOptionsBuilder().UseZooCache(first);
        builder.UseZooCache(first).UseZooCache();
        Should.Throw<InvalidOperationException>(() => builder.UseZooCache(second)).Message
            .ShouldBe("UseZooCache() was called twice on the same options with two different caches ('first' and 'second'). Keep one of the calls, or pass the same instance to both.");
    }

    [Fact]
    public void WhenAnExpirationIsNotPositive_TheErrorNamesTheSetting()
    {
        IQueryable<Customer> none = new List<Customer>().AsQueryable();
        Should.Throw<ArgumentOutOfRangeException>(() => none.Cacheable(TimeSpan.Zero)).Message.ShouldContain("CacheableOptions.AbsoluteExpiration must be positive");
        Should.Throw<ArgumentOutOfRangeException>(() => none.Cacheable(o => o.SlidingExpiration = TimeSpan.FromSeconds(-1))).Message
            .ShouldContain("CacheableOptions.SlidingExpiration must be positive");
        Should.Throw<FormatException>(() => none.Cacheable(o => o.Tags = ["a::b"]));
    }

    [Theory]
    [InlineData("ByteBudget")]
    [InlineData("EntryLimit")]
    [InlineData("DefaultExpiration")]
    [InlineData("MaximumAge")]
    [InlineData("FlightTimeout")]
    [InlineData("Prefix")]
    public void WhenASettingOfTheCacheIsOutOfRange_TheErrorNamesIt(string setting)
    {
        var options = new ZooCacheOptions();
        switch (setting)
        {
            case "ByteBudget": options.ByteBudget = 0; break;
            case "EntryLimit": options.EntryLimit = 0; break;
            case "DefaultExpiration": options.DefaultExpiration = TimeSpan.FromSeconds(-1); break;
            case "MaximumAge": options.MaximumAge = TimeSpan.Zero; break;
            case "FlightTimeout": options.FlightTimeout = TimeSpan.FromSeconds(-5); break;
            default: options.Prefix = " "; break;
        }

        Should.Throw<ArgumentException>(() => new ZooCache(options)).Message.ShouldContain(setting);
    }

    [Fact]
    public void WhenTheContextHasNoCache_CacheNamesTheCall()
    {
        using var shop = new ShopDatabase();
        using var db = shop.Uncached();
        Should.Throw<InvalidOperationException>(() => db.Cache()).Message.ShouldContain("Call UseZooCache()");
    }

    // EF Core offers no seam on a context without UseZooCache(): what the docs say that it says.
    [Fact]
    public void WhenTheContextHasNoCache_EFSaysThatCacheableCannotBeTranslated()
    {
        using var shop = new ShopDatabase();
        using var db = shop.Uncached();
        var message = Should.Throw<InvalidOperationException>(() => db.Customers.Cacheable().ToList()).Message;
        message.ShouldContain(".Cacheable()");
        message.ShouldContain("could not be translated");
    }

    [Fact]
    public void WhenAKeyDoesNotFit_InvalidateNamesIt()
    {
        using var shop = new ShopDatabase();
        using var db = shop.Open();
        Should.Throw<ArgumentException>(() => db.Cache().Invalidate<Customer>(1, 2)).Message.ShouldContain("has 1 properties, and 2 values were given");
        Should.Throw<ArgumentException>(() => db.Cache().Invalidate<Customer>("1")).Message.ShouldContain("Customer.Id is of type Int32");
        Should.Throw<InvalidOperationException>(() => db.Cache().Invalidate<string>()).Message.ShouldContain("String is not an entity type of ShopContext");
    }

    private static string Fails(Action<DbContextOptionsBuilder> configure)
        => Should.Throw<InvalidOperationException>(() =>
        {
            var builder = new DbContextOptionsBuilder<ShopContext>().Quiet();
            configure(builder);
            using var db = new ShopContext(builder.Options);
            db.Customers.Count();
        }).Message;

    private sealed class OtherFactory : IQueryTranslationPreprocessorFactory
    {
        public QueryTranslationPreprocessor Create(QueryCompilationContext queryCompilationContext) => throw new NotSupportedException();
    }
}
