using System.Text;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// What models say of the tables of one database: where they stand, and what else the database writes when they are
/// written: cascades, triggers, what stands behind views and routines. Models only ever add. Not thread-safe.
/// </summary>
internal sealed class TableFacts
{
    private static readonly string[] RowIds = ["ROWID", "_ROWID_", "OID"];

    private readonly Dictionary<string, KnownTable> _tables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _routines = new(StringComparer.Ordinal);

    [Flags]
    private enum Reach
    {
        None = 0,
        Rows = 1,
        Deletes = 2,
        ChangesKeys = 4,
    }

    internal void Learn(IRelationalModel model)
    {
        foreach (var table in model.Tables)
        {
            Learn(table);
        }

        foreach (var view in model.Views)
        {
            Of(view.Name).IsView = true;
        }

        foreach (var (view, tables) in DeclaredWrites.OfViews(model.Model))
        {
            (Of(view).Behind ??= []).UnionWith(tables);
        }

        foreach (var (routine, tables) in DeclaredWrites.OfRoutines(model.Model))
        {
            Learn(routine, tables);
        }
    }

    /// <summary>All tables that models name.</summary>
    internal IEnumerable<KnownTable> Tables => _tables.Values;

    /// <summary>How much is known: it grows with whatever is learnt.</summary>
    internal int Extent => _tables.Values.Sum(t => 1 + t.Extent) + _routines.Values.Sum(written => 1 + written.Count);

    /// <summary>What models say of routines: which tables each of them writes.</summary>
    internal IEnumerable<KeyValuePair<string, HashSet<string>>> Routines => _routines;

    /// <summary>Takes in what models elsewhere say of a table.</summary>
    internal void Learn(KnownTable table) => Of(table.Folded, table.Name).Add(table);

    /// <summary>Takes in what models elsewhere say of a routine.</summary>
    internal void Learn(string routine, IEnumerable<string> tables)
    {
        if (!_routines.TryGetValue(routine, out var written))
        {
            _routines[routine] = written = new HashSet<string>(StringComparer.Ordinal);
        }

        written.UnionWith(tables);
    }

    /// <summary>A table's name as a model writes it.</summary>
    internal string NameOf(string table) => _tables.TryGetValue(table, out var known) ? known.Name : table;

    /// <summary>A column's name as a model writes it.</summary>
    internal string NameOf(string table, string column)
        => _tables.TryGetValue(table, out var known) ? known.Columns.GetValueOrDefault(column) ?? column : column;

    internal bool HasTriggers(string table) => _tables.TryGetValue(table, out var known) && (known.HasTriggers || known.Behind is not null);

    internal bool HasWritingRoutines => _routines.Values.Any(tables => tables.Count > 0);

    internal bool IsDeclared(string routine) => _routines.ContainsKey(routine);

    /// <summary>The tables that a routine writes; null if nobody said.</summary>
    internal IReadOnlyCollection<string>? WrittenBy(string routine) => _routines.GetValueOrDefault(routine);

    /// <summary>Whether the database may write anything by itself when the table is written.</summary>
    internal bool LeadsOn(string table, bool mayDelete, bool mayChangeKeys)
        => _tables.TryGetValue(table, out var known)
            && (known.HasTriggers || known.Behind is not null
                || (mayDelete && known.Cascades.Count > 0) || (mayChangeKeys && known.ReferencedBy.Count > 0));

