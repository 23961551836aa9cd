using System.Runtime.InteropServices;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// One write in flight: marked and bumped before the database is asked, bumped and unmarked when its outcome is certain
/// and before the caller hears of it. Safe for concurrent use.
/// </summary>
internal sealed class EFWrite
{
    private const int MaximumImages = 4096;

    private readonly Lock _gate = new();
    private readonly ZooCache _cache;
    private readonly TableRegistry _registry;
    private readonly List<RowImage> _images = [];
    private readonly HashSet<string> _bulk = new(StringComparer.Ordinal);
    private readonly List<TableWrite> _tables = [];
    private readonly HashSet<SqlEffect> _sql = [];
    private readonly HashSet<Action<InvalidationInfo>> _hooks = [];
    private InvalidationCauses _causes;
    private bool _database;
    private WriteScope? _scope;
    private ITimer? _timer;
    private bool _completed;

    internal EFWrite(ZooCache cache, TableRegistry registry)
    {
        _cache = cache;
        _registry = registry;
    }

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

    /// <summary>Marks and bumps what the images concern.</summary>
    internal void Add(IReadOnlyList<RowImage> images)
    {
        lock (_gate)
        {
            if (_images.Count + images.Count > MaximumImages)
            {
                // A bulk write: remembering its tables costs less than its rows, and invalidates more.
                foreach (var image in images.Concat(_images))
                {
                    if (_bulk.Add(image.Table))
                    {
                        _tables.Add(new TableWrite(image.Table, MayDelete: true, Assigned: []));
                    }
                }

                _images.Clear();
                MarkAndBump(Map());
                return;
            }

            _images.AddRange(images);
            var tags = new WriteTags(_registry.Paths);
            foreach (var image in images)
            {
                _registry.Map(image, tags);
            }

            MarkAndBump(tags);
        }
    }

    /// <summary>Marks and bumps a whole table, and what the database may write with it.</summary>
    internal void Add(TableWrite table)
    {
        lock (_gate)
        {
            _tables.Add(table);
            var tags = new WriteTags(_registry.Paths);
            _registry.Map(table, tags);
            MarkAndBump(tags);
        }
    }

    /// <summary>Marks and bumps what a text of SQL may write.</summary>
    internal void Add(SqlEffect effect)
    {
        lock (_gate)
        {
            _sql.Add(effect);
            var tags = new WriteTags(_registry.Paths);
            _registry.Map(effect, tags);
            MarkAndBump(tags);
        }
    }

    /// <summary>Marks and bumps the whole database.</summary>
    internal void AddDatabase()
    {
        lock (_gate)
        {
            _database = true;
            var tags = new WriteTags(_registry.Paths);
            tags.AddDatabase();
            MarkAndBump(tags);
        }
    }

    /// <summary>Maps everything again; the registry has learnt of families, cascades or triggers.</summary>
    internal void MapAgain()
    {
        lock (_gate)
        {
            if (!_completed)
            {
                MarkAndBump(Map());
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
            _scope?.Complete();
        }

        _registry.Close(this);
        Tell();
    }

    /// <summary>
    /// The outcome is unknown (a time-out or a lost connection while committing): bumps now, stays marked for a while
    /// because the database may still commit, then completes.
    /// </summary>
    internal void CompleteAfter(TimeSpan grace)
    {
        lock (_gate)
        {
            if (!_completed)
            {
                _scope?.Rebump([], []);
                SetTimer(static write => write.Complete(), grace);
            }
        }
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
        lock (_gate)
        {
            if (!_completed)
            {
                _scope?.Rebump([], []);
                _cache.Counters.OverdueWrites.Increment();
            }
        }
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

    private WriteTags Map(bool describes = false)
    {
        var tags = new WriteTags(_registry.Paths, describes);
        foreach (var image in _images)
        {
            _registry.Map(image, tags);
        }

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

    private void MarkAndBump(WriteTags tags)
    {
        var span = CollectionsMarshal.AsSpan(tags.Paths);
        if (_completed)
        {
            // The connection was closed under the write: nothing is left to wait for.
            _cache.BeginWrite(span).Complete();
        }
        else if (_scope is null)
        {
            _scope = _cache.BeginWrite(span);
        }
        else
        {
            _scope.Add(span);
        }
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
