using System.Globalization;

using StackExchange.Redis;
using Xunit.Abstractions;
using ZooCache.Redis;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

public sealed class RedisLogTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Drift = TimeSpan.FromSeconds(5);

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
        var random = new Random(seed);
        var (redis, place) = (await Open("conformance"), new LogPlace(100_000, Drift));
        var (nodes, positions, epoch) = (new ulong[] { 1, 22, ulong.MaxValue - 5 }, new Dictionary<ulong, ulong>(), 0UL);
        var appended = new List<LogEntry>();
        place.Appended = appended.Add;
        for (var step = 0; step < 4_000; step++)
        {
            var node = nodes[random.Next(60) switch { 0 => 2, < 25 => 1, _ => 0 }];
            var what = $"step {step}, node {node}";
            switch (random.Next(20))
            {
                case 0 or 1:
                    var join = new LogJoin(node, (ulong)random.NextInt64(1, long.MaxValue), random.Next(40) == 0, TimeSpan.FromMilliseconds(random.Next(5, 60)), TimeSpan.FromMilliseconds(random.Next(60, 90)), (ulong)random.Next(2) * epoch, [.. nodes.Where(n => n != node && random.Next(3) == 0)]);
                    var joined = await redis.JoinAsync(join, default);
                    var expected = place.Join(join, joined.State.Milliseconds);
                    ShouldBe(joined.State, expected.State, what);
                    joined.Members.Order().ShouldBe(expected.Members.Order(), what);
                    joined.Marks.Select(Text).ShouldBe(expected.Marks.Select(Text), what);
                    joined.Facts.Select(f => Convert.ToHexString(f.Span)).Order().ShouldBe(expected.Facts.Select(f => Convert.ToHexString(f.Span)).Order(), what);
                    epoch = joined.State.Epoch;
                    break;
                case 2:
                    if (random.Next(10) == 0)
                    {
                        var left = await redis.LeaveAsync(node, default);
                        ShouldBe(left, place.Leave(node, left.Milliseconds), what);
                    }

                    break;
                case < 9:
                    var tick = new LogTick(node, random.Next(4) != 0, Now(random));
                    var state = await redis.TickAsync(tick, default);
                    ShouldBe(state, place.Tick(tick, state.Milliseconds), what);
                    break;
                case < 11:
                    var after = appended.Count == 0 || random.Next(5) == 0 ? HlcStamp.None : appended[random.Next(appended.Count)].Stamp;
                    var page = await redis.ReadAsync(node, after, 7, default);
                    var entries = place.Read(after, 7, node, page.State.Milliseconds);
                    ShouldBe(page.State, entries.State, what);
                    page.Entries.Select(Text).ShouldBe(entries.Entries.Select(Text), what);
                    break;
                default:
                    var kind = (LogEntryKind)random.Next(4);
                    var position = positions[node] = positions.GetValueOrDefault(node) + (ulong)(random.Next(8) == 0 ? 0 : 1);
                    var body = new byte[random.Next(40)];
                    random.NextBytes(body);
                    var proposed = random.Next(6) switch { 0 => HlcStamp.None, 1 => HlcStamp.Maximum, 2 => HlcStamp.At(Now(random) + 10_000), _ => HlcStamp.At(Now(random)) };
                    var append = new LogAppend(random.Next(15) == 0 ? 5 : epoch, proposed, kind, node, position, position, (ulong)random.Next(1, 4), body);
                    var answer = await redis.AppendAsync(append, default);
                    var made = place.Append(append, answer.State.Milliseconds);
                    ShouldBe(answer.State, made.State, what);
                    (answer.Entry is null ? null : Text(answer.Entry)).ShouldBe(made.Entry is null ? null : Text(made.Entry), what);
                    break;
            }
        }

        appended.Select(e => e.Kind).Distinct().Count().ShouldBe(8);
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

    private static long Now(Random random) => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + random.Next(-80, 20);

    private static void ShouldBe(LogState actual, LogState expected, string what) => actual.ShouldBe(expected, what);

    private static string Text(LogEntry entry)
        => string.Create(CultureInfo.InvariantCulture, $"{entry.Stamp} after {entry.Previous} {entry.Kind} of {entry.Node} {entry.Position} {entry.Told} {entry.Write} {Convert.ToHexString(entry.Body.Span)}");

    private async Task<RedisLog> Open(string prefix)
    {
        _connection ??= await ConnectionMultiplexer.ConnectAsync(_server.Configuration);
        return new RedisLog(new RedisConnection(_connection), prefix, 100_000, Drift);
    }
}
