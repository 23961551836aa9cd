using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// What a model says of a table's columns: which can anchor (those of keys, unique constraints, foreign keys and indexes
/// whose equality is exact), and which of them make the best family. One for each table of a model; immutable.
/// </summary>
internal sealed class TableColumns
{
    /// <summary>More columns make a family that fewer writes can prove.</summary>
    private const int MaximumColumns = 4;

    private static readonly ConditionalWeakTable<ITable, TableColumns> Known = [];

    private readonly Dictionary<string, Column> _columns = new(StringComparer.Ordinal);
    private readonly List<HashSet<string>> _unique = [];
    private readonly HashSet<string> _indexed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(IColumn, CoreTypeMapping), (string, StoreKind?)> _written = new();
    private readonly Dictionary<string, Family> _orderWitnesses = new(StringComparer.Ordinal);

    private TableColumns(ITable table)
    {
        Table = TableName.Fold(table.Name);
        foreach (var column in table.Columns.GroupBy(c => Family.Fold(c.Name)).Where(g => g.Count() == 1).Select(g => g.Single()))
        {
            if (StoreValue.KindOf(column, column.StoreTypeMapping) is { } kind)
            {
                _columns[Family.Fold(column.Name)] = new Column(column, kind);
            }
        }

        Learn(table);
        Key = table.PrimaryKey is { } key && FamilyOf(Names(key.Columns)) is { } family ? family : null;
        Witness = Key?.Witness(new ValueList<string>(Anchoring.Select(c => c.Name).Order(StringComparer.Ordinal))) is { } witness
            && witness.Segment.Length <= TagSegment.MaximumLength ? witness : Key;
        foreach (var column in _columns.Keys.Where(IsOrdered))
        {
            _orderWitnesses[column] = Key!.Witness(new ValueList<string>([column]));
        }
    }

    /// <summary>The folded name.</summary>
    internal string Table { get; }

    /// <summary>The family of the primary key; null where the model knows none or its values aren't exact.</summary>
    internal Family? Key { get; }

    /// <summary>The family of rows by their key that tells whether a row's anchors may have changed; the key's own where its name would be too long.</summary>
    internal Family? Witness { get; }

    internal static TableColumns Of(ITable table) => Known.GetValue(table, static t => new TableColumns(t));

    /// <summary>The columns that can anchor, with how they are hashed.</summary>
    internal IEnumerable<(IColumn Column, string Name, StoreKind Kind)> Anchoring
        => _columns.Where(c => _indexed.Contains(c.Key)).Select(c => (c.Value.Model, c.Key, c.Value.Kind));

    /// <summary>The folded name of a column, and how values are hashed that are written to it by this mapping.</summary>
    internal (string Name, StoreKind? Kind) Written(IColumn column, CoreTypeMapping mapping)
        => _written.GetOrAdd((column, mapping), static key => (Family.Fold(key.Item1.Name), StoreValue.KindOf(key.Item1, key.Item2)));

    /// <summary>How the column's values are hashed; null if they can't be.</summary>
    internal StoreKind? KindOf(string column) => _columns.TryGetValue(column, out var known) ? known.Kind : null;

    /// <summary>
    /// The family to anchor on where these columns have values: the primary key if it is among them, because every write
    /// proves it; else a unique set; else all that are indexed.
    /// </summary>
    internal Family? Best(IReadOnlyCollection<string> bound)
    {
        if (Key is { } key && key.Columns.All(c => bound.Contains(c.Name)))
        {
            return key;
        }

        if (_unique.Where(u => u.All(bound.Contains)).MinBy(u => u.Count) is { } unique)
        {
            return FamilyOf(unique);
        }

        var indexed = bound.Where(c => _indexed.Contains(c)).Order(StringComparer.Ordinal).Take(MaximumColumns).ToList();
        return indexed.Count > 0 ? FamilyOf(indexed) : null;
    }

    /// <summary>The family of rows by their key that tells whether one column may have changed, where the store orders its values as integers are ordered; null where it
    /// doesn't, and of the key, which stays what it is.</summary>
    internal Family? OrderWitness(string column) => _orderWitnesses.GetValueOrDefault(column);

    /// <summary>Whether at most one row has given values of the family.</summary>
    internal bool IsUnique(Family family) => _unique.Exists(u => u.SetEquals(family.Columns.Select(c => c.Name)));

    private bool IsOrdered(string column)
        => _columns[column] is { Kind: StoreKind.Integer, Model: var model }
            && StoreValue.IsOrdered(model.StoreType, model.StoreTypeMapping) && Key?.Columns.Any(c => c.Name == column) == false;

    private void Learn(ITable table)
    {
        foreach (var set in table.UniqueConstraints.Select(u => Names(u.Columns)).Concat(table.Indexes.Where(i => i.IsUnique).Select(i => Names(i.Columns))))
        {
            _unique.Add(set);
            _indexed.UnionWith(set);
        }

        foreach (var set in table.ForeignKeyConstraints.Select(f => Names(f.Columns)).Concat(table.Indexes.Select(i => Names(i.Columns))))
        {
            _indexed.UnionWith(set);
        }

        _indexed.UnionWith(table.PrimaryKey is { } key ? Names(key.Columns) : []);
        _unique.RemoveAll(set => !set.All(_columns.ContainsKey));
    }

    /// <summary>The family of these columns; null if one of them can't be hashed.</summary>
    internal Family? FamilyOf(IEnumerable<string> names)
    {
        var columns = new List<FamilyColumn>();
        var mayBeGenerated = false;
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            if (!_columns.TryGetValue(name, out var column))
            {
                return null;
            }

            columns.Add(new FamilyColumn(name, column.Kind));
            mayBeGenerated |= column.IsGenerated;
        }

        return new Family(Table, new ValueList<FamilyColumn>(columns), mayBeGenerated);
    }

    private static HashSet<string> Names(IEnumerable<IColumn> columns) => columns.Select(c => Family.Fold(c.Name)).ToHashSet(StringComparer.Ordinal);

    private sealed record Column(IColumn Model, StoreKind Kind)
    {
        internal bool IsGenerated { get; } = Model.PropertyMappings.Any(m => m.Property.ValueGenerated.HasFlag(ValueGenerated.OnAdd));
    }
}
