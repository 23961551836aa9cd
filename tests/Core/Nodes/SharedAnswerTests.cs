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
            options.Log = _ => new Way(this, _log, cut);
        }));
        var cache = _caches[^1];
        cache.Node!.Start();
        _cut = cut;
        return cache;
    }

    /// <summary>The way of the last cache that was added may be cut, or hold what is read.</summary>
    private sealed class Way(SharedAnswerTests test, MemoryLog log, bool canBeCut) : IInvalidationLog
    {
        public IDisposable Subscribe(Action<LogEntry> announced) => log.Subscribe(announced);

        public Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken) => log.JoinAsync(request, cancellationToken);

        public Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken)
            => canBeCut && test._cut ? Task.FromException<LogAppended>(new IOException("cut")) : log.AppendAsync(request, cancellationToken);

        public Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken)
            => canBeCut && test._cut ? Task.FromException<LogState>(new IOException("cut")) : log.TickAsync(request, cancellationToken);

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

            var page = await log.ReadAsync(node, after, atMost, cancellationToken);
            return test._onlyNewer ? page with { Entries = [] } : page;
        }

        public Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken) => log.LeaveAsync(node, cancellationToken);
    }
}
