using System.Runtime.InteropServices;
using ZooCache.EFCore.Nodes;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// One write in flight: marked and bumped before the database is asked, bumped and unmarked when its outcome is certain
/// and before the caller hears of it. Safe for concurrent use.
/// </summary>
/// <remarks>
/// <para>What an image says of a row as it was read counts as long as nobody else has bumped the row's witness: at the first bump
/// since the read, and at the last and those in between that may bump the witness themselves, since the one before. Look and bump
/// are one step
/// (<see cref="TagTrie.Bump(ReadOnlySpan{TagPath}, ReadOnlySpan{UnchangedSince}, Span{bool}, string, System.Diagnostics.ActivityContext)"/>). An image that has lost
/// its condition is mapped again, which bumps whole families in place of the values that it was believed to have. Two writes of
/// one row that are under way at once doubt each other as soon as the second begins.</para>
/// <para>Why that is enough: whoever has changed what was read of the row in between has bumped its witness before its commit, and again after it,
/// and keeps what the row was and became marked from the one to the other. If that second bump comes before this write's
/// last, it is seen here; if it comes after, no answer that the row was or became part of could be stored before this
/// write's commit.</para>
/// </remarks>
internal sealed class EFWrite
{
    private const int MostExact = 4;

    private readonly Lock _gate = new();
    private readonly ZooCache _cache;
    private readonly TableRegistry _registry;
    private readonly bool _isElsewhere;
    private readonly WrittenRows _rows;
    private readonly List<TableWrite> _tables = [];
    private readonly HashSet<SqlEffect> _sql = [];
    private readonly HashSet<Action<InvalidationInfo>> _hooks = [];
    private InvalidationCauses _causes;
    private UntoldWrite? _untold;
    private bool _database;
    private WriteScope? _scope;
    private ITimer? _timer;
    private bool _completed;
    private bool _isUnannounced;
    private Task _announcement = Task.CompletedTask;
    private int _announced;
    private (ulong Epoch, HlcStamp Stamp) _seen;
    private HashSet<string>? _announcedTables;

    /// <param name="cache">The cache.</param>
    /// <param name="registry">Where its tables are known.</param>
    /// <param name="isElsewhere">Whether another node makes the write, and has told of it.</param>
    internal EFWrite(ZooCache cache, TableRegistry registry, bool isElsewhere)
    {
        _isElsewhere = isElsewhere;
        _cache = cache;
        _registry = registry;
        _rows = new WrittenRows(registry);
    }

    /// <summary>Whether another node makes the write.</summary>
    internal bool IsElsewhere => _isElsewhere;

    /// <summary>Where the write's tables are known.</summary>
    internal TableRegistry Registry => _registry;

    /// <summary>Says what writes, and who is told when the write is complete.</summary>
    internal void CausedBy(InvalidationCauses cause, Action<InvalidationInfo>? hook)
    {
        lock (_gate)
        {
            _causes |= cause;
            if (hook is not null)
            {
                _hooks.Add(hook);
            }
        }
    }

    /// <summary>Whether what the store makes of inserted rows is told before the commit, so that their first images may be drafts. Used by the thread that
    /// saves.</summary>
    internal bool AwaitsGenerated { get; set; }

    /// <summary>What the store makes may be committed before it is told: marks and bumps what drafts have spared.</summary>
    internal void EndDrafts()
    {
        if (AwaitsGenerated)
        {
            AwaitsGenerated = false;
            Widen(tags =>
            {
                _rows.EndDrafts(tags);
                return [];
            });
        }
    }

    /// <summary>Whether the table is written as a whole by now, so that a further row adds nothing.</summary>
    internal bool Covers(string table, RowChange change)
    {
        lock (_gate)
        {
            return _rows.Covers(table, change);
        }
    }

