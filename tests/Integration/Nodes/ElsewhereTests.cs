using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>What one node writes, and what the answers of another one are after that.</summary>
public sealed class ElsewhereTests : IDisposable
{
    private static readonly NodeOptions Patient = new()
    {
        HeartbeatInterval = TimeSpan.FromMilliseconds(10), AppendWait = TimeSpan.FromSeconds(20), RequestTimeout = TimeSpan.FromSeconds(20),
        MaxStaleness = TimeSpan.FromHours(1), LeaseTime = TimeSpan.FromHours(1), SuspectTime = TimeSpan.FromHours(2),
    };

    private readonly TestDatabase _database = GaugeContext.Create();
    private readonly MemoryLog _log = new(TimeProvider.System, 1_000, Patient.MaxClockSkew);
    private readonly List<Node> _nodes = [];

    public void Dispose()
    {
        _nodes.ForEach(n => n.Cache.Dispose());
        _database.Dispose();
    }

    [Fact]
    public void What_was_read_of_a_row_counts_elsewhere_where_nobody_has_touched_it()
    {
        var (a, reader) = (Open(), Open());
        Fill(reader, 0);
        Fill(reader, 1);
        Fill(reader, 2);
        using var db = a.Context();
        var row = db.Gauges.Single(g => g.Id == 1);

        row.Group = 2;
        db.SaveChanges();

        Ask(reader, 0).ShouldBe(("2,4", QueryResultSource.Hit));
        Ask(reader, 1).ShouldBe(("3", QueryResultSource.Miss));
        Ask(reader, 2).ShouldBe(("1", QueryResultSource.Miss));
    }

    // Turned red by leaving out IsUntouchedSince in LogReading.IsUntouched.
    [Fact]
    public void It_doesnt_count_where_somebody_has_moved_the_row_of_whom_the_writer_hasnt_heard() => Moved(between: static _ => { });

    // Turned red by Reset(HlcStamp.None) in LogReader.Begin.
    [Fact]
    public void It_doesnt_count_where_the_node_has_joined_since() => Moved(between: static reader =>
    {
        var joined = reader.Cache.Counters.Memberships.Value;
        var applied = reader.Cache.Node!.Position.Applied;
        SpinWait.SpinUntil(() => reader.Cache.Node.Confirmed is not null);
        reader.Log.Announce(new LogEntry(new HlcStamp(applied.Value - 1), HlcStamp.None, LogEntryKind.Change, 1, 1, 1, 0, default));
        SpinWait.SpinUntil(() => reader.Cache.Counters.Memberships.Value > joined && reader.Cache.Node.IsConfirmed, TimeSpan.FromSeconds(20)).ShouldBeTrue();
    });

    // Turned red by leaving out the call of Touch in TableRegistry.Learn.
    [Fact]
    public void It_doesnt_count_where_the_table_became_known_since() => Moved(between: static _ => { }, readsBefore: false);

