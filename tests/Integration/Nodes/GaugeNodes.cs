using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>Nodes over one database, with a log in memory, in a time that only the test moves: what waits goes on where what it waits for
/// happens.</summary>
internal sealed class GaugeNodes : IDisposable
{
    private readonly TestDatabase _database;
    private readonly List<GaugeNode> _nodes = [];
    private readonly CacheConsistency _consistency;
    private readonly ICacheStore? _store;
    private readonly double _watchdogShare;
    private MemoryLog _log;
    private ulong _random;

    internal GaugeNodes(CacheConsistency consistency, int nodes = 2, TestDatabase? database = null, ICacheStore? store = null, double watchdogShare = 0)
    {
        _watchdogShare = watchdogShare;
        _consistency = consistency;
        _store = store;
        _database = database ?? GaugeContext.Create();
        _log = NewLog();
        for (var i = 0; i < nodes; i++)
        {
            Add();
        }

        // Until then a strict log isn't trusted.
        Advance(21);
    }

    internal ManualTimeProvider Time { get; } = new();

    internal List<LogEntry> Entries { get; } = [];

    internal GaugeNode this[int index]
    {
        get
        {
            OnThisThread();
            return _nodes[index];
        }
    }

    internal TestDatabase Database => _database;

    /// <summary>Under a context such as that of a test, what waits goes on on other threads.</summary>
    internal static void OnThisThread() => SynchronizationContext.SetSynchronizationContext(null);

    internal GaugeNode Add(CacheConsistency? consistency = null, int outboxLimit = 1000, bool holdsReads = false)
    {
        OnThisThread();
        var options = new NodeOptions
        {
            Consistency = consistency ?? _consistency, LeaseTime = TimeSpan.FromSeconds(10), SuspectTime = TimeSpan.FromSeconds(20), OutboxLimit = outboxLimit,
        };
        _nodes.Add(new GaugeNode(new HinderedLog(_log) { HoldsReads = holdsReads }, _database, options, Time, new NodeTiming(() => ++_random), _store, _watchdogShare));
        return _nodes[^1];
    }

    internal void Advance(double seconds)
    {
        OnThisThread();
        for (var left = seconds; left > 0; left--)
        {
            Time.Advance(TimeSpan.FromSeconds(Math.Min(left, 1)));
        }
    }

    /// <summary>The log is lost, and another one takes its place.</summary>
    internal void LoseLog()
    {
        _log = NewLog();
        _nodes.ForEach(n => n.Log.GoOnWith(_log));
    }

    private MemoryLog NewLog()
    {
        var log = new MemoryLog(Time, 100_000, TimeSpan.FromMinutes(1));
        log.Subscribe(Entries.Add);
        return log;
    }

    internal int Count(LogEntryKind kind) => Entries.Count(e => e.Kind == kind);

    public void Dispose()
    {
        _nodes.ForEach(n => n.Cache.Dispose());
        _database.Dispose();
    }
}

/// <summary>A node: its cache, and its way to the log.</summary>
internal sealed class GaugeNode
{
    private readonly TestDatabase _database;

    internal GaugeNode(HinderedLog log, TestDatabase database, NodeOptions options, TimeProvider time, NodeTiming timing, ICacheStore? store, double watchdogShare)
    {
        (Log, _database) = (log, database);
        Cache = new ZooCache(new ZooCacheOptions { Log = _ => log, Nodes = options, TimeProvider = time, NodeTiming = timing, MaximumAge = null, WatchdogShare = watchdogShare, SharedStore = store is null ? null : _ => store });
        Cache.Node!.Start();
    }

    internal HinderedLog Log { get; }

    internal ZooCache Cache { get; }

    internal int Marks => Cache.Trie.MarkCount;

    /// <summary>A context of another model on the node's database.</summary>
    internal TContext On<TContext>()
        where TContext : DbContext
    {
        GaugeNodes.OnThisThread();
        var builder = new DbContextOptionsBuilder<TContext>();
        _database.Use(builder);
        builder.UseZooCache(Cache);
        return (TContext)Activator.CreateInstance(typeof(TContext), builder.Options)!;
    }

