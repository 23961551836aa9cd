using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests;

/// <summary>
/// The other process of a drill: a node that reads and writes all the time, and tells what it has seen and done, a line each, with times by
/// the clock that all processes of the machine share. What it is told on its input: see <see cref="Obey"/>.
/// </summary>
internal sealed class DrillProcess : DbTransactionInterceptor, IDisposable
{
    internal const int Groups = 3;

    private readonly Lock _output = new();
    private readonly Random _random = new();
    private readonly ZooCache _cache;
    private readonly DbContextOptions<GaugeContext> _options;
    private readonly SkewedTime _time;
    private readonly Dictionary<int, (ConsistencyToken Token, int Value)> _tokens = [];
    private StallingLog? _log;
    private TaskCompletionSource? _commits;
    private string _committing = "";
    private volatile bool _rests;

    private DrillProcess(string place, string database, CacheConsistency consistency, int skew)
    {
        _time = new SkewedTime { Skew = TimeSpan.FromSeconds(skew) };

        // With hardly room in memory, so that what others have kept is asked for all the time.
        var settings = new ZooCacheOptions { Prefix = "drill", TimeProvider = _time, Nodes = DrillTimes.For(consistency), EntryLimit = 4 };
        settings = place.StartsWith('/') ? settings.UseLmdb(place, l => l.MaximumBytes = 16 * 1024 * 1024) : settings.UseRedis(place, r => r.StoresResults = true);
        var log = settings.Log!;
        settings.Log = o => _log = new StallingLog(log(o));
        _cache = new ZooCache(settings);
        var builder = new DbContextOptionsBuilder<GaugeContext>();
        builder.UseSqlite(database).UseZooCache(_cache).AddInterceptors(this);
        _options = builder.Options;
    }

    internal static async Task<int> RunAsync(string place, string database, string consistency, string skew)
    {
        using var node = new DrillProcess(place, database, Enum.Parse<CacheConsistency>(consistency), int.Parse(skew, CultureInfo.InvariantCulture));
        for (var i = 0; i < 2; i++)
        {
            _ = Task.Run(node.ReadOn);
        }

        _ = Task.Run(node.WriteOn);
        _ = Task.Run(node.ShowOn);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            await node.Obey(line.Split(' '));
        }

