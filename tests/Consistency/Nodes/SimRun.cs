namespace ZooCache.Consistency.Tests.Nodes;

/// <summary>What runs have come to.</summary>
internal sealed class SimTotals
{
    internal long Reads { get; set; }

    internal long Hits { get; set; }

    internal long StrictReads { get; set; }

    internal long StrictHits { get; set; }

    internal long TokenReads { get; set; }

    internal long TokenHits { get; set; }

    internal long SharedHits { get; set; }

    internal long Bypasses { get; set; }

    internal long Writes { get; set; }

    /// <summary>Hits that were late about what a process wrote that had never reached the log.</summary>
    internal long Unheard { get; set; }

    internal long Epochs { get; set; }

    public override string ToString()
        => string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"reads {Reads}, hits {100.0 * Hits / Reads:F1} %, bypassed {100.0 * Bypasses / Reads:F1} %; strict reads {StrictReads}, hits {100.0 * StrictHits / Math.Max(1, StrictReads):F1} %; with a token {TokenReads}, hits {100.0 * TokenHits / Math.Max(1, TokenReads):F1} %; from the store {100.0 * SharedHits / Reads:F1} %; writes {Writes}, memberships {Epochs}, unheard {Unheard}");
}

/// <summary>
/// One schedule: some nodes read and write for some seconds of virtual time, while ways are lost and cut, processes paused and killed,
/// clocks set, and the server stopped and restored. Each hit is held against what the database was.
/// </summary>
internal sealed class SimRun
{
    private static readonly TimeSpan Storm = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan End = TimeSpan.FromSeconds(13);

    private readonly SimScheduler _scheduler;
    private readonly SimServer _server;
    private readonly SimWeather _weather;
    private readonly SimDatabase _database = new();
    private readonly SimTotals _totals;
    private readonly List<SimNode> _nodes = [];
    private readonly List<SimWrite> _writes = [];
    private readonly NodeOptions _options;
    private readonly bool _mayStandStill;
    private readonly Dictionary<SimNode, long> _leftAlone = [];
    private readonly double _writePercent;
    private readonly Trouble[] _themes;
    private readonly bool _isContended;
    private readonly SimStore? _store;
    private string? _wrong;

    internal SimRun(int seed, SimTotals totals)
    {
        _totals = totals;
        _scheduler = new SimScheduler(seed);
        _server = new SimServer(_scheduler, capacity: _scheduler.Chance(30) ? 20 : 10_000);
        _weather = new SimWeather(_scheduler) { ClearFrom = Storm.Ticks };
        _mayStandStill = _scheduler.Chance(50);

        // Everybody writes one row, and takes long over it: what one believes of it is wrong, and another hears of that first or late.
        _isContended = _scheduler.Chance(35);

        // Each schedule has its few troubles, and those often.
        _themes = _isContended ? [Trouble.Cut, Trouble.Cut, Trouble.Hostile] : _scheduler.Random.GetItems(Enum.GetValues<Trouble>(), 3);

        // With few writes, what one of them left behind stands for long.
        _writePercent = _isContended ? 10 : _scheduler.Random.Next(3) switch { 0 => 15, 1 => 4, _ => 1 };
        _options = new NodeOptions
        {
            Consistency = !_isContended && seed % 2 == 0 ? CacheConsistency.Strict : CacheConsistency.Eventual,
            HeartbeatInterval = TimeSpan.FromMilliseconds(100),
            MaxStaleness = TimeSpan.FromMilliseconds(300),
            LeaseTime = TimeSpan.FromMilliseconds(400),
            SuspectTime = TimeSpan.FromMilliseconds(3000),
            RequestTimeout = TimeSpan.FromMilliseconds(150),
            TokenWait = TimeSpan.FromMilliseconds(80),
            MaxClockSkew = TimeSpan.FromSeconds(5),
            OutboxLimit = _scheduler.Chance(20) ? 3 : 1000,
        };
        _store = _scheduler.Chance(60) ? new SimStore(_scheduler) : null;
    }

