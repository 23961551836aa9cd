using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>
/// Three nodes with a Redis of their own, read and written all the time, while that is killed, emptied, restored, frozen and meddled with. No
/// answer is older than promised, no query and no save fails, and the nodes find back by themselves.
/// </summary>
public sealed class RedisDrillTests(ITestOutputHelper output) : IDisposable
{
    private static readonly NodeOptions Short = new()
    {
        TickInterval = TimeSpan.FromMilliseconds(50),
        MaxStaleness = TimeSpan.FromMilliseconds(250),
        LeaseTime = TimeSpan.FromMilliseconds(400),
        SuspectTime = TimeSpan.FromSeconds(3),
        RequestTimeout = TimeSpan.FromMilliseconds(200),
    };

    private readonly RedisProcess _redis = new();
    private readonly TestDatabase _database = GaugeContext.Create();
    private readonly List<DrillNode> _nodes = [];
    private readonly ConcurrentBag<(long Returned, int Id, int Value)> _written = [];
    private readonly ConcurrentBag<string> _wrong = [];
    private int _values;

    public void Dispose()
    {
        _nodes.ForEach(n => n.Dispose());
        _database.Dispose();
        _redis.Dispose();
    }

    [RedisFact]
    public async Task Whatever_happens_to_Redis_no_answer_is_late_and_nothing_fails()
    {
        for (var i = 0; i < 3; i++)
        {
            _nodes.Add(DrillNode.Begin(_redis, _database));
        }

        using var stop = new CancellationTokenSource();
        var load = _nodes.SelectMany(n => new[] { Task.Run(() => Read(n, stop.Token)), Task.Run(() => Write(n, stop.Token)) }).ToList();
        await Confirmed();
        foreach (var (what, act) in Drills())
        {
            var before = _nodes.Sum(n => n.Hits);
            var began = Stopwatch.GetTimestamp();
            await act();
            await Confirmed();
            await Until(() => _nodes.Sum(n => n.Hits) > before + 100);
            output.WriteLine($"{what}: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms; {string.Join("; ", _nodes)}");
            _wrong.ShouldBeEmpty(what);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        _wrong.ShouldBeEmpty();
        _nodes.ShouldAllBe(n => n.Bypasses > 0, "nobody may be sure while Redis is away");
        _written.Count.ShouldBeGreaterThan(50);

        // In the end all know all.
        await Until(() => _nodes.TrueForAll(n => n.Cache.Node!.Position.ToTell == 0));
        await Confirmed();
        foreach (var node in _nodes)
        {
            using var db = node.Open();
            using var plain = new GaugeContext(GaugeContext.On(_database).Options);
            db.Gauges.OrderBy(g => g.Id).Select(g => g.Value).Cacheable().ToList().ShouldBe(plain.Gauges.OrderBy(g => g.Id).Select(g => g.Value).ToList());
        }
    }

    private List<(string What, Func<Task> Act)> Drills() =>
    [
        ("nothing", () => Task.CompletedTask),
        ("scripts flushed", () => Do(() => _redis.Command("SCRIPT", "FLUSH"))),
        ("subscribers thrown out", () => Do(() => _redis.Command("CLIENT", "KILL", "TYPE", "pubsub"))),
        ("everybody thrown out", () => Do(() => _redis.Command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))),
        ("emptied", () => Do(() => _redis.Command("FLUSHALL"))),
        ("entries deleted", () => Do(() => _redis.Command("DEL", "{drill}:log:entries"))),
        ("frozen", async () =>
        {
            _redis.Freeze();
            await Unconfirmed();
            _redis.Thaw();
        }),
        ("killed, and back empty", async () =>
        {
            _redis.Kill();
            _redis.Forget();
            await Unconfirmed();
            _redis.Start();
        }),
        ("killed, and back as it was before", async () =>
        {
            _redis.Command("SAVE");
            await Written(20);
            _redis.Kill();
            _redis.Start();
        }),
        ("strangers on the channel", () => Do(() =>
        {
            foreach (var text in (string[])["", "nonsense", "1 2 3 4 5 6 7 8 9\n", "281474976710655 65535 0 0 0 1 1 1 0\nx", new string('x', 100_000)])
            {
                _redis.Command("PUBLISH", "{drill}:log", text);
            }
        })),
        ("full", async () =>
        {
            _redis.Command("CONFIG", "SET", "maxmemory", "1");
            await Unconfirmed();
            _redis.Command("CONFIG", "SET", "maxmemory", "0");
        }),
    ];

