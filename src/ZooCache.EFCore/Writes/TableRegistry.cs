using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Metadata;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// What one cache knows of the tables of one database from every model it has seen: the families that plans anchor on, and
/// what the database writes by itself. Writes are mapped to tags here, afresh at every bump, so that a context whose model
/// knows less can only invalidate more. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Registering a family while writes are in flight: they are mapped again under the registry's lock before the family's
/// first fill can pin a node, so that their marks cover it.
/// </remarks>
internal sealed class TableRegistry
{
    private static readonly ConditionalWeakTable<ZooCache, ConcurrentDictionary<EFPaths, TableRegistry>> Registries = [];

    private readonly Lock _gate = new();
    private readonly ConditionalWeakTable<IRelationalModel, object> _models = [];
    private readonly Dictionary<string, HashSet<Family>> _families = new(StringComparer.Ordinal);
    private readonly TableFacts _facts = new();
    private readonly HashSet<EFWrite> _open = [];
    private readonly ZooCache _cache;
    private volatile bool _hasWritingRoutines;

    private TableRegistry(ZooCache cache, EFPaths paths)
    {
        _cache = cache;
        Paths = paths;
    }

    /// <summary>The tags of the database.</summary>
    internal EFPaths Paths { get; }

    internal static TableRegistry Of(ZooCache cache, EFPaths paths)
        => Registries.GetValue(cache, static _ => new ConcurrentDictionary<EFPaths, TableRegistry>())
            .GetOrAdd(paths, static (p, c) => new TableRegistry(c, p), cache);

    /// <summary>Learns a model's tables; free when the model is known.</summary>
    internal void Register(IRelationalModel model)
    {
        if (_models.TryGetValue(model, out _))
        {
            return;
        }

        EFWrite[] inFlight;
        lock (_gate)
        {
            _facts.Learn(model);
            _hasWritingRoutines = _facts.HasWritingRoutines;
            foreach (var table in model.Tables)
            {
                if (Family.OfKey(table) is { } family)
                {
                    Add(family);
                }
            }

            inFlight = [.. _open];
        }

        // These were mapped without what this model knows. Outside the lock: a write maps while it holds its own.
        foreach (var write in inFlight)
        {
            write.MapAgain();
        }

        _models.AddOrUpdate(model, this);
    }

    /// <summary>Opens a write; it is in flight until <see cref="Close"/>.</summary>
    internal EFWrite Open()
    {
        var write = new EFWrite(_cache, this);
        lock (_gate)
        {
            _open.Add(write);
        }

        return write;
    }

    internal void Close(EFWrite write)
    {
        lock (_gate)
        {
            _open.Remove(write);
        }
    }

    /// <summary>Whether a model says of some procedure or function that it writes.</summary>
    internal bool HasWritingRoutines => _hasWritingRoutines;

    /// <summary>Whether a model says what a procedure or function writes.</summary>
    internal bool IsDeclared(string routine)
    {
        lock (_gate)
        {
            return _facts.IsDeclared(routine);
        }
    }

    /// <summary>A table's name as a model writes it.</summary>
    internal string NameOf(string table)
    {
        lock (_gate)
        {
            return _facts.NameOf(table);
        }
    }

    /// <summary>Adds the tags that an image bumps by what is known now.</summary>
    internal void Map(RowImage image, WriteTags tags)
    {
        lock (_gate)
        {
            // A trigger may write more to the row than the image says.
            if (_facts.HasTriggers(image.Table) || !_families.TryGetValue(image.Table, out var families))
            {
                tags.AddTable(image.Table);
            }
            else
            {
                foreach (var family in families)
                {
                    Map(image, family, tags);
                }
            }

            Follow(image.Table, mayDelete: image.Change == RowChange.Delete, mayChangeKeys: false, tags);
        }
    }

    /// <summary>Adds the tags that a write to unknown rows of a model's table bumps.</summary>
    internal void Map(TableWrite write, WriteTags tags)
    {
        lock (_gate)
        {
            MapTable(write.Table, write.MayDelete, _facts.MayChangeKeys(write.Table, write.Assigned), tags);
        }
    }

    /// <summary>Adds the tags that raw SQL bumps.</summary>
    internal void Map(SqlEffect effect, WriteTags tags)
    {
        lock (_gate)
        {
            foreach (var target in effect.Targets)
            {
                if (_facts.IsTable(target))
                {
                    MapTable(target.Table, target.MayDelete, _facts.MayChangeKeys(target.Table, target.Assigned), tags);
                }
                else if (_facts.IsDeclaredView(target))
                {
                    MapTable(target.Table, mayDelete: true, mayChangeKeys: true, tags);
                }
                else
                {
                    tags.AddDatabase();
                }
            }

            foreach (var routine in effect.Calls)
            {
                MapRoutine(routine, tags);
            }

            if (effect.Database)
            {
                tags.AddDatabase();
            }
        }
    }

    private void MapRoutine(string routine, WriteTags tags)
    {
        if (_facts.WrittenBy(routine) is not { } tables)
        {
            tags.AddDatabase();
            return;
        }

        foreach (var table in tables)
        {
            MapTable(table, mayDelete: true, mayChangeKeys: true, tags);
        }
    }

    private void MapTable(string table, bool mayDelete, bool mayChangeKeys, WriteTags tags)
    {
        tags.AddTable(table);
        Follow(table, mayDelete, mayChangeKeys, tags);
    }

    private static void Map(RowImage image, Family family, WriteTags tags)
    {
        if (image.KeyIsGenerated)
        {
            // The exact value follows once the store has made it. No row can hold it yet, so only look-ups that found
            // nothing are concerned, and they depend on new rows.
            tags.AddNewRows(image.Table);
            return;
        }

        if (image.Change != RowChange.Insert)
        {
            tags.Add(family, image.HashOf(family, old: true));
        }

        if (image.Change != RowChange.Delete)
        {
            tags.Add(family, image.HashOf(family, old: false));
        }
    }

    private void Follow(string table, bool mayDelete, bool mayChangeKeys, WriteTags tags)
    {
        if (!_facts.LeadsOn(table, mayDelete, mayChangeKeys))
        {
            return;
        }

        var reached = new HashSet<string>(StringComparer.Ordinal);
        if (!_facts.Follow(table, mayDelete, mayChangeKeys, reached))
        {
            tags.AddDatabase();
            return;
        }

        foreach (var other in reached)
        {
            tags.AddTable(other);
        }
    }

    private void Add(Family family)
    {
        if (!_families.TryGetValue(family.Table, out var families))
        {
            _families[family.Table] = families = [];
        }

        families.Add(family);
    }
}

/// <summary>A write to unknown rows of a table of a model.</summary>
/// <param name="Table">The folded name.</param>
/// <param name="MayDelete">Whether rows may go.</param>
/// <param name="Assigned">The folded names of the columns that are set; null if they aren't known.</param>
internal sealed record TableWrite(string Table, bool MayDelete, IReadOnlyCollection<string>? Assigned);
