using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Metadata;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Explanations;
using ZooCache.EFCore.Nodes;
using ZooCache.EFCore.Origins;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// What one cache knows of the tables of one database from every model it has seen: the families that plans anchor on, and
/// what the database writes by itself. Writes are mapped to tags here, afresh at every bump, so that a context whose model
/// knows less can only invalidate more. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A family counts as usable only once every write in flight has been mapped again with it, so that their marks cover it
/// before its first fill can pin a node. Until then queries depend on the table.
/// </remarks>
internal sealed class TableRegistry
{
    /// <summary>A write is mapped to each family of its table. Further ones aren't used.</summary>
    internal const int MaximumFamilies = 24;

    private const int MaximumFamiliesFromElsewhere = 2 * MaximumFamilies;

    private static readonly ConditionalWeakTable<ZooCache, ConcurrentDictionary<EFPaths, TableRegistry>> Registries = [];

    private readonly Lock _gate = new();
    private readonly ConditionalWeakTable<IRelationalModel, object> _models = [];
    private readonly ConditionalWeakTable<QueryDependencies, object> _queries = [];
    private readonly ConditionalWeakTable<IReadOnlyList<IncludedRows>, object> _includes = [];
    private readonly ConcurrentDictionary<Family, long> _usable = [];
    private readonly FamilyTable _families;
    private readonly WriteMapper _mapper;
    private readonly TableFacts _facts = new();
    private readonly HashSet<EFWrite> _open = [];
    private readonly HashSet<string> _writtenInSql = new(StringComparer.Ordinal);
    private bool _anyWrittenInSql;
    private readonly ZooCache _cache;
    private volatile bool _hasWritingRoutines;
    private int _unsettled;

    private TableRegistry(ZooCache cache, EFPaths paths)
    {
        _cache = cache;
        _families = new FamilyTable(paths);
        _mapper = new WriteMapper(_families, _facts);
        Paths = paths;
    }

    /// <summary>The tags of the database.</summary>
    internal EFPaths Paths { get; }

    internal static TableRegistry Of(ZooCache cache, EFPaths paths)
    {
        EFFeed.TakePart(cache);
        return OfFeed(cache, paths);
    }

    /// <summary>As the other, for the feed itself.</summary>
    internal static TableRegistry OfFeed(ZooCache cache, EFPaths paths)
        => Registries.GetValue(cache, static _ => new ConcurrentDictionary<EFPaths, TableRegistry>())
            .GetOrAdd(paths, static (p, c) => new TableRegistry(c, p), cache);

    /// <summary>The registries of all databases of a cache.</summary>
    internal static IEnumerable<TableRegistry> AllOf(ZooCache cache)
        => Registries.TryGetValue(cache, out var registries) ? registries.Values : [];

    /// <summary>Learns a model's tables; free when the model is known.</summary>
    internal void Register(IRelationalModel model)
    {
        if (_models.TryGetValue(model, out _))
        {
            return;
        }

        var added = Learn(
            () =>
            {
                _facts.Learn(model);
                _hasWritingRoutines = _facts.HasWritingRoutines;
            },
            model.Tables.Select(TableColumns.Of).SelectMany(c => new[] { c.Key, c.Witness }).OfType<Family>(),

            // Whatever else there is: what was read of a row counts only because every write that may change its anchors bumps its witness.
            maximum: int.MaxValue);
        Tell(added, tables: true);
        _models.AddOrUpdate(model, this);
    }

    /// <summary>Learns the families of a query; free when the query is known.</summary>
    internal void Register(QueryDependencies query)
    {
        if (!_queries.TryGetValue(query, out _))
        {
            Tell(Learn(static () => { }, query.Families, MaximumFamilies), tables: false);
            _queries.AddOrUpdate(query, this);
        }
    }

    /// <summary>Learns the witnesses of a query's included collections; free when they are known.</summary>
    internal void Register(IReadOnlyList<IncludedRows> includes)
    {
        if (includes.Count > 0 && !_includes.TryGetValue(includes, out _))
        {
            Tell(Learn(static () => { }, includes.Select(i => i.Witness), MaximumFamilies), tables: false);
            _includes.AddOrUpdate(includes, this);
        }
    }

