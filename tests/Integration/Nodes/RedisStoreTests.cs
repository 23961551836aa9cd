using Microsoft.Extensions.Logging.Abstractions;
using ZooCache.Codec;
using ZooCache.Redis;
using ZooCache.Tests;
using StackExchange.Redis;

namespace ZooCache.Integration.Tests;

/// <summary>Entries that a real Redis keeps, loses, or can't give.</summary>
public sealed class RedisStoreTests
{
    private static readonly EntryName Name = EntryName.Of([1, 2, 3]);

    [RedisFact]
    public async Task What_was_kept_is_given_by_name_to_whoever_has_the_same_prefix_until_it_expires()
    {
        using var redis = new RedisProcess();
        using var connection = new RedisConnection(ConfigurationOptions.Parse(redis.Configuration));
        var (store, other) = (new RedisStore(connection, "zoo"), new RedisStore(connection, "else"));
        byte[] entry = [0, 13, 10, 255, .. new byte[100_000]];

        (await store.GetAsync(Name)).ShouldBeNull();
        await store.SetAsync(Name, entry, TimeSpan.FromMinutes(10));
        await store.SetAsync(EntryName.Of([4]), ReadOnlyMemory<byte>.Empty, TimeSpan.FromMilliseconds(1));

        (await store.GetAsync(Name)).ShouldNotBeNull().ToArray().ShouldBe(entry);
        (await other.GetAsync(Name)).ShouldBeNull();
        redis.Command("PTTL", $"{{zoo}}:entry:{Name}").ShouldMatch("^:(600000|59[0-9]{4})\r\n$");
        SpinWait.SpinUntil(() => redis.Command("DBSIZE") == ":1\r\n", TimeSpan.FromSeconds(20)).ShouldBeTrue("the other one has expired");
        await store.SetAsync(Name, new byte[] { 7 }, TimeSpan.FromMinutes(10));
        (await store.GetAsync(Name)).ShouldNotBeNull().ToArray().ShouldBe([7]);
    }

    [RedisFact]
    public async Task Whatever_becomes_of_Redis_a_cache_goes_on_and_finds_it_again()
    {
        using var redis = new RedisProcess();
        var configuration = ConfigurationOptions.Parse(redis.Configuration);
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        using var connection = new RedisConnection(configuration);
        var counters = new CacheCounters("zoo", NullLogger.Instance);
        var time = new ManualTimeProvider();
        var shared = new SharedStore(new RedisStore(connection, "zoo"), new StoreOptions(), time, counters);
        byte[] key = [1];
        var entry = new StoredEntry(1, HlcStamp.At(1), 7, StoredEntry.Never, key, [], new byte[] { 5 });
        _ = shared.KeepAsync(entry);
        await Found();

        redis.Command("SET", $"{{zoo}}:entry:{EntryName.Of(key)}", "what somebody else has put there");
        (await shared.FindAsync(key)).ShouldBeNull();
        redis.Command("DEL", $"{{zoo}}:entry:{EntryName.Of(key)}");
        redis.Command("LPUSH", $"{{zoo}}:entry:{EntryName.Of(key)}", "a list");
        (await shared.FindAsync(key)).ShouldBeNull();
        (counters.StoreMisses.Snapshot()["unreadable"], counters.StoreMisses.Snapshot()["failed"]).ShouldBe((1, 1));
        redis.Kill();
        time.Advance(TimeSpan.FromMinutes(1));
        (await shared.FindAsync(key)).ShouldBeNull();
        shared.IsReachable.ShouldBeFalse();

        // Turned red by not waiting for the answer in RedisStore.SetAsync: what is kept must not pass for a Redis that works.
        time.Advance(TimeSpan.FromMinutes(1));
        var kept = counters.StoreKept.Value;
        _ = shared.KeepAsync(entry);
        SpinWait.SpinUntil(() => counters.StoreRejects.Snapshot().ContainsKey("failed"), TimeSpan.FromSeconds(20)).ShouldBeTrue();
        (shared.IsReachable, counters.StoreKept.Value).ShouldBe((false, kept));

        redis.Start();
        await Found();

        async Task Found()
        {
            for (var left = 2_000; ; left--)
            {
                _ = shared.KeepAsync(entry);
                if (await shared.FindAsync(key) is { } found)
                {
                    found.Payload.ToArray().ShouldBe([5]);
                    return;
                }

                left.ShouldBeGreaterThan(0);

                // Who is on his way has the time to arrive before the time allowed is over.
                await Task.Delay(10);
                time.Advance(TimeSpan.FromMinutes(1));
            }
        }
    }
}