        return 0;
    }

    /// <summary>It waits before each commit while commits are to stall, and says what is about to be committed.</summary>
    public override async ValueTask<InterceptionResult> TransactionCommittingAsync(
        DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        if (_commits is { } gate)
        {
            Say($"committing {_committing}");
            await gate.Task;
        }

        return result;
    }

    public void Dispose()
    {
        _cache.Dispose();
        _log?.Dispose();
    }

    private async Task Obey(string[] words)
    {
        switch (words)
        {
            case ["token", var text, var id, var value]:
                lock (_tokens)
                {
                    _tokens[int.Parse(id, CultureInfo.InvariantCulture)] = (ConsistencyToken.Parse(text), int.Parse(value, CultureInfo.InvariantCulture));
                }

                break;
            case ["skew", var seconds]:
                _time.Skew = TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
                break;
            case ["stall", "commits"]:
                _commits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                break;
            case ["stall", "appends"]:
                _log!.Stall();
                break;
            case ["go", "once"]:
                Interlocked.Exchange(ref _commits, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))!.SetResult();
                break;
            case ["go"]:
                Interlocked.Exchange(ref _commits, null)?.SetResult();
                _log!.GoOn();
                break;
            case ["rest"]:
                _rests = true;
                break;
            case ["compare"]:
                await Compare();
                break;
        }
    }

    private async Task ReadOn()
    {
        for (var i = 0; ; i++)
        {
            try
            {
                await Read(i);
            }
            catch (Exception exception)
            {
                Say($"failed a query: {exception.ToString().ReplaceLineEndings(" ")}");
            }

            if (i % 4 == 0)
            {
                await Task.Delay(1);
            }
        }
    }

    private async Task Read(int number)
    {
        await using var db = new GaugeContext(_options);
        var byKey = _random.Next(2) == 0;
        var value = byKey ? _random.Next(1, GaugeContext.Rows + 1) : _random.Next(Groups);
        (ConsistencyToken Token, int Value) token = default;
        if (byKey && number % 5 == 0)
        {
            lock (_tokens)
            {
                _tokens.TryGetValue(value, out token);
            }
        }

        var query = (byKey ? db.Gauges.Where(g => g.Id == value) : db.Gauges.Where(g => g.Group == value))
            .Select(g => new { g.Id, g.Value, g.Group }).Cacheable(c => c.AsOf(token.Token));
        var began = Stopwatch.GetTimestamp();
        var rows = number % 2 == 0 ? await query.ToListAsync() : query.ToList();
        var outcome = db.Cache().LastQuery!;
        Say($"read {began} {(byKey ? 'k' : 'g')} {value} {outcome.Source} {outcome.Reason} {token.Value} {string.Join(',', rows.Select(r => $"{r.Id}:{r.Value}:{r.Group}"))}");
    }

    private async Task WriteOn()
    {
        while (!_rests)
        {
            try
            {
                await Write();
            }
            catch (Exception exception)
            {
                Say($"failed a save: {exception.ToString().ReplaceLineEndings(" ")}");
            }

            await Task.Delay(_random.Next(2, 40));
        }

        Say("rests");
    }

    /// <summary>Values grow in the order of commits, over all rows and nodes.</summary>
    private async Task Write()
    {
        await using var db = new GaugeContext(_options);
        await using var transaction = await db.Database.BeginTransactionAsync();
        var (id, group) = (_random.Next(1, GaugeContext.Rows + 1), _random.Next(Groups));
        var value = await db.Gauges.MaxAsync(g => g.Value) + 1;
        if (_random.Next(3) == 0)
        {
            await db.Gauges.Where(g => g.Id == id).ExecuteUpdateAsync(u => u.SetProperty(g => g.Value, value).SetProperty(g => g.Group, group));
        }
        else
        {
            var gauge = await db.Gauges.SingleAsync(g => g.Id == id);
            (gauge.Value, gauge.Group) = (value, group);
            await db.SaveChangesAsync();
        }

        _committing = $"{id} {value} {group}";
        await transaction.CommitAsync();
        Say($"wrote {Stopwatch.GetTimestamp()} {id} {value} {group} {db.Cache().Token}");
    }

    private async Task ShowOn()
    {
        while (true)
        {
            Say($"is {_cache.Node!.IsConfirmed} {_cache.Node.Position.ToTell}");
            await Task.Delay(10);
        }
    }

    /// <summary>Once nobody writes, the cache must say what the database says.</summary>
    private async Task Compare()
    {
        await using var db = new GaugeContext(_options);
        for (var group = 0; group < Groups; group++)
        {
            var wanted = group;
            var rows = db.Gauges.Where(g => g.Group == wanted).OrderBy(g => g.Id).Select(g => new { g.Id, g.Value });
            var (cached, real) = (await rows.Cacheable().ToListAsync(), await rows.NotCacheable().ToListAsync());
            if (!cached.SequenceEqual(real))
            {
                Say($"failed in the end: group {group} is {string.Join(',', cached)} in the cache and {string.Join(',', real)} in the database");
            }
        }

        Say("compared");
    }

    private void Say(string line)
    {
        lock (_output)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }

    private sealed class SkewedTime : TimeProvider
    {
        internal TimeSpan Skew { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Skew;
    }

    /// <summary>Lets nothing be told while it stalls.</summary>
    private sealed class StallingLog(IInvalidationLog log) : IInvalidationLog, IDisposable
    {
        private TaskCompletionSource? _gate;

        internal void Stall() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        internal void GoOn() => Interlocked.Exchange(ref _gate, null)?.SetResult();

        public IDisposable Subscribe(Action<LogEntry> announced) => log.Subscribe(announced);

        public Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken) => log.JoinAsync(request, cancellationToken);

        public async Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken)
        {
            if (_gate is { } gate)
            {
                await gate.Task.WaitAsync(cancellationToken);
            }

            return await log.AppendAsync(request, cancellationToken);
        }

        public Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken) => log.TickAsync(request, cancellationToken);

        public Task<LogPage> ReadAsync(ulong node, HlcStamp after, int atMost, CancellationToken cancellationToken) => log.ReadAsync(node, after, atMost, cancellationToken);

        public Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken) => log.LeaveAsync(node, cancellationToken);

        public void Dispose() => (log as IDisposable)?.Dispose();
    }
}

/// <summary>The times of drills: short, so that all of them run out while one lasts.</summary>
internal static class DrillTimes
{
    internal static NodeOptions For(CacheConsistency consistency) => new()
    {
        Consistency = consistency,
        HeartbeatInterval = TimeSpan.FromMilliseconds(50),
        MaxStaleness = TimeSpan.FromMilliseconds(250),
        LeaseTime = TimeSpan.FromMilliseconds(400),
        SuspectTime = TimeSpan.FromSeconds(2),
        RequestTimeout = TimeSpan.FromMilliseconds(200),
    };
}