    /// <summary>
    /// Adds what the database writes by itself when <paramref name="table"/> is written; false if that can't be known. The
    /// table itself is added only if it is reached again.
    /// </summary>
    internal bool Follow(string table, bool mayDelete, bool mayChangeKeys, ISet<string> reached)
    {
        var seen = new Dictionary<string, Reach>(StringComparer.Ordinal);
        var open = new Stack<(string Table, Reach Reach)>();
        open.Push((table, Reach.Rows | (mayDelete ? Reach.Deletes : Reach.None) | (mayChangeKeys ? Reach.ChangesKeys : Reach.None)));
        while (open.TryPop(out var next))
        {
            var before = seen.GetValueOrDefault(next.Table);
            if ((before | next.Reach) == before || !_tables.TryGetValue(next.Table, out var known))
            {
                continue;
            }

            seen[next.Table] = before | next.Reach;
            if (!Follow(known, next.Reach, open, reached))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Whether the name in raw SQL can be nothing but a table of a model: a name without a schema, or in the schema where
    /// such names stand, is one that a model maps without a schema, and no model maps a view of that name.
    /// </summary>
    internal bool IsTable(SqlTarget target)
        => Encoding.UTF8.GetByteCount(target.Table) <= SqlTarget.MaximumNameBytes
            && _tables.TryGetValue(target.Table, out var known)
            && !known.IsView
            && (known.Schemas.Contains(target.Schema ?? "")
                || (target.Schema is null && known.Schemas.Overlaps(SqlVocabulary.DefaultSchemas))
                || (target.Schema is not null && SqlVocabulary.DefaultSchemas.Contains(target.Schema) && known.Schemas.Contains("")));

    /// <summary>Whether a model says what stands behind a view of this name.</summary>
    internal bool IsDeclaredView(SqlTarget target) => _tables.TryGetValue(target.Table, out var known) && known.Behind is not null;

    /// <summary>Whether an update leaves the column as it is unless it sets it; the store itself changes computed columns, row
    /// versions, and perhaps what EF never sends.</summary>
    internal bool IsFixed(string table, string column) => !_tables.TryGetValue(table, out var known) || !known.Moving.Contains(column);

    /// <summary>Whether models map two tables of this folded name: in two schemas, or that differ in case only.</summary>
    internal bool IsAmbiguous(string table) => _tables.TryGetValue(table, out var known) && known.Names.Count > 1;

    /// <summary>What happens in the database to the rows that point to a deleted row.</summary>
    internal IEnumerable<Cascade> CascadesOf(string table) => _tables.TryGetValue(table, out var known) ? known.Cascades : [];

    /// <summary>Whether setting these columns may change a key that foreign keys point to.</summary>
    internal bool MayChangeKeys(string table, IReadOnlyCollection<string>? assigned)
        => assigned is null
            || (_tables.TryGetValue(table, out var known) && known.ReferencedBy.Count > 0
                && (assigned.Any(known.ReferencedColumns.Contains) || assigned.Any(RowIds.Contains)));

    private static bool Follow(KnownTable table, Reach reach, Stack<(string, Reach)> open, ISet<string> reached)
    {
        if (table.HasTriggers && table.WrittenByTriggers is null)
        {
            return false;
        }

        foreach (var written in (table.WrittenByTriggers ?? []).Concat(table.Behind ?? []))
        {
            reached.Add(written);
            open.Push((written, Reach.Rows | Reach.Deletes | Reach.ChangesKeys));
        }

        if (reach.HasFlag(Reach.Deletes))
        {
            foreach (var cascade in table.Cascades)
            {
                reached.Add(cascade.Dependent);
                open.Push((cascade.Dependent, Reach.Rows | (cascade.Deletes ? Reach.Deletes : Reach.None) | (cascade.ChangesKeys ? Reach.ChangesKeys : Reach.None)));
            }
        }

        if (reach.HasFlag(Reach.ChangesKeys))
        {
            // Models don't say what the database does with foreign keys when the key changes.
            foreach (var dependent in table.ReferencedBy)
            {
                reached.Add(dependent);
                open.Push((dependent, Reach.Rows | Reach.ChangesKeys));
            }
        }

        return true;
    }

    private void Learn(ITable table)
    {
        var known = Of(table.Name);
        known.Name = table.Name;
        known.Names.Add((table.Schema, table.Name));
        known.Schemas.Add(table.Schema is { } schema ? TableName.Fold(schema) : "");
        known.HasTriggers |= table.Triggers.Any();
        foreach (var mapping in table.EntityTypeMappings)
        {
            if (DeclaredWrites.OfTriggers(mapping.TypeBase) is { } written)
            {
                known.HasTriggers = true;
                (known.WrittenByTriggers ??= []).UnionWith(written);
            }
        }

        foreach (var column in table.Columns)
        {
            known.Columns[Family.Fold(column.Name)] = column.Name;
        }

        known.Moving.UnionWith(table.Columns.Where(Moves).Select(c => Family.Fold(c.Name)));
        foreach (var key in table.ForeignKeyConstraints)
        {
            var principal = Of(key.PrincipalTable.Name);
            principal.ReferencedBy.Add(TableName.Fold(table.Name));
            principal.ReferencedColumns.UnionWith(key.PrincipalColumns.Select(c => TableName.Fold(c.Name)));
            if (key.OnDeleteAction is ReferentialAction.Cascade or ReferentialAction.SetNull or ReferentialAction.SetDefault)
            {
                principal.Cascades.Add(new Cascade(
                    TableName.Fold(table.Name), key.OnDeleteAction, Names(key.PrincipalColumns), Names(key.Columns)));
            }
        }
    }

    private static ValueList<string> Names(IEnumerable<IColumn> columns) => new(columns.Select(c => Family.Fold(c.Name)));

    private static bool Moves(IColumn column)
        => column.ComputedColumnSql is not null
            || column.PropertyMappings.Select(m => m.Property).Any(property
                => property.ValueGenerated is not (ValueGenerated.Never or ValueGenerated.OnAdd)
                    || (property.GetAfterSaveBehavior() != PropertySaveBehavior.Save && !property.IsKey()));

    private KnownTable Of(string name) => Of(TableName.Fold(name), name);

    private KnownTable Of(string folded, string name)
        => _tables.TryGetValue(folded, out var known) ? known : _tables[folded] = new KnownTable(folded) { Name = name };
}

/// <summary>What the database does to the rows that point to a deleted row.</summary>
/// <param name="Dependent">The folded name of their table.</param>
/// <param name="Action">Cascade, set null or set default.</param>
/// <param name="PrincipalColumns">The folded columns of the deleted row that they point to.</param>
/// <param name="DependentColumns">Those of theirs that point there, in the same order.</param>
internal sealed record Cascade(
    string Dependent, ReferentialAction Action, ValueList<string> PrincipalColumns, ValueList<string> DependentColumns)
{
    internal bool Deletes => Action == ReferentialAction.Cascade;

    /// <summary>A foreign key that is set to null is no key that others point to; one that is set to a default may be.</summary>
    internal bool ChangesKeys => Action == ReferentialAction.SetDefault;
}