    /// <summary>Marks and bumps what the images concern.</summary>
    internal void Add(IReadOnlyList<RowImage> images)
        => Widen(tags =>
        {
            _isUnannounced |= _announcedTables is null || images.Any(i => !_announcedTables.Contains(i.Table));
            return _rows.Add(images, tags);
        });

    /// <summary>Marks and bumps a whole table, and what the database may write with it.</summary>
    internal void Add(TableWrite table)
        => Widen(tags =>
        {
            _isUnannounced |= _announcedTables?.Contains(table.Table) != true;
            _tables.Add(table);
            _registry.Map(table, tags);
            return [];
        });

    /// <summary>Marks and bumps what a text of SQL may write.</summary>
    internal void Add(SqlEffect effect)
        => Widen(tags =>
        {
            _isUnannounced |= _sql.Add(effect);
            _registry.Map(effect, tags);
            return [];
        });

    /// <summary>Marks and bumps the whole database.</summary>
    internal void AddDatabase()
        => Widen(tags =>
        {
            _isUnannounced |= !_database;
            _database = true;
            tags.AddDatabase();
            return [];
        });

    /// <summary>Two writes of one row are under way, and neither knows what the other makes of it: doubts what this one believes
    /// of what the other has bumped.</summary>
    /// <param name="other">The other write.</param>
    /// <param name="beliefs">Which beliefs; null for all.</param>
    internal void DoubtWrittenBy(EFWrite other, List<Belief>? beliefs)
        => DoubtUnless(beliefs, belief => other._scope?.Covers(belief.Tag) != true);

    /// <summary>Doubts what somebody else has bumped since this write has.</summary>
    internal void DoubtChanged(List<Belief> beliefs)
        => DoubtUnless(beliefs, belief => _cache.Trie.IsValid(new DependencyPath(belief.Tag, Subtree: false), belief.Fence));

    /// <summary>Maps everything again; the registry has learnt of families, cascades or triggers.</summary>
    internal void MapAgain()
    {
        lock (_gate)
        {
            if (!_completed)
            {
                MarkAndBump(Map(), []);
            }
        }
    }

    /// <summary>The outcome is certain: bumps, then unmarks, then tells. Later calls do nothing.</summary>
    internal void Complete()
    {
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            _completed = true;
            _timer?.Dispose();
            See();
            if (_scope is { } scope)
            {
                var believed = _rows.Beliefs();
                var held = new bool[believed.Count];
                if (!scope.TryComplete(Conditions(believed), held))
                {
                    Doubt(believed, held);
                    scope.Complete();
                }
            }
        }

