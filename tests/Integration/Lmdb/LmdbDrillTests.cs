using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>
/// Four processes that read and write one database and share one file, and are killed, frozen, and started anew at any time, also between a commit and its word. No answer
/// is older than promised, and the file opens afterwards. <c>ZOOCACHE_DRILL_SECONDS</c> has it last that long; <c>ZOOCACHE_SEED</c> replays what is done (not when).
/// </summary>
public sealed class LmdbDrillTests(ITestOutputHelper output) : IDisposable
{
    private static readonly bool IsLong = int.TryParse(Environment.GetEnvironmentVariable("ZOOCACHE_DRILL_SECONDS"), CultureInfo.InvariantCulture, out _);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(TestSize.Of("ZOOCACHE_DRILL_SECONDS", 8));

    private static readonly string[] Misfortunes = ["killed", "killed before its commit", "killed between its commit and its word", "frozen", "left alone"];

    private readonly TestDatabase _database = GaugeContext.Create();
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"zoocache-drill-{Guid.NewGuid():N}");
    private readonly List<DrillNode> _nodes = [];
    private readonly DrillHistory _history = new();
    private CacheConsistency _consistency;

    public void Dispose()
    {
        _nodes.ForEach(n => n.Dispose());
        _database.Dispose();
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    /// <summary>One of them, as chance has it: both are drilled over Redis, and in virtual time, in each run. Both where they are told how long to last.</summary>
    public static TheoryData<CacheConsistency> Modes => IsLong ? [CacheConsistency.Eventual, CacheConsistency.Strict] : [Random.Shared.Next(2) == 0 ? CacheConsistency.Eventual : CacheConsistency.Strict];

    [LmdbTheory]
    [MemberData(nameof(Modes))]
    public async Task OfManyMisfortunes_NoneMakesAnAnswerOld(CacheConsistency consistency)
    {
        _consistency = consistency;
        var random = new Random(StressSeed.Take(output));
        var times = DrillTimes.For(consistency);
        var bound = consistency == CacheConsistency.Strict ? TimeSpan.Zero : times.LeaseTime + times.MaxStaleness;
        for (var i = 0; i < 4; i++)
        {
            Add();
        }

        await Recovered();
        var began = Stopwatch.GetTimestamp();
        var done = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var bag = new Queue<string>();
        while (Stopwatch.GetElapsedTime(began) < Least || done.Count < Misfortunes.Length)
        {
            // Each as often as the others, in any order.
            if (bag.Count == 0)
            {
                var shuffled = Misfortunes.ToArray();
                random.Shuffle(shuffled);
                Array.ForEach(shuffled, bag.Enqueue);
            }

            var index = random.Next(_nodes.Count);
            var what = bag.Dequeue();
            _history.Begin(what);
            done[what] = done.GetValueOrDefault(what) + 1;
            var node = _nodes[index];
            switch (what)
            {
                case "killed":
                    await Written(random.Next(6));
                    Replace(index);
                    break;
                case "killed before its commit":
                    await AtCommit(node);
                    Replace(index);
                    break;
                case "killed between its commit and its word":
                    await AtCommit(node);
                    node.Tell("stall appends");
                    var (id, value, group) = node.Committing!.Value;
                    node.Tell("go once");
                    await Until(() => ValueOf(id) >= value, "committed");
                    _history.Add(new DrillWrite(id, value, group, Stopwatch.GetTimestamp()));
                    Replace(index);
                    break;
                case "frozen":
                    node.Freeze();
                    await Task.Delay(random.Next(1, 700));
                    node.Thaw();
                    break;
            }

            await Written(4);
            _history.Judge(bound, isLast: false);
            _history.Failures.ShouldBeEmpty();
        }

        _nodes.ForEach(n => n.Tell("rest"));
        await Until(() => _nodes.TrueForAll(n => n is { Rests: true, HasToldAll: true }), "at rest");
        await Recovered();
        _nodes.ForEach(n => n.Tell("compare"));
        await Until(() => _nodes.TrueForAll(n => n.HasCompared), "compared");
        _history.Judge(bound, isLast: true);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join(", ", done.Select(d => $"{d.Key} {d.Value}"))}: {_history.Reads} reads, {_history.Hits} hits, {_history.HitsOfStore} of them from the store ({(double)_history.HitsOfStore / _history.Reads:P1}); {_history.Writes} writes"));
        _history.Failures.ShouldBeEmpty();
        _history.HitsOfStore.ShouldBeGreaterThan(20);

        // The file opens, by somebody who was never there.
        Add();
        await Recovered();
    }

    private void Add() => _nodes.Add(new DrillNode(_history, _database, _directory, _consistency));

    /// <summary>Kills a process, and starts another. What the dead one has committed and nobody has told of counts from now on.</summary>
    private void Replace(int index)
    {
        _nodes[index].Kill();
        using (var db = new GaugeContext(GaugeContext.On(_database).Options))
        {
            var rows = db.Gauges.ToList();
            var now = Stopwatch.GetTimestamp();
            rows.ForEach(r => _history.Add(new DrillWrite(r.Id, r.Value, r.Group, now)));
        }

        _nodes[index].Dispose();
        _nodes.RemoveAt(index);
        Add();
    }

    private static async Task AtCommit(DrillNode node)
    {
        node.Tell("stall commits");
        await Until(() => node.Committing is not null, "at the commit");
    }

    private int ValueOf(int id)
    {
        using var db = new GaugeContext(GaugeContext.On(_database).Options);
        return db.Gauges.Single(g => g.Id == id).Value;
    }

    private Task Written(int more)
    {
        var before = _history.Writes;
        return Until(() => _history.Writes >= before + more, "written");
    }

    /// <summary>All are sure of what they have, and answer from it.</summary>
    private async Task Recovered()
    {
        var from = Stopwatch.GetTimestamp();
        await Until(() => _nodes.TrueForAll(n => n.IsConfirmedSince(from)), "confirmed");
        var hits = _nodes.Select(n => n.Hits).ToList();
        await Until(() => _nodes.Zip(hits, (n, h) => n.Hits > h).All(more => more), "hits");
    }

    private static async Task Until(Func<bool> holds, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(60), what);
            await Task.Delay(5);
        }
    }
}