    /// <summary>Runs it; the first wrong answer, or null.</summary>
    internal string? Run()
    {
        // What goes on goes on here, at once: nobody else's order of things counts.
        SynchronizationContext.SetSynchronizationContext(null);
        for (var i = _isContended ? 5 : 3 + _scheduler.Random.Next(3); i > 0; i--)
        {
            AddNode();
        }

        var faults = _isContended ? 30 : _scheduler.Random.Next(1, 20);
        for (var i = 0; i < faults; i++)
        {
            _scheduler.At((long)(_scheduler.Random.NextDouble() * Storm.Ticks), Fault);
        }

        for (var i = _isContended ? 8 : 0; i > 0; i--)
        {
            _scheduler.At((long)(_scheduler.Random.NextDouble() * Storm.Ticks), () => _ = Watch(Plot()));
        }

        _scheduler.At(Storm.Ticks, () =>
        {
            _server.Start("all");
            foreach (var node in _nodes)
            {
                node.Log.IsFull = false;
                node.Log.Mend();
            }
        });
        _scheduler.RunUntil(End);
        foreach (var node in _nodes.Where(n => !n.Process.IsDead))
        {
            Settled(node);
            _totals.Epochs += node.Cache.Counters.Memberships.Value;
        }

        _nodes.ForEach(n => n.Cache.Dispose());
        return _wrong;
    }

    private SimNode MakeNode()
    {
        var node = new SimNode(_scheduler, _server, _database, _weather, _options, takesLong: _isContended ? 70 : 25);
        _nodes.Add(node);
        return node;
    }

    private void AddNode()
    {
        var node = MakeNode();
        node.Process.After(_scheduler.Between(0, _scheduler.Chance(50) ? 5 : _isContended ? 6000 : 2000), () =>
        {
            node.Begin();
            _ = Watch(Client(node));
            if (!_isContended)
            {
                // Two that write one row on one node believe nothing of it.
                _ = Watch(Client(node));
            }
        });
        node.Process.After(_scheduler.Between(0, 3000), node.LearnGroups);
    }

    private async Task Client(SimNode node)
    {
        while (_wrong is null)
        {
            await node.Process.Delay(_scheduler.Between(1, 60));
            await (_scheduler.Chance(_writePercent) && _scheduler.Now < Storm.Ticks + TimeSpan.FromSeconds(1).Ticks ? Write(node) : Read(node));
        }
    }