        _registry.Close(this);
        Publish();
        Tell();
    }

    /// <summary>What the other nodes were told last; null if there are none, or nothing was written.</summary>
    internal Publication? Told { get; private set; }

    /// <summary>The number under which the other nodes were told of it before it could commit; 0 if they weren't.</summary>
    internal ulong Mark { get; private set; }

    /// <summary>
    /// Tells the other nodes what has been added since they were told last, where the log asks for it, and ends once it may be committed. To be
    /// called before each command that may write: a commit on the raw connection is seen by nobody. From the <see cref="MostExact"/>th on,
    /// whole tables are named, so that a long transaction isn't told again and again.
    /// </summary>
    internal Task AnnounceAsync(CancellationToken cancellationToken = default) => BeginAnnouncement().WaitAsync(cancellationToken);

    /// <summary>As the other, and blocks.</summary>
    internal void Announce() => BeginAnnouncement().GetAwaiter().GetResult();

    private Task BeginAnnouncement()
    {
        if (_cache.Node is not { IsStrict: true } node)
        {
            return Task.CompletedTask;
        }

        ChangePart part;
        ulong number;
        lock (_gate)
        {
            if (!_isUnannounced || _completed)
            {
                // Whoever was cancelled while it waited may come again.
                return _announcement;
            }

            _isUnannounced = false;
            part = Part(node);
            if (++_announced >= MostExact)
            {
                part = part.Coarsened();
                _announcedTables = [.. part.Tables.Select(t => t.Table)];
            }

            number = Mark = Mark == 0 ? node.NextWrite() : Mark;
        }

        return QueueMark(node, part, number);
    }

    /// <summary>Not under the lock, which is taken within the node's.</summary>
    private Task QueueMark(CacheNode node, ChangePart part, ulong number)
    {
        var announcement = node.MarkAsync(EFFeed.MessageOf(part), number);
        lock (_gate)
        {
            _announcement = announcement;
            if (!_completed)
            {
                return announcement;
            }
        }

        // It has ended in between (a transaction that times out does so on another thread), and its end was told before.
        Publish();
        return announcement;
    }

    /// <summary>Tells the other nodes. Not under the lock, which is taken within the node's.</summary>
    private void Publish()
    {
        if (_cache.Node is not { } node || _isElsewhere)
        {
            return;
        }

        var part = PartNow(node);
        if (part.IsAnything || Mark != 0)
        {
            Told = node.Publish(EFFeed.MessageOf(part), Mark, _untold);
        }
        else
        {
            _untold?.Met();
        }
    }

    /// <summary>
    /// The outcome is unknown (a time-out or a lost connection while committing): bumps now, stays marked for a while
    /// because the database may still commit, then completes. So it does on other nodes.
    /// </summary>
    internal void CompleteAfter(TimeSpan grace)
    {
        lock (_gate)
        {
            if (!_completed)
            {
                Rebump();
                SetTimer(static write => write.Complete(), grace);
            }
        }

        Stand();
    }

    /// <summary>Nobody may see this write's end: if it hasn't come by then, bumps and counts it; it stays marked until its
    /// connection closes.</summary>
    internal void Watch(TimeSpan deadline)
    {
        lock (_gate)
        {
            if (!_completed && _timer is null)
            {
                SetTimer(static write => write.Overdue(), deadline);
            }
        }
    }

    private void Overdue()
    {
        string causes;
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            Rebump();
            causes = $"{_causes}";
        }

        _cache.Counters.WriteOverdue(causes);

        Stand();
    }

    /// <summary>It may yet be committed, at any time until it is completed: other nodes are told so, if they don't know.</summary>
    private void Stand()
    {
        if (_cache.Node is not { } node || _isElsewhere)
        {
            return;
        }

        ChangePart part;
        ulong number;
        lock (_gate)
        {
            part = Part(node);
            if (_completed || Mark != 0 || !part.IsAnything)
            {
                return;
            }

            number = Mark = node.NextWrite();
        }

        _ = QueueMark(node, part, number);
    }

    private void SetTimer(Action<EFWrite> elapsed, TimeSpan due)
    {
        _timer?.Dispose();

        // The timer outlives the call: it must not keep the caller's ambient values alive.
        using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
        {
            _timer = _cache.Options.TimeProvider.CreateTimer(
                static state =>
                {
                    var (write, act) = ((EFWrite, Action<EFWrite>))state!;
                    act(write);
                },
                (this, elapsed), due, Timeout.InfiniteTimeSpan);
        }
    }

    private ChangePart PartNow(CacheNode node)
    {
        lock (_gate)
        {
            return Part(node);
        }
    }

    private ChangePart Part(CacheNode node) => ChangePart.Of(node, _registry.Paths.Name, _seen, _database, _rows.All(), _tables, _sql);

    /// <summary>Takes in what the write touches besides, and what it believes of it.</summary>
    private void Widen(Func<WriteTags, List<Belief>> add)
    {
        List<Belief> added;
        bool isLate;
        lock (_gate)
        {
            var tags = new WriteTags(_registry.Paths);
            added = add(tags);
            isLate = _completed;
            if (isLate)
            {
                // Once the connection was closed under the write, nothing is left to wait for: this only bumps, and is told at once.
                _untold = BeginUntold();
                _scope = _cache.OpenWrite($"{_causes}", _untold);
            }

            MarkAndBump(tags, added);
        }

        _registry.Contest(this, added);
        if (isLate)
        {
            Publish();
        }
    }

    private WriteTags Map(bool describes = false)
    {
        var tags = new WriteTags(_registry.Paths, describes);
        _rows.Map(tags);
        foreach (var table in _tables)
        {
            _registry.Map(table, tags);
        }

        foreach (var effect in _sql)
        {
            _registry.Map(effect, tags);
        }

        if (_database)
        {
            tags.AddDatabase();
        }

        return tags;
    }

    private void MarkAndBump(WriteTags tags, List<Belief> added)
    {
        _scope ??= _cache.OpenWrite(_isElsewhere ? "Elsewhere" : $"{_causes}", _untold ??= BeginUntold(), _isElsewhere ? InvalidationFeed.Log : InvalidationFeed.Write);

        // What covers rows that were written before (a cascade to their table) is this write's own bump of their keys.
        var believed = _rows.Beliefs(tags, added);
        var held = new bool[believed.Count];
        var sequence = _scope.Add(CollectionsMarshal.AsSpan(tags.Paths), Conditions(believed), held);
        Note(believed, held, sequence);
        if (_completed)
        {
            _scope.Complete();
        }
    }

    private UntoldWrite? BeginUntold() => _isElsewhere ? null : _cache.Node?.Untold?.Begin();

    /// <summary>What of the log is applied here before the write's last bump: of what comes after, others may not know how it relates to it.</summary>
    private void See() => _seen = _cache.Node?.SeenAt(_cache.Trie.Sequence) ?? default;

    private void Rebump()
    {
        See();
        if (_scope is { } scope)
        {
            var believed = _rows.Beliefs();
            var held = new bool[believed.Count];
            Note(believed, held, scope.Rebump(Conditions(believed), held));
        }
    }

    /// <summary>What held is believed since this write's bump from now on; the others are doubted.</summary>
    private void Note(List<Belief> believed, bool[] held, long sequence)
    {
        for (var i = 0; i < believed.Count; i++)
        {
            believed[i].Fence = sequence;
        }

        if (held.Contains(false))
        {
            Doubt(believed, held);
        }
    }

    private void DoubtUnless(List<Belief>? beliefs, Func<Belief, bool> holds)
    {
        lock (_gate)
        {
            var believed = beliefs ?? _rows.Beliefs();
            if (!_completed && believed.Exists(b => b.Holds && !holds(b)))
            {
                Doubt(believed, [.. believed.Select(b => b.Holds && holds(b))]);
            }
        }
    }

    private void Doubt(List<Belief> believed, bool[] held)
    {
        var tags = new WriteTags(_registry.Paths);
        for (var i = 0; i < believed.Count; i++)
        {
            believed[i].Holds &= held[i];
        }

        for (var i = 0; i < believed.Count; i++)
        {
            if (!held[i] && believed[i].Row is { } row)
            {
                _rows.Map(row, tags);
            }
        }

        _scope!.Add(CollectionsMarshal.AsSpan(tags.Paths));
    }

    private static UnchangedSince[] Conditions(List<Belief> beliefs)
    {
        var conditions = new UnchangedSince[beliefs.Count];
        for (var i = 0; i < conditions.Length; i++)
        {
            conditions[i] = beliefs[i].Condition;
        }

        return conditions;
    }

    private void Tell()
    {
        if (_hooks.Count == 0)
        {
            return;
        }

        WriteTags tags;
        lock (_gate)
        {
            tags = Map(describes: true);
        }

        if (tags.Paths.Count > 0)
        {
            var info = new InvalidationInfo(
                _causes, tags.IsDatabase, [.. tags.Tables.Select(t => new InvalidatedTable(_registry.NameOf(t.Key), t.Value))], []);
            foreach (var hook in _hooks)
            {
                InvalidationHook.Call(_cache, hook, info);
            }
        }
    }
}