    internal GaugeContext Open(params IInterceptor[] interceptors)
    {
        GaugeNodes.OnThisThread();
        var builder = GaugeContext.On(_database);
        builder.UseZooCache(Cache).AddInterceptors(interceptors);
        return new GaugeContext(builder.Options);
    }

    /// <summary>Asks for the values of all rows of group 1, synchronously or not.</summary>
    internal (string Answer, QueryOutcome Outcome) Ask(Action<CacheableOptions>? configure = null, bool async = false)
    {
        using var db = Open();
        var query = db.Gauges.Where(g => g.Group == 1).OrderBy(g => g.Id).Select(g => g.Value).Cacheable(configure ?? (static _ => { }));
        var values = async ? query.ToListAsync().GetAwaiter().GetResult() : query.ToList();
        return (string.Join(',', values), db.Cache().LastQuery!);
    }

    /// <summary>Has the answer in the cache.</summary>
    internal void Fill()
    {
        Ask();
        Ask().Outcome.Source.ShouldBe(QueryResultSource.Hit);
    }

    /// <summary>Writes a row of group 1.</summary>
    /// <returns>What names the write.</returns>
    internal ConsistencyToken? Write(int value)
    {
        using var db = Open();
        db.Gauges.Single(g => g.Id == 1).Value = value;
        db.SaveChanges();
        return db.Cache().Token;
    }
}

/// <summary>A way to a log on which something may stand.</summary>
internal sealed class HinderedLog(IInvalidationLog log) : IInvalidationLog
{
    private readonly List<Func<Task>> _held = [];
    private readonly List<Action<LogEntry>> _listeners = [];
    private IInvalidationLog _log = log;

    /// <summary>Nothing is announced.</summary>
    internal bool IsDeaf { get; set; }

    /// <summary>Whatever is asked fails.</summary>
    internal bool IsCut { get; set; }

    /// <summary>What is told doesn't arrive yet.</summary>
    internal bool HoldsAppends { get; set; }

    /// <summary>So doesn't that the node goes.</summary>
    internal bool HoldsLeaving { get; set; }

    /// <summary>What was told before isn't given yet.</summary>
    internal bool HoldsReads { get; set; }

    internal int Questions { get; private set; }

    /// <summary>How much is held.</summary>
    internal int Holds => _held.Count;

    /// <summary>Lets all that was held arrive.</summary>
    internal void Release()
    {
        HoldsAppends = HoldsReads = false;
        var held = _held.ToList();
        _held.Clear();
        held.ForEach(static h => h().GetAwaiter().GetResult());
    }

    /// <summary>Takes another log for the one that was.</summary>
    internal void GoOnWith(IInvalidationLog other)
    {
        _log = other;
        _listeners.ForEach(l => other.Subscribe(l));
    }

    public IDisposable Subscribe(Action<LogEntry> announced)
    {
        void Listen(LogEntry entry)
        {
            if (!IsDeaf && !IsCut)
            {
                announced(entry);
            }
        }

        _listeners.Add(Listen);
        return _log.Subscribe(Listen);
    }

    public Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken) => Do(() => _log.JoinAsync(request, cancellationToken));

    public Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken)
        => DoUnless(HoldsAppends, () => _log.AppendAsync(request, cancellationToken));

    public Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken)
    {
        Questions++;
        return Do(() => _log.TickAsync(request, cancellationToken));
    }

    public Task<LogPage> ReadAsync(ulong node, HlcStamp after, int atMost, CancellationToken cancellationToken)
        => DoUnless(HoldsReads, () => _log.ReadAsync(node, after, atMost, cancellationToken));

    public Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken) => DoUnless(HoldsLeaving, () => _log.LeaveAsync(node, cancellationToken));

    private Task<T> DoUnless<T>(bool isHeld, Func<Task<T>> operation)
    {
        if (!isHeld)
        {
            return Do(operation);
        }

        var answer = new TaskCompletionSource<T>();
        _held.Add(async () => answer.SetResult(await operation()));
        return answer.Task;
    }

    private Task<T> Do<T>(Func<Task<T>> operation) => IsCut ? Task.FromException<T>(new IOException("cut")) : operation();
}