    // Turned red by the same look in BypassedQuery, where the enumerator is made.
    [Fact]
    public async Task An_enumerator_that_is_moved_late_is_given_what_may_be_given_then()
    {
        var time = new ManualTimeProvider();
        var node = new Node(new CutLog(new MemoryLog(time, 1_000, Patient.MaxClockSkew)), _database, time);
        _nodes.Add(node);
        SpinWait.SpinUntil(() => node.Cache.Node!.IsConfirmed, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        Fill(node, 1);
        await using var db = node.Context();
        await using var rows = db.Gauges.Where(g => g.Group == 1).Select(g => g.Id).Cacheable().AsAsyncEnumerable().GetAsyncEnumerator();

        node.Log.IsCut = true;
        time.Advance(Patient.MaxStaleness + Patient.HeartbeatInterval);

        (await rows.MoveNextAsync()).ShouldBeTrue();
        db.Cache().LastQuery.ShouldBe(new QueryOutcome(QueryResultSource.Bypass, "log-unconfirmed"));
    }

    /// <summary>One node reads a row in group 1; another moves it to 0, of which the first doesn't hear; the first moves it to 2, believing that it
    /// comes from 1. Whoever has asked for group 0 in between must not keep that.</summary>
    private void Moved(Action<Node> between, bool readsBefore = true)
    {
        var (a, b, reader) = (Open(), Open(), Open());

        // What nobody asks for where the row is written isn't proven, and ends the answers of all groups.
        Fill(a, 1);
        if (readsBefore)
        {
            Fill(reader, 1);
        }

        using var first = a.Context();
        var row = first.Gauges.Single(g => g.Id == 1);
        a.Log.IsCut = true;
        using (var second = b.Context())
        {
            second.Gauges.Single(g => g.Id == 1).Group = 0;
            second.SaveChanges();
        }

        between(reader);
        Fill(reader, 0).ShouldBe("1,2,4");

        row.Group = 2;
        first.SaveChanges();
        SpinWait.SpinUntil(() => a.Cache.Node!.Position.ToTell == 0, TimeSpan.FromSeconds(20)).ShouldBeTrue();

        Ask(reader, 0).Answer.ShouldBe("2,4");
        Ask(reader, 1).Answer.ShouldBe("3");
        Ask(reader, 2).Answer.ShouldBe("1");
    }

    private Node Open()
    {
        var node = new Node(new CutLog(_log), _database, TimeProvider.System);
        _nodes.Add(node);
        SpinWait.SpinUntil(() => node.Cache.Node!.IsConfirmed, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        return node;
    }

    private static string Fill(Node node, int group)
    {
        Ask(node, group);
        var (answer, source) = Ask(node, group);
        source.ShouldBe(QueryResultSource.Hit);
        return answer;
    }

    private static (string Answer, QueryResultSource Source) Ask(Node node, int group)
    {
        using var db = node.Context();
        var answer = string.Join(',', db.Gauges.Where(g => g.Group == group).OrderBy(g => g.Id).Select(g => g.Id).Cacheable().ToList());
        return (answer, db.Cache().LastQuery!.Source);
    }

    private sealed class Node
    {
        private readonly DbContextOptions<GaugeContext> _options;

        internal Node(CutLog log, TestDatabase database, TimeProvider time)
        {
            Log = log;
            Cache = new ZooCache(new ZooCacheOptions { Log = _ => log, Nodes = Patient, TimeProvider = time, MaximumAge = null });
            var builder = GaugeContext.On(database);
            builder.UseZooCache(Cache);
            _options = builder.Options;
        }

        internal CutLog Log { get; }

        internal ZooCache Cache { get; }

        internal GaugeContext Context() => new(_options);
    }

    /// <summary>A way to a log that may be cut in one direction: what the node tells arrives, and it hears of nothing.</summary>
    private sealed class CutLog(IInvalidationLog log) : IInvalidationLog
    {
        private Action<LogEntry>? _announced;

        internal bool IsCut { get; set; }

        internal void Announce(LogEntry entry) => _announced!(entry);

        public IDisposable Subscribe(Action<LogEntry> announced)
        {
            _announced = announced;
            return log.Subscribe(entry =>
            {
                if (!IsCut)
                {
                    announced(entry);
                }
            });
        }

        public Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken) => log.JoinAsync(request, cancellationToken);

        public Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken) => log.AppendAsync(request, cancellationToken);

        public Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken)
            => IsCut ? Task.FromException<LogState>(new IOException("cut")) : log.TickAsync(request, cancellationToken);

        public Task<LogPage> ReadAsync(ulong node, HlcStamp after, int atMost, CancellationToken cancellationToken)
            => IsCut ? Task.FromException<LogPage>(new IOException("cut")) : log.ReadAsync(node, after, atMost, cancellationToken);

        public Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken) => log.LeaveAsync(node, cancellationToken);
    }
}
