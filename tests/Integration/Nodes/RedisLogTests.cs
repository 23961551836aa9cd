using System.Globalization;

using StackExchange.Redis;
using Xunit.Abstractions;
using ZooCache.Redis;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

public sealed class RedisLogTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Drift = LogConformance.Drift;

    private readonly RedisProcess _server = new();
    private ConnectionMultiplexer? _connection;

    public void Dispose()
    {
        _connection?.Dispose();
        _server.Dispose();
    }

    /// <summary>
    /// The script does what the rules in C# do: the same operations, at the times that Redis tells, have the same answers. ZOOCACHE_SEED
    /// replays a run (but for what depends on how fast it goes).
    /// </summary>
    [RedisFact]
    public async Task Whatever_is_asked_it_answers_as_the_log_in_memory_does()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("ZOOCACHE_SEED"), CultureInfo.InvariantCulture, out var given) ? given : 4711;
        output.WriteLine($"ZOOCACHE_SEED={seed}");
        await LogConformance.Run(await Open("conformance"), seed);
    }

    [RedisFact]
    public async Task Who_subscribed_hears_of_each_entry()
    {
        var (one, other) = (await Open("heard"), await Open("heard"));
        var heard = System.Threading.Channels.Channel.CreateUnbounded<LogEntry>();
        using var subscription = one.Subscribe(e => _ = e.Kind == LogEntryKind.Change && heard.Writer.TryWrite(e));
        var epoch = (await other.JoinAsync(new LogJoin(1, 9, false, Drift, Drift, 0, []), default)).State.Epoch;

        // Subscribing takes its time: entries are made until the first is heard.
        LogEntry? first = null;
        for (ulong position = 1; first is null; position++)
        {
            await other.AppendAsync(new LogAppend(epoch, HlcStamp.None, LogEntryKind.Change, 1, position, position, 0, new byte[] { 10, 13, 0, 255 }), default);
            heard.Reader.TryRead(out first);
            await Task.Yield();
        }

        first.Body.ToArray().ShouldBe([10, 13, 0, 255]);
        first.Node.ShouldBe(1UL);
        epoch.ShouldBe(9UL);
    }

    [RedisFact]
    public async Task When_the_server_has_lost_something_another_epoch_begins()
    {
        var log = await Open("lost");
        var tick = new LogTick(1, false, 0);
        async Task<ulong> Join() => (await log.JoinAsync(new LogJoin(1, (ulong)Random.Shared.NextInt64(1, long.MaxValue), false, Drift, Drift, 0, []), default)).State.Epoch;

        var epoch = await Join();
        (await Join()).ShouldBe(epoch);
        _server.Command("SCRIPT", "FLUSH");
        (await log.TickAsync(tick, default)).Epoch.ShouldBe(epoch);

        _server.Command("DEL", "{lost}:log:entries");
        (await log.TickAsync(tick, default)).Epoch.ShouldBe(0UL);
        (await Join()).ShouldNotBe(epoch);
        (await log.TickAsync(tick, default)).IsMember.ShouldBeTrue();

        _server.Command("FLUSHALL");
        (await log.TickAsync(tick, default)).ShouldSatisfyAllConditions(s => s.Epoch.ShouldBe(0UL), s => s.IsMember.ShouldBeFalse());

        // With all it had: it may have had more.
        var before = await Join();
        _server.Command("SAVE");
        _server.Kill();
        _server.Start();
        await Until(async () => (await log.TickAsync(tick, default)).Epoch == 0);
        (await Join()).ShouldNotBe(before);
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if (await holds())
                {
                    return;
                }
            }
            catch (Exception exception) when (attempt < 500 && exception is RedisException or TimeoutException)
            {
                // The client isn't connected again yet.
            }

            await Task.Delay(10);
        }
    }

    private async Task<RedisLog> Open(string prefix)
    {
        _connection ??= await ConnectionMultiplexer.ConnectAsync(_server.Configuration);
        return new RedisLog(new RedisConnection(_connection), prefix, LogConformance.Capacity, Drift);
    }
}
