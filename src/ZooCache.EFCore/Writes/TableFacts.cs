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

    private readonly Dictionary<string, Table> _tables = new(StringComparer.Ordinal);
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
            if (!_routines.TryGetValue(routine, out var written))
            {
                _routines[routine] = written = new HashSet<string>(StringComparer.Ordinal);
            }

            written.UnionWith(tables);
        }
    }

    /// <summary>A table's name as a model writes it.</summary>
    internal string NameOf(string table) => _tables.TryGetValue(table, out var known) ? known.Name : table;

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

    /// <summary>Whether setting these columns may change a key that foreign keys point to.</summary>
    internal bool MayChangeKeys(string table, IReadOnlyCollection<string>? assigned)
        => assigned is null
            || (_tables.TryGetValue(table, out var known) && known.ReferencedBy.Count > 0
                && (assigned.Any(known.ReferencedColumns.Contains) || assigned.Any(RowIds.Contains)));

    private static bool Follow(Table table, Reach reach, Stack<(string, Reach)> open, ISet<string> reached)
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
            foreach (var (dependent, action) in table.Cascades)
            {
                // A foreign key that is set to null is no key that others point to; one that is set to a default may be.
                reached.Add(dependent);
                open.Push((dependent, action switch
                {
                    ReferentialAction.Cascade => Reach.Rows | Reach.Deletes,
                    ReferentialAction.SetNull => Reach.Rows,
                    _ => Reach.Rows | Reach.ChangesKeys,
                }));
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

        foreach (var key in table.ForeignKeyConstraints)
        {
            var principal = Of(key.PrincipalTable.Name);
            principal.ReferencedBy.Add(TableName.Fold(table.Name));
            principal.ReferencedColumns.UnionWith(key.PrincipalColumns.Select(c => TableName.Fold(c.Name)));
            if (key.OnDeleteAction is ReferentialAction.Cascade or ReferentialAction.SetNull or ReferentialAction.SetDefault)
            {
                principal.Cascades.Add((TableName.Fold(table.Name), key.OnDeleteAction));
            }
        }
    }

    private Table Of(string name)
    {
        var folded = TableName.Fold(name);
        return _tables.TryGetValue(folded, out var known) ? known : _tables[folded] = new Table { Name = name };
    }

    private sealed class Table
    {
        internal required string Name { get; set; }

        /// <summary>The folded schemas that models map a table of this name in; empty for none. No element: no table.</summary>
        internal HashSet<string> Schemas { get; } = new(StringComparer.Ordinal);

        internal bool IsView { get; set; }

        internal bool HasTriggers { get; set; }

        internal HashSet<string>? WrittenByTriggers { get; set; }

        /// <summary>The tables that a write to a view of this name goes to.</summary>
        internal HashSet<string>? Behind { get; set; }

        internal HashSet<(string Dependent, ReferentialAction Action)> Cascades { get; } = [];

        internal HashSet<string> ReferencedBy { get; } = new(StringComparer.Ordinal);

        internal HashSet<string> ReferencedColumns { get; } = new(StringComparer.Ordinal);
    }
}