    private async Task Watch(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception exception)
        {
            _wrong ??= exception.ToString();
        }
    }

    private Task Write(SimNode node) => Write(node, _isContended ? 1 : _scheduler.Random.Next(1, SimDatabase.Rows + 1));

    private async Task Write(SimNode node, int row, TimeSpan? hold = null)
    {
        var write = new SimWrite(node, row);
        _writes.Add(write);
        _totals.Writes++;
        await node.Write(_scheduler.Random.Next(SimDatabase.Groups), write, hold);
    }

    private Task Read(SimNode node)
        => Read(node, _isContended && _scheduler.Chance(70) ? new SimQuery(false, _scheduler.Random.Next(SimDatabase.Groups)) : SimQuery.All[_scheduler.Random.Next(SimQuery.All.Count)]);

    private async Task Read(SimNode node, SimQuery query)
    {
        var start = _scheduler.Now;
        _totals.Reads++;
        var strict = _options.IsStrict && _scheduler.Chance(60);
        var seen = _scheduler.Chance(15) ? _writes.LastOrDefault(w => w.Returned is not null) : null;
        _totals.StrictReads += strict ? 1 : 0;
        _totals.TokenReads += seen is null ? 0 : 1;
        var may = strict ? await node.Node.ConfirmAsync() : node.Node.IsConfirmed;
        may = may && (seen is null || await node.Node.ReachAsync(seen.Token!));
        if (!may)
        {
            _totals.Bypasses++;
        }
        else if (node.TryGet(query, out var answer, withToken: seen is not null))
        {
            _totals.Hits++;
            _totals.StrictHits += strict ? 1 : 0;
            _totals.TokenHits += seen is null ? 0 : 1;
            Judge(node, query, answer, start, strict, seen);
        }
        else if (await node.Load(query, seen is null ? _store : null) is { } kept)
        {
            _totals.SharedHits++;
            Judge(node, query, kept, start, strict, seen);
        }
    }

    private void Judge(SimNode node, SimQuery query, SimAnswer answer, long start, bool strict, SimWrite? seen)
    {
        var allowed = (_options.LeaseTime + _options.MaxStaleness + TimeSpan.FromMilliseconds(2)).Ticks;
        foreach (var (write, cause) in _database.NotIn(query, answer))
        {
            var isCauseDue = cause is null || cause.Told + allowed < start;
            var late = strict && write.Committed < start ? "strict"
                : seen is not null && (write == seen || (write.Node == seen.Node && write.Returned <= seen.Committed)) ? "token"
                : write.Node == node.Node.Id && write.Returned < start && (isCauseDue || cause!.Node == node.Node.Id) ? "own"
                : node.HasApplied(write) && (isCauseDue || node.HasApplied(cause!)) ? "applied"
                : write.Told + allowed < start && isCauseDue ? "late"
                : null;
            if (late is "late" or "strict" && !write.IsOfMember)
            {
                _totals.Unheard++;
            }
            else if (late is not null)
            {
                _wrong ??= $"{late}: {query} on node {_nodes.IndexOf(node)} was '{answer}' at {At(start)}, written at {At(write.Committed)} by node {_nodes.FindIndex(n => n.Node.Id == write.Node)}, returned {At(write.Returned)}, stopped {At(write.Stopped)}; now '{_database.Ask(query)}'{(seen is null ? "" : $"; asked for {seen.Token} of {At(seen.Committed)}, this write's is {write.Token}, node at {node.Node.Position}")}";
                return;
            }
        }
    }

    /// <summary>Once nothing goes wrong any more, everybody knows everything, and nothing is left standing.</summary>
    private void Settled(SimNode node)
    {
        var (_, applied, toTell) = node.Node.Position;
        var isBehind = applied != _server.Head && _server.LastAppended < End.Ticks - (3 * _options.HeartbeatInterval.Ticks);
        if (toTell != 0 || isBehind || !node.Node.IsConfirmed || node.Cache.Trie.MarkCount != 0)
        {
            _wrong ??= $"node {_nodes.IndexOf(node)} hasn't settled: {toTell} to tell, at {applied} of {_server.Head}, confirmed {node.Node.IsConfirmed}, {node.Cache.Trie.MarkCount} marks";
        }

        foreach (var query in SimQuery.All)
        {
            if (node.TryGet(query, out var answer) && !answer.Equals(_database.Ask(query)))
            {
                _wrong ??= $"in the end {query} on node {_nodes.IndexOf(node)} is '{answer}' instead of '{_database.Ask(query)}'";
            }
        }
    }

    private void Fault()
    {
        var alive = _nodes.Where(n => !n.Process.IsDead).ToList();
        if (alive.Count == 0)
        {
            return;
        }

        var node = alive[_scheduler.Random.Next(alive.Count)];
        switch (_themes[_scheduler.Random.Next(_themes.Length)])
        {
            case Trouble.Cut when MayGoOut(node):
                node.Log.Cut();
                _scheduler.After(_scheduler.Between(20, _isContended ? 350 : 1500), node.Log.Mend);
                break;
            case Trouble.Pause when MayGoOut(node):
                Stop(node.Process);
                node.Process.Pause(_scheduler.Between(20, 1500), _mayStandStill && _scheduler.Chance(50));
                break;
            case Trouble.Kill when MayGoOut(node):
                Stop(node.Process);
                node.Process.Kill();
                _scheduler.After(_scheduler.Between(10, 1000), AddNode);
                break;
            case Trouble.Full:
                node.Log.IsFull = true;
                _scheduler.After(_scheduler.Between(100, 2500), () => node.Log.IsFull = false);
                break;
            case Trouble.Clock:
                node.Process.Skew += _mayStandStill ? _scheduler.Between(0, 600_000) : _scheduler.Between(-600_000, 600_000);
                break;
            case Trouble.Hostile:
                var applied = node.Node.Position.Applied;
                node.Log.Inject(_scheduler.Random.Next(4) switch
                {
                    0 => OfThePast(node),
                    1 => new LogEntry(new HlcStamp(applied.Value + 70_001), applied, LogEntryKind.Change, 1, 1, 1, 0, new byte[] { 1, 200 }),
                    2 => new LogEntry(HlcStamp.Maximum, applied, (LogEntryKind)77, 1, 1, 1, 0, default),
                    _ => new LogEntry(HlcStamp.Maximum, HlcStamp.Maximum, LogEntryKind.Gone, 1, 1, 1, 0, default),
                });
                break;
            case Trouble.Restart when _server.IsUp:
                _server.Save();
                _scheduler.After(_scheduler.Between(1, 800), () =>
                {
                    _server.Stop();
                    var with = _scheduler.Random.Next(3) switch { 0 => "all", 1 => "less", _ => "nothing" };
                    _scheduler.After(_scheduler.Between(1, 600), () => _server.Start(with));
                });
                break;
        }
    }

    /// <summary>
    /// One reads a row, and takes long to write it; meanwhile it hears nothing, and another moves the row. A third begins to take part after that, so
    /// that it doesn't know of it either, asks for where the row is now, and hears of the first one's write with what that wrongly believes.
    /// </summary>
    private async Task Plot()
    {
        var alive = _nodes.Where(n => n.Process is { IsDead: false, IsPaused: false } && n.Node.IsConfirmed).ToArray();
        _scheduler.Random.Shuffle(alive);
        if (alive is not [var mistaken, var mover, var reader, ..] || !MayGoOut(mistaken))
        {
            return;
        }

        var isNew = _scheduler.Chance(50);
        if (isNew)
        {
            reader = MakeNode();
            await _scheduler.Delay(_scheduler.Between(20, 40));
        }

        // Rows that nobody else writes in these schedules.
        var row = _scheduler.Random.Next(2, SimDatabase.Rows + 1);
        var writing = Write(mistaken, row, hold: _scheduler.Between(60, 200));
        await _scheduler.Delay(_scheduler.Between(3, 8));
        mistaken.Log.Cut();
        await Write(mover, row, hold: TimeSpan.Zero);
        await _scheduler.Delay(_scheduler.Between(0, 20));
        if (isNew)
        {
            reader.Begin();
            reader.LearnGroups();
            _ = Watch(Client(reader));
        }
        else
        {
            reader.Log.Inject(OfThePast(reader));
        }

        await _scheduler.Delay(_scheduler.Between(5, 30));
        for (var i = 0; i < 3; i++)
        {
            await Read(reader, new SimQuery(false, _database.GroupOf(row)));
        }

        await _scheduler.Delay(_scheduler.Between(0, 200));
        mistaken.Log.Mend();
        await writing;
        for (var i = 0; i < 10; i++)
        {
            await reader.Process.Delay(_scheduler.Between(1, 20));
            await Read(reader, new SimQuery(false, _scheduler.Random.Next(SimDatabase.Groups)));
        }
    }

    /// <summary>An announcement of something that isn't in the log: whoever hears it joins anew.</summary>
    private static LogEntry OfThePast(SimNode node)
        => new(new HlcStamp(node.Node.Position.Applied.Value - 1), HlcStamp.None, LogEntryKind.Change, 1, 1, 1, 0, default);

    /// <summary>A node that was out of reach is left alone until it has been back for a while: nobody who is out for longer than the time for
    /// which nodes are suspected can be waited for.</summary>
    private bool MayGoOut(SimNode node)
    {
        var isLeftAlone = _scheduler.Now < _leftAlone.GetValueOrDefault(node);
        if (!isLeftAlone)
        {
            _leftAlone[node] = _scheduler.Now + TimeSpan.FromMilliseconds(_isContended ? 500 : 2500).Ticks;
        }

        return !isLeftAlone;
    }

    private void Stop(SimProcess process)
    {
        foreach (var write in _writes.Where(w => w.Writer.Process == process && w.Committed is not null))
        {
            write.Stopped ??= _scheduler.Now;
        }
    }

    private enum Trouble
    {
        Cut,
        Pause,
        Kill,

        /// <summary>The log takes in nothing from a node.</summary>
        Full,
        Clock,

        /// <summary>Somebody else announces something.</summary>
        Hostile,
        Restart,
    }

    private static string At(long? ticks) => ticks is { } t ? $"{t / (double)TimeSpan.TicksPerMillisecond:F1} ms" : "never";
}
