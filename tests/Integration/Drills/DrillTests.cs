using System.Diagnostics;
using System.Globalization;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using Xunit.Abstractions;

namespace ZooCache.Integration.Tests;

/// <summary>
/// Three nodes, each a process with a clock of its own that is minutes off, which read and write one database all the time, while Redis, the
/// ways to it and the nodes themselves are meddled with. No answer is older than promised, whatever a token names is seen, no query and no
/// save fails, and all find back by themselves. <c>ZOOCACHE_DRILL_SECONDS</c> has each drill last that long.
/// </summary>
public sealed class DrillTests(ITestOutputHelper output) : IDisposable
{
    private static readonly bool IsLong = int.TryParse(Environment.GetEnvironmentVariable("ZOOCACHE_DRILL_SECONDS"), CultureInfo.InvariantCulture, out _);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(TestSize.Of("ZOOCACHE_DRILL_SECONDS", 0));

    private readonly TestDatabase _database = GaugeContext.Create();
    private readonly List<RedisProcess> _servers = [new("--repl-diskless-sync-delay", "0")];
    private readonly List<DrillNode> _nodes = [];
    private readonly DrillHistory _history = new();
    private CacheConsistency _consistency;
    private NodeOptions _times = new();
    private long _hitsOfTheDead;
    private long _mixedUpByTheDead;

    private RedisProcess Redis => _servers[^1];

    /// <summary>How old an answer may be: in strict mode it shows all that was over.</summary>
    private TimeSpan Bound => _consistency == CacheConsistency.Strict ? TimeSpan.Zero : _times.LeaseTime + _times.MaxStaleness;

    public void Dispose()
    {
        _nodes.ForEach(n => n.Dispose());
        _servers.ForEach(s => s.Dispose());
        _database.Dispose();
    }

    /// <summary>One of them, as chance has it; both where they are told how long to last. In virtual time each run has both (<c>NodeSimulationTests</c>).</summary>
    public static TheoryData<CacheConsistency> Modes => IsLong ? [CacheConsistency.Eventual, CacheConsistency.Strict] : [Random.Shared.Next(2) == 0 ? CacheConsistency.Eventual : CacheConsistency.Strict];

    [RedisTheory]
    [MemberData(nameof(Modes))]
    public async Task OfManyMisfortunes_NoneMakesAnAnswerOld(CacheConsistency consistency)
    {
        (_consistency, _times) = (consistency, DrillTimes.For(consistency));
        foreach (var minutes in (int[])[0, -10, 10])
        {
            AddNode(minutes * 60);
        }

        foreach (var (what, act) in Drills())
        {
            _history.Begin(what);
            var (began, hits, writes) = (Stopwatch.GetTimestamp(), Hits, _history.Writes);
            do
            {
                await act();
                await Recovered();
            }
            while (Stopwatch.GetElapsedTime(began) < Least);

            _history.Judge(Bound, isLast: false);
            output.WriteLine($"{what}: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms, {Hits - hits} hits, {_history.Writes - writes} writes");
            _history.Failures.ShouldBeEmpty();
        }

        _nodes.ForEach(n => n.Tell("rest"));
        await Until(() => _nodes.TrueForAll(n => n is { Rests: true, HasToldAll: true }), "at rest");
        await Recovered();
        _nodes.ForEach(n => n.Tell("compare"));
        await Until(() => _nodes.TrueForAll(n => n.HasCompared), "compared");
        _history.Judge(Bound, isLast: true);
        output.WriteLine($"{_history.Reads} reads, {_history.Hits} hits, {_history.HitsOfStore} of them from the store, {_history.HitsWithToken} with a token; {_history.Writes} writes; {MixedUp} announcements mixed up");
        _history.Failures.ShouldBeEmpty();
        _history.HitsWithToken.ShouldBeGreaterThan(20);
        _history.HitsOfStore.ShouldBeGreaterThan(20);
        MixedUp.ShouldBeGreaterThan(5);
    }

    private long Hits => _hitsOfTheDead + _nodes.Sum(n => n.Hits);

    private long MixedUp => _mixedUpByTheDead + _nodes.Sum(n => n.Way.MixedUp);

