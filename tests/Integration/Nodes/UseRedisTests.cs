using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Redis;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>Applications that share a cache by way of Redis, as they set it up.</summary>
public sealed class UseRedisTests : IDisposable
{
    private readonly TestDatabase _database = GaugeContext.Create();

    public void Dispose() => _database.Dispose();

    [RedisFact]
    public async Task What_one_application_writes_the_other_sees_and_who_goes_is_known_to_have_gone()
    {
        using var redis = new RedisProcess();
        var (a, b) = (Start(c => c.UseRedis(redis.Configuration)), Start(c => c.UseRedis(redis.Configuration)));
        Confirmed(a);
        Confirmed(b);
        Ask(b);
        Ask(b).ShouldBe(("0,0", QueryResultSource.Hit));

        Write(a, 7);
        SpinWait.SpinUntil(() => Ask(b).Answer == "7,0", TimeSpan.FromSeconds(20)).ShouldBeTrue();
        SpinWait.SpinUntil(() => Ask(b) == ("7,0", QueryResultSource.Hit), TimeSpan.FromSeconds(20)).ShouldBeTrue();

        redis.Command("HLEN", "{zoo}:log:members").ShouldBe(":2\r\n");
        await b.DisposeAsync();
        redis.Command("HLEN", "{zoo}:log:members").ShouldBe(":1\r\n");
        await using (a)
        {
            Write(a, 8);
        }

        redis.Command("HLEN", "{zoo}:log:members").ShouldBe(":0\r\n");
    }

    [RedisFact]
    public async Task The_applications_connection_stays_the_applications()
    {
        using var redis = new RedisProcess();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        await using (var services = Services().AddSingleton<IConnectionMultiplexer>(connection)
            .AddZooCache((c, s) => c.UseRedis(s.GetRequiredService<IConnectionMultiplexer>(), r => r.LogCapacity = 200).Prefix = "mine").BuildServiceProvider())
        {
            Confirmed(services);
        }

        (await connection.GetDatabase().PingAsync()).ShouldBeGreaterThan(TimeSpan.Zero);
        (await connection.GetDatabase().HashGetAsync("{mine}:log:state", "capacity")).ShouldBe((RedisValue)200);
    }

    [RedisFact]
    public async Task Without_Redis_an_application_starts_and_works_and_finds_it_later()
    {
        using var redis = new RedisProcess();
        redis.Kill();
        await using var a = Start(c =>
        {
            c.UseRedis(redis.Configuration);
            (c.Nodes.HeartbeatInterval, c.Nodes.MaxStaleness) = (TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));
        });

        Ask(a);
        Ask(a).ShouldBe(("0,0", QueryResultSource.Bypass));
        Write(a, 7);
        Ask(a).ShouldBe(("7,0", QueryResultSource.Bypass));

        redis.Start();
        Confirmed(a);
        SpinWait.SpinUntil(() => redis.Command("PUBSUB", "NUMSUB", "{zoo}:log").EndsWith(":1\r\n", StringComparison.Ordinal), TimeSpan.FromSeconds(20)).ShouldBeTrue("it listens again");

