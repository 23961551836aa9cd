using ZooCache.Tests;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests.Nodes;

/// <summary>Whether an answer that another node has loaded, when some entry of the log was applied there, may be used here.</summary>
public sealed class SharedAnswerTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<ZooCache> _caches = [];
    private MemoryLog _log;
    private ulong _random;

    public SharedAnswerTests()
    {
        _log = new MemoryLog(_time, 10, TimeSpan.FromMinutes(1));
    }

    public void Dispose() => _caches.ForEach(c => c.Dispose());

    [Fact]
    public void It_may_as_long_as_nothing_that_it_depends_on_was_touched()
    {
        var (a, b) = (Add(), Add());
        var loaded = At(a);

        MayUse(b, loaded, Exact("t:1")).ShouldBeTrue();
        a.Invalidate("t:2");
        MayUse(b, loaded, Exact("t:1")).ShouldBeTrue();
        MayUse(b, loaded, Whole("t")).ShouldBeFalse();
        a.Invalidate("t:1");
        MayUse(b, loaded, Exact("t:1")).ShouldBeFalse();
        MayUse(b, At(a), Exact("t:1"), Whole("t")).ShouldBeTrue();
    }

    // Turned red by leaving out Untold in CacheNode.MayUse.
    [Fact]
    public void It_may_not_where_something_was_written_that_the_log_doesnt_have_yet()
    {
        var (a, b) = (Add(), Add());
        using (var write = b.OpenWrite(cause: null, b.Node!.Untold!.Begin()))
        {
            write.Add([TagPath.Parse("t:1")]);
            MayUse(b, At(a), Exact("t:1")).ShouldBeFalse("it is under way");
            MayUse(b, At(a), Exact("t:2")).ShouldBeTrue();
        }

        MayUse(b, At(a), Exact("t:1")).ShouldBeFalse("it is over, and nobody was told");
        var before = At(a);
        var untold = b.BumpUntold([TagPath.Parse("t:3")], "");
        b.Node.Publish(GivenNodes.Message("t:3"), untold: untold);

        MayUse(b, before, Exact("t:3")).ShouldBeFalse("it is met, and younger");
        MayUse(b, At(a), Exact("t:3")).ShouldBeTrue();
        b.Node.Untold.Count.ShouldBe(1, "that of the first write");
    }

    [Fact]
    public void What_is_told_by_hand_counts_until_the_log_has_it()
    {
        var (a, b) = (Add(), Add(cut: true));
        var before = At(a);

        b.Invalidate("t:1");
        b.Node!.Untold!.Count.ShouldBe(1);
        b.Clear();
        b.Node.Untold.Count.ShouldBe(2);
        _cut = false;
        _time.Advance(TimeSpan.FromSeconds(1));

        b.Node.Untold.Count.ShouldBe(0);
        MayUse(b, before, Exact("t:2")).ShouldBeFalse();
        MayUse(b, At(a), Exact("t:2")).ShouldBeTrue();
    }

    // Turned red by leaving out Widen in CacheNode.Touch.
    [Fact]
    public void It_may_not_where_something_was_written_before_it_was_known_on_what_answers_depend()
    {
        var (a, b) = (Add(), Add(cut: true));
        b.Invalidate("t:1");
        var loaded = At(a);

        b.Node!.Touch([TagPath.Parse("family")]);

        MayUse(b, loaded, Exact("family:7")).ShouldBeFalse();
    }

    // Turned red by leaving out, in LogReader.IsUntouchedSince, the touches before the membership, those since, or whether they are known yet; and by taking for
    // nothing what was trimmed (Reset in Replay).
    [Fact]
    public void Who_has_just_joined_knows_what_the_log_has_kept()
    {
        var a = Add();
        a.Invalidate("early");
        var veryOld = At(a);
        a.Invalidate("trimmed");
        for (var i = 0; i < 9; i++)
        {
            a.Invalidate($"t:{i}");
        }

        var old = At(a);
        a.Invalidate("t:1");
        var b = Add();

        MayUse(b, old, Exact("t:0")).ShouldBeTrue();
        MayUse(b, old, Exact("t:1")).ShouldBeFalse();
        MayUse(b, veryOld, Exact("trimmed")).ShouldBeFalse();
        MayUse(b, veryOld, Exact("early")).ShouldBeFalse("nobody knows any more");
        a.Invalidate("t:0");
        MayUse(b, old, Exact("t:0")).ShouldBeFalse();

        _holdsReads = true;
        var c = Add();
        MayUse(c, old, Exact("t:5")).ShouldBeFalse("it hasn't looked yet");
        _held!();
        MayUse(c, old, Exact("t:5")).ShouldBeTrue();
        MayUse(c, old, Exact("t:0")).ShouldBeFalse();
    }

    // Turned red by leaving out the touches before the membership in LogReader.Touch.
    [Fact]
    public void What_is_learnt_after_that_counts_as_touched_by_what_the_log_has_kept()
    {
        var a = Add();
        var old = At(a);
        a.Invalidate("t");
        var b = Add();
        MayUse(b, old, Exact("family:7")).ShouldBeTrue();

        b.Node!.Touch([TagPath.Parse("family")]);

        MayUse(b, old, Exact("family:7")).ShouldBeFalse();
        MayUse(b, old, Exact("other")).ShouldBeTrue();
        MayUse(b, At(b), Exact("family:7")).ShouldBeTrue();
    }

    // Turned red by leaving begun as it is in LogReader.Add.
    [Fact]
    public void What_went_by_a_feed_that_began_late_counts()
    {
        var (a, b) = (Add(), Add());
        a.Node!.Add(new RowFeed());
        var loaded = At(a);
        a.Node.Publish(new NodeMessage([], [(1, "7"u8.ToArray())]));
        MayUse(a, loaded, Exact("row:7")).ShouldBeFalse();

        b.Node!.Add(new RowFeed());

        MayUse(b, loaded, Exact("row:7")).ShouldBeFalse();
        MayUse(b, loaded, Exact("row:8")).ShouldBeTrue();
    }

    [Fact]
    public void Who_joins_a_log_that_has_nothing_left_of_what_was_before_knows_nothing_of_it()
    {
        var a = Add();
        var old = At(a);
        _onlyNewer = true;
        var b = Add();

        MayUse(b, old, Exact("t")).ShouldBeFalse();
        MayUse(b, At(b), Exact("t")).ShouldBeTrue();
    }

    // Turned red by leaving out IsConfirmed in CacheNode.MayUse.
    [Fact]
    public void It_may_not_where_the_log_isnt_to_be_reached()
    {
        var (a, b) = (Add(), Add(cut: true));
        var loaded = At(a);
        MayUse(b, loaded, Exact("t:1")).ShouldBeTrue();

        _time.Advance(TimeSpan.FromSeconds(6));

        MayUse(b, loaded, Exact("t:1")).ShouldBeFalse();
    }

    // Turned red by not asking for the epoch in LogSession.IsUntouchedSince.
    [Fact]
    public void It_may_not_where_the_log_is_another()
    {
        var a = Add();
        var loaded = At(a);
        _log = new MemoryLog(_time, 10, TimeSpan.FromMinutes(1));
        var b = Add();
        MayUse(b, At(b), Exact("t:1")).ShouldBeTrue();

        MayUse(b, loaded, Exact("t:1")).ShouldBeFalse();
        MayUse(b, (At(b).Epoch, HlcStamp.None), Exact("t:1")).ShouldBeFalse("nobody has said when it was loaded");
    }

    // Turned red by leaving out knowsPast in LogReader.Begin: the node itself was told of the write by the log that was before.
    [Fact]
    public void It_may_not_where_it_is_older_than_ones_membership_of_another_log()
    {
        var (_, b) = (Add(), Add());
        var other = new MemoryLog(_time, 10, TimeSpan.FromMinutes(1));
        var of = _log;
        _log = other;
        var c = Add();
        var loaded = At(c);
        _log = of;
        b.Invalidate("t:1");
        b.Node!.Untold!.Count.ShouldBe(0, "the log that was before has it");

        _second = other;
        _time.Advance(TimeSpan.FromSeconds(5));

        b.Node.Position.Epoch.ShouldBe(loaded.Epoch);
        MayUse(b, loaded, Exact("t:1")).ShouldBeFalse();
        MayUse(b, At(b), Exact("t:1")).ShouldBeTrue();
    }

    // Turned red by leaving the writes that were told to a log when another takes its place.
    [Fact]
    public void What_was_told_to_a_log_is_forgotten_with_it()
    {
        var (a, b) = (Add(), Add(cut: true));
        b.Invalidate("t:1");
        _deaf = true;
        _cut = false;
        a.Invalidate("t:2");
        _failsReads = true;
        _time.Advance(TimeSpan.FromSeconds(1));
        b.Node!.Untold!.Count.ShouldBe(1, "it is told, and what is before it hasn't come");

        _second = new MemoryLog(new TwoClocks(_time) { Wall = TimeSpan.FromHours(-1) }, 10, TimeSpan.FromMinutes(1));
        (_deaf, _failsReads) = (false, false);
        _time.Advance(TimeSpan.FromSeconds(5));

        b.Node.IsConfirmed.ShouldBeTrue();
        b.Node.Untold.Count.ShouldBe(0);
    }

    // Turned red by vouching for whatever was applied.
    [Fact]
    public void What_was_announced_is_vouched_for_once_the_log_has_shown_it()
    {
        var (a, b) = (Add(), Add());
        a.Invalidate("t:1");
        var heard = At(b);
        heard.Stamp.ShouldBe(At(a).Stamp);
        b.Node!.IsVouched(heard.Epoch, heard.Stamp).ShouldBeFalse();

        _time.Advance(TimeSpan.FromSeconds(1));

        b.Node.IsVouched(heard.Epoch, heard.Stamp).ShouldBeTrue();
        b.Node.IsVouched(heard.Epoch + 1, heard.Stamp).ShouldBeFalse();
        b.Node.IsVouched(heard.Epoch, heard.Stamp.Next()).ShouldBeFalse();
    }

    // Turned red by leaving out Prepare in FunctionCache.TryGet: it waited each time, for as long as no feed had taken part.
    [Fact]
    public async Task A_call_waits_for_no_feed()
    {
        var a = Add();
        await Task.Run(() => a.GetOrCreate("key", _ => 1)).WaitAsync(TimeSpan.FromSeconds(20));
        a.Get<int>("key").IsHit.ShouldBeTrue();
        var b = Add();
        await Task.Run(() => b.GetOrCreate("key", _ => 1)).WaitAsync(TimeSpan.FromSeconds(20));
        b.Get<int>("key").IsHit.ShouldBeTrue();
    }

    private MemoryLog? _second;
    private bool _deaf;
    private bool _failsReads;
    private bool _cut;
    private bool _holdsReads;
    private bool _onlyNewer;
    private Action? _held;

    private static (ulong Epoch, HlcStamp Stamp) At(ZooCache cache) => cache.Node!.SeenAt(cache.Trie.Sequence);

    private static bool MayUse(ZooCache cache, (ulong Epoch, HlcStamp Stamp) loaded, params DependencyPath[] paths)
    {
        using var fill = cache.BeginFill(Key("k"), paths);
        return cache.Node!.MayUse(fill, paths, loaded.Epoch, loaded.Stamp);
    }

    private ZooCache Add(bool cut = false)
    {
        // Under another context, what waits goes on on other threads.
        SynchronizationContext.SetSynchronizationContext(null);
        _caches.Add(Cache(_time, options =>
        {
            options.ReadsStores = true;
            options.NodeTiming = new NodeTiming(() => ++_random);
            options.Log = _ => new Way(this, _log, cut, isSecond: _caches.Count == 1);
        }));
        var cache = _caches[^1];
        cache.Node!.Start();
        _cut = cut;
        return cache;
    }

    private sealed class RowFeed : INodeFeed
    {
        public int Id => 1;

        public bool HasOpenWrites => false;

        public bool IsSettled => true;

        public bool TryApply(ReadOnlySpan<byte> part, LogReading entry) => TryTouch(part, entry);

        public bool TryMeet(ReadOnlySpan<byte> part, LogReading entry) => TryTouch(part, entry);

        public bool TryTouch(ReadOnlySpan<byte> part, LogReading entry)
        {
            entry.Touch([TagPath.Parse($"row:{System.Text.Encoding.UTF8.GetString(part)}")]);
            return true;
        }

        public IDisposable? Mark(ReadOnlySpan<byte> part, LogReading entry) => null;

        public IReadOnlyList<byte[]> Coarsen(IReadOnlyList<ReadOnlyMemory<byte>> parts) => [];

        public bool TryLearn(ReadOnlySpan<byte> fact) => true;

        public IReadOnlyList<byte[]> Facts() => [];
    }

    /// <summary>The way of the last cache that was added may be cut, or hold what is read; that of the second be deaf, fail to read, or lead to another log.</summary>
    private sealed class Way(SharedAnswerTests test, MemoryLog first, bool canBeCut, bool isSecond) : IInvalidationLog
    {
        private MemoryLog Log => isSecond && test._second is { } other ? other : first;

        public IDisposable Subscribe(Action<LogEntry> announced) => first.Subscribe(entry =>
        {
            if (!(isSecond && test._deaf))
            {
                announced(entry);
            }
        });

        public Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken) => Log.JoinAsync(request, cancellationToken);

        public Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken)
            => canBeCut && test._cut ? Task.FromException<LogAppended>(new IOException("cut")) : Log.AppendAsync(request, cancellationToken);

        public Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken)
            => canBeCut && test._cut ? Task.FromException<LogState>(new IOException("cut")) : Log.TickAsync(request, cancellationToken);

        public async Task<LogPage> ReadAsync(ulong node, HlcStamp after, int atMost, CancellationToken cancellationToken)
        {
            if (test._holdsReads)
            {
                var let = new TaskCompletionSource();
                test._held = () =>
                {
                    test._holdsReads = false;
                    let.SetResult();
                };
                await let.Task;
            }

            if (isSecond && test._failsReads)
            {
                throw new IOException("read");
            }

            var page = await Log.ReadAsync(node, after, atMost, cancellationToken);
            return test._onlyNewer ? page with { Entries = [] } : page;
        }

        public Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken) => Log.LeaveAsync(node, cancellationToken);
    }
}