    /// <summary>Whether every write that was seen since the sequence has bumped the rows' witnesses.</summary>
    internal bool WereKnown(IReadOnlyList<IncludedRows> includes, long sequence)
    {
        foreach (var include in includes)
        {
            if (!WasKnown(include.Witness, sequence))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether what the log has told before counts as a touch of all that is known. To be asked once the model is registered.</summary>
    internal bool IsSettled
    {
        get
        {
            lock (_gate)
            {
                return _unsettled == 0;
            }
        }
    }

    /// <summary>Whether writes know of a family.</summary>
    internal bool IsUsable(Family family) => _usable.ContainsKey(family);

    /// <summary>The columns by which queries put rows in order.</summary>
    internal IReadOnlyList<OriginColumn> Ordered => _families.Ordered;

    /// <summary>Whether every write that was seen since the sequence has bumped the tags of a family.</summary>
    internal bool WasKnown(Family family, long sequence) => _usable.TryGetValue(family, out var since) && since <= sequence;

    /// <summary>Whether SQL of the application's may have written to a table. SQLite keeps a text in a column of integers if it is told to: EF reads it as a number, and
    /// the store has it behind all numbers.</summary>
    internal bool IsWrittenInSql(string table)
    {
        lock (_gate)
        {
            return _anyWrittenInSql || _writtenInSql.Contains(table);
        }
    }

    /// <summary>Whether some family has the column: writes need to prove no others.</summary>
    internal bool IsFamilyColumn(string table, string column) => _families.HasColumn(table, column);

    /// <summary>Takes in what is new, and maps what is in flight again, which was mapped without it. Outside the lock: a write
    /// maps while it holds its own.</summary>
    /// <returns>The families that weren't known.</returns>
    private List<Family> Learn(Action facts, IEnumerable<Family> families, int maximum)
    {
        EFWrite[] inFlight;
        var added = new List<Family>();
        bool isMoreKnown;
        lock (_gate)
        {
            var known = _facts.Extent;
            facts();
            isMoreKnown = _facts.Extent != known;
            _unsettled += isMoreKnown ? 1 : 0;
            added.AddRange(families.Where(f => _families.TryAdd(f, maximum)));
            inFlight = [.. _open];
        }

        foreach (var write in inFlight)
        {
            write.MapAgain();
        }

        // What the log has told of these families went by, and so did what the database has written by itself, for all that was known of it. Witnesses are
        // asked only of what was read since.
        if (_cache.Node is { } node)
        {
            node.Touch(isMoreKnown && node.Untold is not null ? [Paths.Database] : [.. added.Where(f => f.Role != FamilyRole.Witness).Select(Paths.Of)]);
        }

        lock (_gate)
        {
            _unsettled -= isMoreKnown ? 1 : 0;
        }

        foreach (var family in added)
        {
            _usable[family] = _cache.Trie.Sequence;
        }

        return added;
    }

    /// <summary>Tells other nodes, if there are any, what a model or a query has told here.</summary>
    private void Tell(List<Family> families, bool tables)
    {
        if (_cache.Node is not null && Facts(families, tables) is { Count: > 0 } facts)
        {
            EFFeed.Tell(_cache, facts);
        }
    }

    /// <summary>All that is known, for other nodes.</summary>
    internal IReadOnlyList<byte[]> Facts() => Facts(_usable.Keys, tables: true);

    /// <summary>Under the lock, because what is known of a table grows. Not the witnesses: a node believes what it has read itself alone.</summary>
    private List<byte[]> Facts(IEnumerable<Family> families, bool tables)
    {
        lock (_gate)
        {
            var facts = families.Where(f => f.Role == FamilyRole.Rows).Select(f => new FactPart(Paths.Name, Family: f));
            if (tables)
            {
                facts = _facts.Tables.Select(t => new FactPart(Paths.Name, Table: t))
                    .Concat(_facts.Routines.Select(r => new FactPart(Paths.Name, Routine: r.Key, Written: [.. r.Value])))
                    .Concat(facts);
            }

            return [.. facts.Select(f => f.Encode())];
        }
    }

    /// <summary>Learns what another node knows.</summary>
    internal void Learn(FactPart fact)
        => Learn(
            () =>
            {
                if (fact.Table is { } table)
                {
                    _facts.Learn(table);
                }
                else if (fact.Routine is { } routine)
                {
                    _facts.Learn(routine, fact.Written!);
                    _hasWritingRoutines = _facts.HasWritingRoutines;
                }
            },
            fact.Family is { } family ? [family] : [],
            MaximumFamiliesFromElsewhere);

    /// <summary>Whether every write that the log has told of since some entry has bumped this row's key, so that it is known whether
    /// any did.</summary>
    internal bool KnowsKey(string table, TagPath row)
    {
        lock (_gate)
        {
            return row.Depth == FeedPaths.ValueDepth
                && _families.Of(table).FirstOrDefault(f => f.Path.IsPrefixOf(row)) is { } known && _usable.ContainsKey(known.Family);
        }
    }

    /// <summary>Whether something is being written here.</summary>
    internal bool HasOpenWrites
    {
        get
        {
            lock (_gate)
            {
                return _open.Any(w => !w.IsElsewhere);
            }
        }
    }

    /// <summary>Opens a write; it is in flight until <see cref="Close"/>.</summary>
    /// <param name="isElsewhere">Whether another node makes the write, and has told of it.</param>
    internal EFWrite Open(bool isElsewhere = false)
    {
        var write = new EFWrite(_cache, this, isElsewhere);
        lock (_gate)
        {
            _open.Add(write);
        }

        return write;
    }

    /// <summary>
    /// A write has marked and bumped: what it and others in flight believe of rows that both write counts no more. One that
    /// ended in between has bumped again.
    /// </summary>
    internal void Contest(EFWrite write, List<Belief> added)
    {
        EFWrite[] others = [];
        lock (_gate)
        {
            if (_open.Count > (_open.Contains(write) ? 1 : 0))
            {
                others = [.. _open.Where(w => !ReferenceEquals(w, write))];
            }
        }

        foreach (var other in others)
        {
            other.DoubtWrittenBy(write, beliefs: null);
            write.DoubtWrittenBy(other, added);
        }

        write.DoubtChanged(added);
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

    /// <summary>Says for people what has made an answer invalid: the path of a table is <c>ef / database / table / family / value</c>.</summary>
    internal InvalidationTrace Trace(FatalBump fatal)
    {
        var names = new Stack<string?>();
        for (var node = fatal.Dependency.Node; node.Parent is not null; node = node.Parent)
        {
            names.Push(node.Name);
        }

        string?[] path = [.. names];
        var dependency = path is not [EFPaths.Root, _, { } table, ..] ? string.Join(':', path.Select(n => n ?? "…"))
            : path.Length == 3 ? $"{NameOf(table)}, all of which it read"
            : path[3] == EFPaths.New ? $"{NameOf(table)}, new rows of it"
            : NameOf(table) + Describe(table, path[3]);
        return new InvalidationTrace(dependency, fatal.Cause);
    }

    private string Describe(string table, string? segment)
    {
        var family = _families.Of(table).FirstOrDefault(f => f.Family.Segment == segment)?.Family;
        return family is null ? " by rows" : $"{(family.IsWholeTable ? "" : $" by {string.Join(", ", NamesOf(family))}")}{ExplainTexts.In(UsedNamesOf(family))}";
    }

    /// <summary>The names of a family's columns as a model writes them.</summary>
    internal IReadOnlyList<string> NamesOf(Family family) => [.. family.Columns.Select(c => NameOf(family.Table, c.Name))];

    /// <summary>The names, as a model writes them, of the columns that answers in a family use; null if it tells none.</summary>
    internal ValueList<string>? UsedNamesOf(Family family)
        => family.Used is { } used ? new ValueList<string>(used.Concat(family.Columns.Select(c => c.Name)).Distinct().Select(c => NameOf(family.Table, c)).Order(StringComparer.Ordinal)) : null;

    /// <summary>A column's name as a model writes it.</summary>
    internal string NameOf(string table, string column)
    {
        lock (_gate)
        {
            return _facts.NameOf(table, column);
        }
    }

    /// <summary>Adds the tags that an image bumps by what is known now.</summary>
    internal void Map(RowImage image, Believed believed, Func<LoadedRows, bool> holds, WriteTags tags)
    {
        lock (_gate)
        {
            _mapper.Map(image, believed, holds, tags);
        }
    }

    /// <summary>Adds the tags that a write to unknown rows of a model's table bumps.</summary>
    internal void Map(TableWrite write, WriteTags tags)
    {
        lock (_gate)
        {
            _mapper.Map(write, tags);
        }
    }

    /// <summary>Adds the tags that raw SQL bumps.</summary>
    internal void Map(SqlEffect effect, WriteTags tags)
    {
        lock (_gate)
        {
            _writtenInSql.UnionWith(effect.Targets.Where(_facts.IsTable).Select(t => t.Table));
            _anyWrittenInSql |= effect.Database || effect.Calls.Count > 0 || !effect.Targets.All(_facts.IsTable);
            _mapper.Map(effect, tags);
        }
    }

    /// <summary>What a row's image says of each family of its table.</summary>
    internal IReadOnlyList<FamilyOutcome> Outcomes(RowImage image, Believed believed)
    {
        lock (_gate)
        {
            return _mapper.Outcomes(image, believed);
        }
    }

    /// <summary>Whether a write may change a key that foreign keys point to.</summary>
    internal bool MayChangeKeys(TableWrite write)
    {
        lock (_gate)
        {
            return _facts.MayChangeKeys(write.Table, write.Assigned);
        }
    }
}

/// <summary>A write to unknown rows of a table of a model.</summary>
/// <param name="Table">The folded name.</param>
/// <param name="MayDelete">Whether rows may go.</param>
/// <param name="Assigned">The folded names of the columns that are set; null if they aren't known.</param>
internal sealed record TableWrite(string Table, bool MayDelete, IReadOnlyCollection<string>? Assigned);