        // What was left to tell is told first, and ends what is loaded meanwhile.
        SpinWait.SpinUntil(() => Ask(a) == ("7,0", QueryResultSource.Hit), TimeSpan.FromSeconds(20)).ShouldBeTrue();
    }

    [RedisFact]
    public async Task A_user_needs_no_more_rights_than_the_documentation_names()
    {
        using var redis = new RedisProcess();
        var rights = Rights();
        rights.ShouldContain("+evalsha");
        redis.Command(["ACL", "SETUSER", "default", "reset", "on", "nopass", .. rights]).ShouldBe("+OK\r\n");
        redis.Command("LPUSH", "{zoo}:x", "1").ShouldStartWith("-NOPERM");
        long? Figure(string command, string name)
            => Regex.Match(redis.Command("INFO", "commandstats"), $@"cmdstat_{Regex.Escape(command)}:.*?\b{name}=(\d+)", RegexOptions.None, TimeSpan.FromSeconds(1)) is { Success: true } match
                ? long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                : null;
        var pings = Figure("ping", "calls");
        var configuration = redis.Configuration.Replace("allowAdmin=true", "keepAlive=1", StringComparison.Ordinal);
        var (a, b) = (Start(c => c.UseRedis(configuration, StoresResults)), Start(c => c.UseRedis(configuration, StoresResults)));
        await using (a)
        await using (b)
        {
            Confirmed(a);
            Confirmed(b);
            Ask(b);
            Ask(b).ShouldBe(("0,0", QueryResultSource.Hit));

            Write(a, 7);
            SpinWait.SpinUntil(() => Ask(b).Answer == "7,0", TimeSpan.FromSeconds(20)).ShouldBeTrue();

            // Once a connection has been idle for as long as "keepAlive" says, which else is a minute.
            SpinWait.SpinUntil(() => Figure("ping", "calls") > pings + 4, TimeSpan.FromSeconds(20)).ShouldBeTrue();
            Figure("ping", "rejected_calls").ShouldBe(0);
            b.GetRequiredService<ZooCache>().GetStatistics().LogFailures.ShouldBe(0);
            SpinWait.SpinUntil(() => b.GetRequiredService<ZooCache>().GetStatistics().StoreWrites > 0, TimeSpan.FromSeconds(20)).ShouldBeTrue();
            b.GetRequiredService<ZooCache>().GetStatistics().StoreMissesByReason.Keys.ShouldNotContain("failed");
        }
    }

    [RedisFact]
    public async Task What_one_application_has_loaded_the_others_find_on_Redis()
    {
        using var redis = new RedisProcess();
        var a = Start(c => c.UseRedis(redis.Configuration, StoresResults));
        Confirmed(a);
        Ask(a);
        SpinWait.SpinUntil(() => a.GetRequiredService<ZooCache>().GetStatistics().StoreWrites == 1, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        redis.Command("DBSIZE").ShouldBe(":5\r\n");

        // A node that doesn't know the families by which it judges finds nothing; they are told beside results.
        SpinWait.SpinUntil(() => redis.Command("SCARD", "{zoo}:log:facts") == ":5\r\n", TimeSpan.FromSeconds(20)).ShouldBeTrue();
        await a.DisposeAsync();
        _database.Execute("UPDATE Gauges SET Value = 9");

        // A restart: nothing is in memory, and the database isn't asked even for the first query.
        await using var b = Start(c => c.UseRedis(redis.Configuration, StoresResults));
        Ask(b).ShouldBe(("0,0", QueryResultSource.Hit));
        Write(b, 3);
        Ask(b).ShouldBe(("3,9", QueryResultSource.Miss));
        SpinWait.SpinUntil(() => b.GetRequiredService<ZooCache>().GetStatistics().StoreWrites == 1, TimeSpan.FromSeconds(20)).ShouldBeTrue();

        await using var c = Start(c => c.UseRedis(redis.Configuration, StoresResults));
        Ask(c).ShouldBe(("3,9", QueryResultSource.Hit));
        await using var none = Start(c => c.UseRedis(redis.Configuration));
        Confirmed(none);
        Ask(none).ShouldBe(("3,9", QueryResultSource.Miss));
    }

    private static void StoresResults(RedisOptions options) => options.StoresResults = true;

    /// <summary>The line in docs/nodes.md, with which such a user is made.</summary>
    private static string[] Rights()
    {
        const string Start = "ACL SETUSER shop on >secret ";
        return File.ReadLines(Path.Combine(AppContext.BaseDirectory, "nodes.md")).Single(l => l.StartsWith(Start, StringComparison.Ordinal))[Start.Length..].Split(' ');
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("ssl=true")]
    [InlineData("localhost,noSuchSetting=1")]
    [InlineData("localhost,connectTimeout=soon")]
    public void A_configuration_that_names_no_server_is_refused(string configuration)
        => Should.Throw<ArgumentException>(() => new ZooCacheOptions().UseRedis(configuration)).ParamName.ShouldBe("configuration");

    [Theory]
    [InlineData(99)]
    [InlineData(100_000_001)]
    public void So_is_a_log_that_is_too_short_or_too_long(int capacity)
        => Should.Throw<ArgumentOutOfRangeException>(() => new ZooCacheOptions().UseRedis("localhost", r => r.LogCapacity = capacity)).Message.ShouldContain("RedisOptions.LogCapacity");

    [Fact]
    public void So_is_a_prefix_that_would_end_the_hash_tag()
        => Should.Throw<ArgumentException>(() => new ZooCache(new ZooCacheOptions { Prefix = "a}b" }.UseRedis("localhost"))).Message.ShouldContain("ZooCacheOptions.Prefix");

    private ServiceCollection Services()
    {
        var services = new ServiceCollection();
        services.AddDbContext<GaugeContext>(o =>
        {
            _database.Use(o);
            o.UseZooCache();
        });
        return services;
    }

    private ServiceProvider Start(Action<ZooCacheOptions> configure) => Services().AddZooCache(configure).BuildServiceProvider();

    private static void Confirmed(ServiceProvider services)
        => SpinWait.SpinUntil(() => services.GetRequiredService<ZooCache>().Node!.IsConfirmed, TimeSpan.FromSeconds(20)).ShouldBeTrue();

    private static (string Answer, QueryResultSource Source) Ask(ServiceProvider services)
    {
        using var scope = services.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<GaugeContext>();
        var values = db.Gauges.Where(g => g.Group == 1).OrderBy(g => g.Id).Select(g => g.Value).Cacheable().ToList();
        return (string.Join(',', values.Select(v => v.ToString(CultureInfo.InvariantCulture))), db.Cache().LastQuery!.Source);
    }

    private static void Write(ServiceProvider services, int value)
    {
        using var scope = services.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<GaugeContext>();
        db.Gauges.Single(g => g.Id == 1).Value = value;
        db.SaveChanges();
    }
}