    private List<(string What, Func<Task> Act)> Drills() =>
    [
        ("nothing", () => Task.CompletedTask),
        ("scripts flushed", () => Command("SCRIPT", "FLUSH")),
        ("subscribers thrown out", () => Command("CLIENT", "KILL", "TYPE", "pubsub")),
        ("everybody thrown out", () => Command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")),
        ("emptied", () => Command("FLUSHALL")),
        ("entries deleted", () => Command("DEL", "{drill}:log:entries")),
        ("strangers on the channel", async () =>
        {
            foreach (var text in (string[])["", "nonsense", "1 2 3 4 5 6 7 8 9\n", "281474976710655 65535 0 0 0 1 1 1 0\nx", new string('x', 100_000)])
            {
                await Command("PUBLISH", "{drill}:log", text);
            }
        }),
        ("strangers in the stream", () => Command("XADD", "{drill}:log:entries", "*", "m", "nonsense")),
        ("strangers among the members", () => Command("HSET", "{drill}:log:members", "99", "nonsense")),
        ("another thing in the place of the members", async () =>
        {
            await Command("DEL", "{drill}:log:members");
            await Command("SET", "{drill}:log:members", "nonsense");
            await Unsure(_nodes);
            await Command("DEL", "{drill}:log:members");
        }),
        ("Redis frozen", async () =>
        {
            Redis.Freeze();
            await Unsure(_nodes);
            Redis.Thaw();
        }),
        ("Redis killed, and back empty", async () =>
        {
            Redis.Kill();
            Redis.Forget();
            await Unsure(_nodes);
            Redis.Start();
        }),
        ("Redis killed, and back with what it had", async () =>
        {
            Redis.Command("SAVE");
            Redis.Kill();
            Redis.Start();
            await Written(5);
        }),
        ("Redis killed, and back as it was before", async () =>
        {
            Redis.Command("SAVE");
            await Written(20);
            Redis.Kill();
            Redis.Start();
            await Written(5);
        }),
        ("a replica promoted", async () =>
        {
            var replica = new RedisProcess("--repl-diskless-sync-delay", "0");
            replica.Command("REPLICAOF", "127.0.0.1", Redis.Port.ToString(CultureInfo.InvariantCulture));
            await Until(() => replica.Command("INFO", "replication").Contains("master_link_status:up", StringComparison.Ordinal), "replicated");
            Redis.Freeze();
            replica.Command("REPLICAOF", "NO", "ONE");
            _servers.Add(replica);
            foreach (var node in _nodes)
            {
                node.Way.Target = replica.Port;
                node.Way.CloseAll();
            }

            await Written(5);
        }),
        ("Redis full", async () =>
        {
            await Command("CONFIG", "SET", "maxmemory", "1");
            await Unsure(_nodes);
            await Command("CONFIG", "SET", "maxmemory", "0");
        }),
        ("Redis evicts", async () =>
        {
            await Command("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
            await Command("CONFIG", "SET", "maxmemory", "1");
            await Written(5);
            await Command("CONFIG", "SET", "maxmemory", "0");
            await Command("CONFIG", "SET", "maxmemory-policy", "noeviction");
        }),
        ("announcements lost, repeated and mixed up", async () =>
        {
            _nodes.ForEach(n => n.Way.MixesUp = true);
            await Written(40);
            _nodes.ForEach(n => n.Way.MixesUp = false);
        }),
        ("a slow way", async () =>
        {
            _nodes[1].Way.Delay = TimeSpan.FromMilliseconds(30);
            await Written(20);
            _nodes[1].Way.Delay = TimeSpan.Zero;
        }),
        ("a node cut off", async () =>
        {
            // Nobody waits for one that is out for longer than it is suspected, however slow this machine is: docs/nodes.md.
            var (node, from, bypasses, writes) = (_nodes[1], Stopwatch.GetTimestamp(), _nodes[1].Bypasses, _history.Writes);
            node.Way.Cut();
            await Until(
                () => (node.IsUnsureSince(from) && node.Bypasses > bypasses + 20 && _history.Writes > writes + 20) || Stopwatch.GetElapsedTime(from) > _times.SuspectTime / 2,
                "unsure");
            node.Way.Mend();
            node.Bypasses.ShouldBeGreaterThan(bypasses);
        }),
        ("clocks set", async () =>
        {
            foreach (var (index, seconds) in (int[])[600, 0, -600] is var skews ? skews.Index() : [])
            {
                _nodes[index].Tell($"skew {seconds}");
            }

            await Written(20);
        }),
        ("a node frozen", async () =>
        {
            _nodes[2].Freeze();
            await Task.Delay(2 * _times.LeaseTime);
            _nodes[2].Thaw();
        }),
        ("a node frozen between its commit and its word", async () =>
        {
            var node = _nodes[2];
            await CommittedUntold(node);
            node.Freeze();
            await Task.Delay(2 * _times.LeaseTime);
            node.Thaw();
            node.Tell("go");
        }),
        ("a node frozen before it commits", async () =>
        {
            var node = _nodes[2];
            await AtCommit(node);
            node.Freeze();
            await Task.Delay(2 * _times.LeaseTime);
            node.Thaw();
            node.Tell("go");
        }),
        ("a node killed before it commits", async () =>
        {
            await AtCommit(_nodes[0]);
            await Replace(0);
        }),
        ("a node killed between its commit and its word", async () =>
        {
            await CommittedUntold(_nodes[0]);
            await Replace(0);
        }),
        ("a node killed at any time", async () =>
        {
            await Written(5);
            await Replace(1);
        }),
    ];

    private void AddNode(int skew)
    {
        var node = new DrillNode(_history, _database, Redis.Port, _consistency, skew);
        node.Wrote = (writer, token, id, value) =>
        {
            foreach (var other in _nodes.Where(n => n != writer).ToList())
            {
                try
                {
                    other.Tell($"token {token} {id} {value}");
                }
                catch (Exception exception) when (exception is IOException or InvalidOperationException)
                {
                    // It was killed.
                }
            }
        };
        _nodes.Add(node);
    }

    /// <summary>Kills a node, and starts another in its place. What the dead one has committed and nobody has told of counts from now on.</summary>
    private async Task Replace(int index)
    {
        _nodes[index].Kill();
        using (var db = new GaugeContext(GaugeContext.On(_database).Options))
        {
            var rows = db.Gauges.ToList();
            var now = Stopwatch.GetTimestamp();
            rows.ForEach(r => _history.Add(new DrillWrite(r.Id, r.Value, r.Group, now)));
        }

        await Written(5);
        _hitsOfTheDead += _nodes[index].Hits;
        _mixedUpByTheDead += _nodes[index].Way.MixedUp;
        _nodes[index].Dispose();
        _nodes.RemoveAt(index);
        AddNode(skew: 300);
    }

    private async Task AtCommit(DrillNode node)
    {
        node.Tell("stall commits");
        await Until(() => node.Committing is not null, "at the commit");
    }

    /// <summary>The node has committed what nobody has told of, which counts from now on.</summary>
    private async Task CommittedUntold(DrillNode node)
    {
        await AtCommit(node);
        node.Tell("stall appends");
        var (id, value, group) = node.Committing!.Value;
        node.Tell("go once");
        await Until(() => ValueOf(id) >= value, "committed");
        _history.Add(new DrillWrite(id, value, group, Stopwatch.GetTimestamp()));
    }

    private int ValueOf(int id)
    {
        using var db = new GaugeContext(GaugeContext.On(_database).Options);
        return db.Gauges.Single(g => g.Id == id).Value;
    }

    private Task Command(params string[] words)
    {
        Redis.Command(words);
        return Written(5);
    }

    private Task Written(int more)
    {
        var before = _history.Writes;
        return Until(() => _history.Writes >= before + more, "written");
    }

    /// <summary>Those can't be sure any more, and go on.</summary>
    private async Task Unsure(List<DrillNode> nodes)
    {
        var from = Stopwatch.GetTimestamp();
        await Until(() => nodes.TrueForAll(n => n.IsUnsureSince(from)), "unsure");
        var bypasses = nodes.Select(n => n.Bypasses).ToList();
        await Until(() => nodes.Zip(bypasses, (n, b) => n.Bypasses > b).All(more => more), "bypassed");
        await Written(5);
    }

    /// <summary>All have asked since, miss nothing, have nothing to tell, and answer from the cache.</summary>
    private async Task Recovered()
    {
        var from = Stopwatch.GetTimestamp();
        await Until(() => _nodes.TrueForAll(n => n.IsConfirmedSince(from)), "confirmed");
        var hits = _nodes.Select(n => n.Hits).ToList();
        await Until(() => _nodes.Zip(hits, (n, h) => n.Hits > h + 20).All(more => more), "hits");
    }

    private async Task Until(Func<bool> holds, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!holds())
        {
            _history.Failures.ShouldBeEmpty(what);
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(60), $"it takes far too long until {what}");
            await Task.Delay(10);
        }
    }
}
