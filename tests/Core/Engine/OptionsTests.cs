using Microsoft.Extensions.DependencyInjection;

namespace ZooCache.Core.Tests;

public sealed class OptionsTests
{
    public static TheoryData<string, Action<ZooCacheOptions>> Wrong => new()
    {
        { "Prefix", options => options.Prefix = " " },
        { "Prefix", options => options.Prefix = null! },
        { "Prefix", options => options.Prefix = new string('p', 129) },
        { "ByteBudget", options => options.ByteBudget = 0 },
        { "EntryLimit", options => options.EntryLimit = 0 },
        { "DefaultExpiration", options => options.DefaultExpiration = TimeSpan.Zero },
        { "MaximumAge", options => options.MaximumAge = TimeSpan.FromSeconds(-1) },
        { "MaximumResultBytes", options => options.MaximumResultBytes = 0 },
        { "MaximumResultBytes", options => (options.ByteBudget, options.MaximumResultBytes) = (1000, 1001) },
        { "FlightTimeout", options => options.FlightTimeout = TimeSpan.Zero },
        { "FlightTimeout", options => options.FlightTimeout = TimeSpan.MaxValue },
        { "SweepInterval", options => options.SweepInterval = TimeSpan.FromSeconds(-1) },
        { "SweepInterval", options => options.SweepInterval = TimeSpan.FromDays(25) },
        { "TimeProvider", options => options.TimeProvider = null! },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_setting_is_named(string property, Action<ZooCacheOptions> configure)
    {
        var options = new ZooCacheOptions();
        configure(options);

        Should.Throw<ArgumentException>(() => new ZooCache(options)).Message.ShouldContain(property);
    }

    [Fact]
    public void A_small_budget_makes_the_largest_result_small()
    {
        new ZooCacheOptions().MaximumResultBytes.ShouldBe(4 * 1024 * 1024);
        new ZooCacheOptions { ByteBudget = 1000 }.MaximumResultBytes.ShouldBe(1000);
    }

    [Fact]
    public void Changing_the_options_afterwards_changes_nothing()
    {
        var options = new ZooCacheOptions { Prefix = "before" };
        using var cache = new ZooCache(options);
        options.Prefix = "after";

        cache.Prefix.ShouldBe("before");
    }

    [Fact]
    public void The_container_has_one_cache_and_disposes_it()
    {
        ZooCache cache;
        using (var provider = new ServiceCollection().AddZooCache(options => options.Prefix = "first").AddZooCache(options => options.EntryLimit = 1).BuildServiceProvider())
        {
            cache = provider.GetRequiredService<ZooCache>();
            provider.GetRequiredService<ZooCache>().ShouldBeSameAs(cache);
            cache.Prefix.ShouldBe("first");
            cache.Options.EntryLimit.ShouldBe(1);
        }

        cache.Load("key", "value").ShouldBe(StoreOutcome.Disposed);
    }

    [Fact]
    public void Settings_are_checked_when_the_cache_is_made()
    {
        using var provider = new ServiceCollection().AddZooCache(options => options.ByteBudget = -1).BuildServiceProvider();

        Should.Throw<ArgumentOutOfRangeException>(provider.GetRequiredService<ZooCache>).Message.ShouldContain("ZooCacheOptions.ByteBudget");
    }

    [Fact]
    public void A_cache_that_was_registered_before_is_kept()
    {
        using var own = new ZooCache();
        using var provider = new ServiceCollection().AddSingleton(own).AddZooCache().BuildServiceProvider();

        provider.GetRequiredService<ZooCache>().ShouldBeSameAs(own);
    }

    [Fact]
    public void The_shared_cache_is_one_and_outlives_its_disposal()
    {
        var key = Guid.NewGuid().ToString();
        ZooCache.Shared.Dispose();

        ZooCache.Shared.Load(key, "value").ShouldBe(StoreOutcome.Stored);
        ZooCache.Shared.ShouldBeSameAs(ZooCache.Shared);
    }

    [Fact]
    public void What_a_user_asks_to_invalidate_must_be_a_tag()
    {
        using var cache = new ZooCache();

        Should.Throw<ArgumentException>(() => cache.Invalidate(""));
        Should.Throw<FormatException>(() => cache.Invalidate("a::b"));
    }
}
