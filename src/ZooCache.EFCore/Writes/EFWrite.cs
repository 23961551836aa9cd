using ZooCache.EFCore.Dependencies;

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
    private readonly HashSet<(string Table, bool MayDelete)> _tables = [];
    private bool _database;
    private WriteScope? _scope;
    private ITimer? _grace;
    private bool _completed;

    internal EFWrite(ZooCache cache, TableRegistry registry)
    {
        _cache = cache;
        _registry = registry;
    }

    /// <summary>Where the write's tables are known.</summary>
    internal TableRegistry Registry => _registry;

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
                    _tables.Add((image.Table, true));
                }

                _images.Clear();
                MapAll();
                return;
            }

            _images.AddRange(images);
            var paths = new List<TagPath>();
            foreach (var image in images)
            {
                _registry.Map(image, paths);
            }

            MarkAndBump(paths);
        }
    }

    /// <summary>Marks and bumps a whole table, and what the database may delete with its rows.</summary>
    internal void AddTable(string table, bool mayDelete)
    {
        lock (_gate)
        {
            _tables.Add((table, mayDelete));
            MapAll();
        }
    }

    /// <summary>Marks and bumps the whole database.</summary>
    internal void AddDatabase()
    {
        lock (_gate)
        {
            _database = true;
            MarkAndBump([_registry.Paths.Database]);
        }
    }

    /// <summary>Maps everything again; the registry has learnt of families or cascades.</summary>
    internal void MapAgain()
    {
        lock (_gate)
        {
            if (!_completed)
            {
                MapAll();
            }
        }
    }

    /// <summary>The outcome is certain: bumps, then unmarks. Later calls do nothing.</summary>
    internal void Complete()
    {
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            _completed = true;
            _grace?.Dispose();
            _scope?.Complete();
        }

        _registry.Close(this);
    }

    /// <summary>
    /// The outcome is unknown (a time-out or a lost connection while committing): bumps now, stays marked for a while
    /// because the database may still commit, then completes.
    /// </summary>
    internal void CompleteAfter(TimeSpan grace)
    {
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            _scope?.Rebump();
            _grace ??= _cache.Options.TimeProvider.CreateTimer(
                static state => ((EFWrite)state!).Complete(), this, grace, Timeout.InfiniteTimeSpan);
        }
    }

    private void MapAll()
    {
        var paths = new List<TagPath>();
        foreach (var image in _images)
        {
            _registry.Map(image, paths);
        }

        foreach (var (table, mayDelete) in _tables)
        {
            _registry.MapTable(table, mayDelete, paths);
        }

        if (_database)
        {
            paths.Add(_registry.Paths.Database);
        }

        MarkAndBump(paths);
    }

    private void MarkAndBump(List<TagPath> paths)
    {
        var span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(paths);
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
}
