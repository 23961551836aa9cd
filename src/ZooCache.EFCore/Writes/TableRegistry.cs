using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// What one cache knows of the tables of one database from every model it has seen: the families that plans anchor on, the cascades that
/// the database makes by itself, and triggers. Row images are mapped to tags here, afresh at every bump, so that a
/// context whose model knows less can only invalidate more. Safe for concurrent use.
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
    private readonly Dictionary<string, HashSet<Cascade>> _cascades = new(StringComparer.Ordinal);
    private readonly HashSet<string> _triggered = new(StringComparer.Ordinal);
    private readonly HashSet<EFWrite> _open = [];
    private readonly ZooCache _cache;

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
            foreach (var table in model.Tables)
            {
                Register(table);
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

    /// <summary>The tags that an image bumps by what is known now.</summary>
    internal void Map(RowImage image, ICollection<TagPath> paths)
    {
        lock (_gate)
        {
            if (_triggered.Contains(image.Table))
            {
                paths.Add(Paths.Database);
                return;
            }

            if (!_families.TryGetValue(image.Table, out var families))
            {
                paths.Add(Paths.Table(image.Table));
            }
            else
            {
                foreach (var family in families)
                {
                    Map(image, family, paths);
                }
            }

            if (image.Change == RowChange.Delete)
            {
                FollowCascades(image.Table, paths);
            }
        }
    }

    /// <summary>The tags that a write to unknown rows of a table bumps.</summary>
    internal void MapTable(string table, bool mayDelete, ICollection<TagPath> paths)
    {
        lock (_gate)
        {
            paths.Add(_triggered.Contains(table) ? Paths.Database : Paths.Table(table));
            if (mayDelete)
            {
                FollowCascades(table, paths);
            }
        }
    }

    private void Map(RowImage image, Family family, ICollection<TagPath> paths)
    {
        if (image.KeyIsGenerated)
        {
            // The exact value follows once the store has made it. No row can hold it yet, so only look-ups that found
            // nothing are concerned, and they depend on new rows.
            paths.Add(Paths.NewRows(image.Table));
            return;
        }

        if (image.Change != RowChange.Insert)
        {
            paths.Add(image.HashOf(family, old: true) is { } old ? Paths.Of(family, old) : Paths.Of(family));
        }

        if (image.Change != RowChange.Delete)
        {
            paths.Add(image.HashOf(family, old: false) is { } current ? Paths.Of(family, current) : Paths.Of(family));
        }
    }

    private void FollowCascades(string table, ICollection<TagPath> paths)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { table };
        var deleted = new Stack<string>([table]);
        while (deleted.TryPop(out var principal))
        {
            foreach (var cascade in _cascades.GetValueOrDefault(principal, []))
            {
                paths.Add(_triggered.Contains(cascade.Dependent) ? Paths.Database : Paths.Table(cascade.Dependent));
                if (cascade.Deletes && seen.Add(cascade.Dependent))
                {
                    deleted.Push(cascade.Dependent);
                }
            }
        }
    }

    private void Register(ITable table)
    {
        var name = TableName.Fold(table.Name);
        if (Family.OfKey(table) is { } family)
        {
            Get(_families, name).Add(family);
        }

        if (table.Triggers.Any())
        {
            _triggered.Add(name);
        }

        foreach (var key in table.ForeignKeyConstraints)
        {
            if (key.OnDeleteAction is ReferentialAction.Cascade or ReferentialAction.SetNull or ReferentialAction.SetDefault)
            {
                Get(_cascades, TableName.Fold(key.PrincipalTable.Name))
                    .Add(new Cascade(name, key.OnDeleteAction == ReferentialAction.Cascade));
            }
        }
    }

    private static HashSet<T> Get<T>(Dictionary<string, HashSet<T>> sets, string table)
        => sets.TryGetValue(table, out var set) ? set : sets[table] = [];

    private sealed record Cascade(string Dependent, bool Deletes);
}
