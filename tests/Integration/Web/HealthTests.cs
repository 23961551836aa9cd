using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ZooCache.AspNetCore.Management;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

public sealed class HealthTests
{
    [Fact]
    public async Task ACacheThatIsOn_IsHealthy_AndOneThatIsOff_IsDegraded()
    {
        using var cache = new ZooCache();
        await using var services = new ServiceCollection().AddSingleton(cache).AddLogging().AddHealthChecks().AddZooCache().Services.BuildServiceProvider();
        var checks = services.GetRequiredService<HealthCheckService>();
        (await checks.CheckHealthAsync()).Entries["zoocache"].Status.ShouldBe(HealthStatus.Healthy);

        cache.Enabled = false;
        var off = (await checks.CheckHealthAsync()).Entries["zoocache"];
        off.Status.ShouldBe(HealthStatus.Degraded);
        off.Description.ShouldBe("It is switched off (ZooCache.Enabled).");
        off.Data["enabled"].ShouldBe(false);
    }

    [Fact]
    public void ANodeThatHearsNothing_IsDegraded_UntilItHearsAgain()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual);
        var node = nodes[0];
        Ask(node.Cache).Status.ShouldBe(HealthStatus.Healthy);

        node.Log.IsCut = true;
        nodes.Advance(7);
        var cut = Ask(node.Cache, HealthStatus.Unhealthy);
        cut.Status.ShouldBe(HealthStatus.Unhealthy);
        cut.Description!.ShouldStartWith("Its log hasn't confirmed for 7 s that nothing was missed (MaxStaleness: 5 s); queries go to the database. Last failure: ");

        node.Log.IsCut = false;
        nodes.Advance(3);
        var back = Ask(node.Cache);
        back.Status.ShouldBe(HealthStatus.Healthy);
        ((double)back.Data["logLagSeconds"]).ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public void AStaleAnswer_IsToldForAnHour()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual, nodes: 1, watchdogShare: 1);
        nodes[0].Ask();
        nodes.Database.Execute("UPDATE \"Gauges\" SET \"Value\" = 7 WHERE \"Id\" = 1");
        nodes[0].Ask().Answer.ShouldBe("7,0");
        nodes.Advance(16);
        var stale = Ask(nodes[0].Cache);
        stale.Status.ShouldBe(HealthStatus.Degraded);
        stale.Description!.ShouldContain("Gauge; missed was one of ef:db:GAUGES:");

        nodes.Advance(3600);
        Ask(nodes[0].Cache).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public void AStoreThatFails_IsDegraded()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual, nodes: 1, store: new FailingStore());
        nodes[0].Ask();
        nodes.Advance(0.5);
        var check = Ask(nodes[0].Cache);
        check.Status.ShouldBe(HealthStatus.Degraded);
        check.Description.ShouldBe("Its shared store fails and is left alone for now. Last failure: The disk is full.");
    }

    private static HealthCheckResult Ask(ZooCache cache, HealthStatus failureStatus = HealthStatus.Degraded)
        => new ZooCacheHealthCheck(cache).CheckHealthAsync(
            new HealthCheckContext { Registration = new HealthCheckRegistration("zoocache", static _ => null!, failureStatus, null) }).GetAwaiter().GetResult();

    private sealed class FailingStore : ICacheStore
    {
        public ValueTask<ReadOnlyMemory<byte>?> GetAsync(EntryName name) => throw new IOException("The disk is full.");

        public ValueTask SetAsync(EntryName name, ReadOnlyMemory<byte> value, TimeSpan expiration) => throw new IOException("The disk is full.");
    }
}