    private Task Do(Action action)
    {
        action();
        return Written(5);
    }

    /// <summary>Nobody may be sure any more, and all go on.</summary>
    private async Task Unconfirmed()
    {
        await Until(() => _nodes.TrueForAll(n => !n.Cache.Node!.IsConfirmed));
        await Written(20);
    }

    private Task Written(int more)
    {
        var before = _written.Count;
        return Until(() => _written.Count >= before + more);
    }

    private static async Task Until(Func<bool> holds)
    {
        for (var attempt = 0; !holds(); attempt++)
        {
            attempt.ShouldBeLessThan(3_000, "it takes far too long");
            await Task.Delay(10);
        }
    }

    /// <summary>All have asked since, and miss nothing.</summary>
    private Task Confirmed()
    {
        var from = Stopwatch.GetTimestamp();
        return Until(() => _nodes.TrueForAll(n => n.Cache.Node!.Confirmed?.Timestamp > from));
    }

    private async Task Read(DrillNode node, CancellationToken stop)
    {
        var random = new Random();
        var allowed = Short.LeaseTime + Short.MaxStaleness;
        while (!stop.IsCancellationRequested)
        {
            var id = random.Next(1, GaugeContext.Rows + 1);
            try
            {
                await using var db = node.Open();
                var began = Stopwatch.GetTimestamp();
                var group = id % 2;
                var values = random.Next(2) == 0
                    ? await db.Gauges.Where(g => g.Id == id).Select(g => new { g.Id, g.Value }).Cacheable().ToListAsync(CancellationToken.None)
                    : await db.Gauges.Where(g => g.Group == group).Select(g => new { g.Id, g.Value }).Cacheable().ToListAsync(CancellationToken.None);
                node.Count(db.Cache().LastQuery!);
                foreach (var (returned, written, value) in _written.Where(w => values.Exists(v => v.Id == w.Id && v.Value < w.Value) && began > w.Returned + (long)(allowed.TotalSeconds * Stopwatch.Frequency)))
                {
                    _wrong.Add($"row {written} was {string.Join(',', values)} {Stopwatch.GetElapsedTime(returned, began).TotalMilliseconds:F0} ms after {value} was saved");
                }
            }
            catch (Exception exception)
            {
                _wrong.Add($"a query failed: {exception}");
            }

            await Task.Yield();
        }
    }

    private async Task Write(DrillNode node, CancellationToken stop)
    {
        var random = new Random();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var db = node.Open();
                var id = random.Next(1, GaugeContext.Rows + 1);
                var gauge = await db.Gauges.SingleAsync(g => g.Id == id, CancellationToken.None);
                int value;
                lock (_written)
                {
                    // One write at a time: values grow in the order of commits.
                    value = gauge.Value = ++_values;
                    db.SaveChanges();
                    _written.Add((Stopwatch.GetTimestamp(), id, value));
                }
            }
            catch (Exception exception)
            {
                _wrong.Add($"a save failed: {exception}");
            }

            await Task.Delay(random.Next(5, 40), CancellationToken.None);
        }
    }

    private sealed class DrillNode(ZooCache cache, DbContextOptions<GaugeContext> options) : IDisposable
    {
        private long _hits;
        private long _bypasses;

        internal ZooCache Cache => cache;

        internal long Hits => Interlocked.Read(ref _hits);

        internal long Bypasses => Interlocked.Read(ref _bypasses);

        internal static DrillNode Begin(RedisProcess redis, TestDatabase database)
        {
            var cache = new ZooCache(new ZooCacheOptions { Prefix = "drill", Nodes = Short }.UseRedis(redis.Configuration));
            var builder = GaugeContext.On(database);
            builder.UseZooCache(cache);
            return new DrillNode(cache, builder.Options);
        }

        public void Dispose() => cache.Dispose();

        public override string ToString() => $"{Hits} hits, {Bypasses} bypassed, {cache.Counters.Memberships.Value} memberships, {cache.Counters.LogGaps.Value} gaps";

        internal GaugeContext Open() => new(options);

        internal void Count(QueryOutcome outcome)
        {
            Interlocked.Add(ref _hits, outcome.Source == QueryResultSource.Hit ? 1 : 0);
            Interlocked.Add(ref _bypasses, outcome.Source == QueryResultSource.Bypass ? 1 : 0);
        }
    }
}
