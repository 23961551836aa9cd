using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Lmdb;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>Applications that share a cache by way of a file, as they set it up.</summary>
public sealed class UseLmdbTests : IDisposable
{
    private readonly TestDatabase _database = GaugeContext.Create();
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"zoocache-lmdb-{Guid.NewGuid():N}");
    private readonly List<ServiceProvider> _started = [];

    public void Dispose()
    {
        _started.ForEach(s => s.Dispose());
        _database.Dispose();
        if (Directory.Exists(_directory))
        {
            SpinWait.SpinUntil(() => Directory.GetFiles(_directory).All(f => !LmdbFile.IsOpen(f)), TimeSpan.FromSeconds(20));
            Directory.Delete(_directory, recursive: true);
        }
    }

    [LmdbFact]
    public async Task What_one_application_writes_the_other_sees_and_what_one_has_loaded_the_other_finds()
    {
        var (a, b) = (Start(c => c.UseLmdb(_directory)), Start(c => c.UseLmdb(_directory)));
        Confirmed(a);
        Confirmed(b);
        Ask(a).ShouldBe(("0,0", "not-found"));
        Kept(a, 1);
        Heard(b, a);
        Ask(b).ShouldBe(("0,0", "store"), Describe(b));
        Ask(b).ShouldBe(("0,0", "hit"));

        Write(a, 7);
        SpinWait.SpinUntil(() => Ask(b).Answer == "7,0", TimeSpan.FromSeconds(20)).ShouldBeTrue();
        SpinWait.SpinUntil(() => Ask(b) == ("7,0", "hit"), TimeSpan.FromSeconds(20)).ShouldBeTrue();
        var statistics = a.GetRequiredService<ZooCache>().GetStatistics();
        (statistics.LogFailures, statistics.LastLogFailure, statistics.LastStoreFailure).ShouldBe((0, null, null));
        await b.DisposeAsync();
    }

    [LmdbFact]
    public async Task An_application_that_is_started_again_finds_what_it_had()
    {
        var first = Start(c => c.UseLmdb(_directory));
        Confirmed(first);
        Ask(first);
        Kept(first, 1);
        await first.DisposeAsync();
        _database.Execute("UPDATE Gauges SET Value = 9 WHERE Id = 3");

        var second = Start(c => c.UseLmdb(_directory));
        Ask(second).ShouldBe(("0,0", "store"));
        Write(second, 5);
        Ask(second).Answer.ShouldBe("5,9");

        // What was written while it was down it reads in the log.
        var third = Start(c => c.UseLmdb(_directory));
        Confirmed(third);
        Ask(third).Answer.ShouldBe("5,9");
    }

    [LmdbFact]
    public async Task What_another_has_written_meanwhile_isnt_missed_by_one_that_is_started_again()
    {
        var (a, b) = (Start(c => c.UseLmdb(_directory)), Start(c => c.UseLmdb(_directory)));
        Confirmed(a);
        Confirmed(b);
        Ask(a);
        Kept(a, 1);
        await a.DisposeAsync();
        Write(b, 8);

        var again = Start(c => c.UseLmdb(_directory));

        Ask(again).ShouldBe(("8,0", "not-found"));
        again.GetRequiredService<ZooCache>().GetStatistics().StoreMissesByReason["outdated"].ShouldBe(1);
    }

    [RedisFact]
    public void Results_can_be_in_a_file_while_the_log_is_on_Redis()
    {
        using var redis = new RedisProcess();
        var a = Start(c => c.UseRedis(redis.Configuration).StoreInLmdb(_directory));
        var b = Start(c => c.UseRedis(redis.Configuration).StoreInLmdb(_directory));
        Confirmed(a);
        Confirmed(b);
        Ask(a);
        Kept(a, 1);
        redis.Command("KEYS", "*entry*").ShouldBe("*0\r\n");
        Heard(b, a);

        Ask(b).ShouldBe(("0,0", "store"));
        Write(a, 3);
        SpinWait.SpinUntil(() => Ask(b).Answer == "3,0", TimeSpan.FromSeconds(20)).ShouldBeTrue();
    }

    [LmdbFact]
    public void A_directory_that_cant_be_used_costs_hits_and_nothing_else()
    {
        File.WriteAllText(_directory + ".file", "");
        var a = Start(c =>
        {
            c.UseLmdb(_directory + ".file");
            c.Nodes.HeartbeatInterval = TimeSpan.FromMilliseconds(20);
        });
        Ask(a).ShouldBe(("0,0", "log-unconfirmed"));
        Write(a, 4);
        Ask(a).ShouldBe(("4,0", "log-unconfirmed"));
        var statistics = a.GetRequiredService<ZooCache>().GetStatistics();
        statistics.LastLogFailure.ShouldNotBeNull().ShouldContain(_directory);

        File.Delete(_directory + ".file");
        SpinWait.SpinUntil(() => Ask(a) == ("4,0", "hit"), TimeSpan.FromSeconds(20)).ShouldBeTrue();
        a.Dispose();
        Directory.Delete(_directory + ".file", recursive: true);
    }

    [LmdbFact]
    public void Settings_that_cant_be_are_refused()
    {
        Should.Throw<ArgumentException>(() => new ZooCacheOptions().UseLmdb(" "));
        Should.Throw<ArgumentOutOfRangeException>(() => new ZooCacheOptions().UseLmdb("x", l => l.MaximumBytes = 1)).Message.ShouldContain("LmdbOptions.MaximumBytes");
        Should.Throw<ArgumentOutOfRangeException>(() => new ZooCacheOptions().UseLmdb("x", l => l.LogCapacity = 1)).Message.ShouldContain("LmdbOptions.LogCapacity");
        Should.Throw<InvalidOperationException>(() => new ZooCacheOptions().StoreInLmdb("x")).Message.ShouldContain("UseRedis");
    }

    [LmdbFact]
    public void Without_the_library_it_is_said_what_to_install()
        => LmdbFileException.Of(new DllNotFoundException("lmdb"), "f").Message.ShouldContain("apt-get install liblmdb0");

    private ServiceProvider Start(Action<ZooCacheOptions> configure)
    {
        var services = new ServiceCollection().AddZooCache(configure);
        services.AddDbContext<GaugeContext>(o =>
        {
            _database.Use(o);
            o.UseZooCache();
        });
        _started.Add(services.BuildServiceProvider());
        _started[^1].GetRequiredService<ZooCache>();
        return _started[^1];
    }

    private static void Confirmed(ServiceProvider services)
        => SpinWait.SpinUntil(() => services.GetRequiredService<ZooCache>().Node!.IsConfirmed, TimeSpan.FromSeconds(20)).ShouldBeTrue();

    private static void Kept(ServiceProvider services, long answers)
        => SpinWait.SpinUntil(
            () => services.GetRequiredService<ZooCache>().GetStatistics().StoreWrites >= answers && services.GetRequiredService<ZooCache>().Node!.Position.ToTell == 0,
            TimeSpan.FromSeconds(20)).ShouldBeTrue(Describe(services));

    /// <summary>What one knows of the tables the other must have heard of: else it takes it that they were written meanwhile.</summary>
    private static void Heard(ServiceProvider one, ServiceProvider other)
        => SpinWait.SpinUntil(
            () => one.GetRequiredService<ZooCache>().Node!.Position.Applied == other.GetRequiredService<ZooCache>().Node!.Position.Applied, TimeSpan.FromSeconds(20)).ShouldBeTrue();

    private static string Describe(ServiceProvider services)
    {
        var statistics = services.GetRequiredService<ZooCache>().GetStatistics();
        return $"kept {statistics.StoreWrites}, not {string.Join(',', statistics.StoreRejectsByReason)}, missed {string.Join(',', statistics.StoreMissesByReason)}, log {statistics.LastLogFailure}, store {statistics.LastStoreFailure}, left {services.GetRequiredService<ZooCache>().Node!.Position.ToTell}, bypassed {string.Join(',', statistics.BypassesByReason)}, rejected {string.Join(',', statistics.FillsRejectedByReason)}";
    }

    private static (string Answer, string Reason) Ask(ServiceProvider services)
    {
        using var scope = services.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<GaugeContext>();
        var values = db.Gauges.Where(g => g.Group == 1).OrderBy(g => g.Id).Select(g => g.Value).Cacheable().ToList();
        return (string.Join(',', values), db.Cache().LastQuery!.Reason);
    }

    private static void Write(ServiceProvider services, int value)
    {
        using var scope = services.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<GaugeContext>();
        db.Gauges.Single(g => g.Id == 1).Value = value;
        db.SaveChanges();
    }
}
