using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Update;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Origins;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// Reads row images off EF's modification commands: the tables, columns and values as they are really sent, after change
/// detection, cascades and everyone's interceptors; and of what isn't sent, what this context's queries have read.
/// </summary>
/// <param name="registry">What is known of the tables.</param>
/// <param name="originOf">Gives what was read of an entry's rows.</param>
internal sealed class RowImages(TableRegistry registry, Func<IUpdateEntry, RowOrigin?> originOf)
{
    private readonly Dictionary<LoadedRows, int> _written = new(ReferenceEqualityComparer.Instance);

    /// <summary>The image of a command that writes to a table.</summary>
    /// <param name="command">The command.</param>
    /// <param name="executed">Whether it has run, so that what the store has made is known.</param>
    internal RowImage Of(IReadOnlyModificationCommand command, bool executed)
    {
        var change = ChangeOf(command);
        var table = TableOf(command);
        var columns = new Dictionary<string, ColumnImage>(StringComparer.Ordinal);
        var known = command.Table is { } model ? TableColumns.Of(model) : null;
        var written = change == RowChange.Update ? new List<string>() : null;
        foreach (var modification in command.ColumnModifications)
        {
            var (name, kindOrNull) = modification is { Column: IColumn column, TypeMapping: { } mapping } && known is not null
                ? known.Written(column, mapping)
                : (Family.Fold(modification.ColumnName), null);
            if (modification.IsWrite || modification.IsRead)
            {
                written?.Add(name);
            }

            if (kindOrNull is { } kind && registry.IsFamilyColumn(table, name))
            {
                columns[name] = Of(modification, change, kind, executed);
            }
        }

        var image = new RowImage(table, change, columns) { Written = written };
        return change == RowChange.Insert || command.Table is null ? image : Remember(image, command, command.Table, columns);
    }

    /// <summary>The folded name of the table that a command writes to.</summary>
    internal static string TableOf(IReadOnlyModificationCommand command)
        => command.Table is { } table ? TableColumns.Of(table).Table : TableName.Fold(command.TableName);

    internal static RowChange ChangeOf(IReadOnlyModificationCommand command) => command.EntityState switch
    {
        EntityState.Added => RowChange.Insert,
        EntityState.Deleted => RowChange.Delete,
        _ => RowChange.Update,
    };

    private static ColumnImage Of(IColumnModification modification, RowChange change, StoreKind kind, bool executed)
    {
        if (modification.IsKey && change != RowChange.Insert)
        {
            // The command's own condition. A key never changes in an update.
            var key = Hash(modification, modification.OriginalValue, kind);
            return new ColumnImage(kind, Old: key, New: change == RowChange.Delete ? null : key);
        }

        var isMade = modification.IsRead;

        // What was read back has gone through the converter, which may give several store values one model value.
        var isKnown = !isMade || (executed && modification.Property is { } property && OriginShape.IsStoreValue(property, kind));
        return new ColumnImage(
            kind,
            New: change == RowChange.Delete || (isMade && change == RowChange.Update) || !isKnown || !(modification.IsWrite || isMade)
                ? null
                : Hash(modification, modification.Value, kind),
            IsUnwritten: change == RowChange.Update && !modification.IsWrite && !isMade,
            IsGenerated: !isKnown);
    }

    /// <summary>Adds what queries have read of the row, and the condition under which it counts; nothing if it is another
    /// row's.</summary>
    private RowImage Remember(RowImage image, IReadOnlyModificationCommand command, ITable model, Dictionary<string, ColumnImage> columns)
    {
        if (TableColumns.Of(model) is not { Key: { } key, Witness: { } witness } known || KeyOf(key, columns) is not { } row)
        {
            return image;
        }

        var table = image.Table;
        var fence = long.MaxValue;
        LoadedRows? partOf = null;
        List<LoadedRows>? emptied = null;
        List<OrderedRead>? ordered = null;
        foreach (var entry in command.Entries)
        {
            // An entry may have got another key since it was read.
            if (originOf(entry) is not { } origin || origin.HashOf(key) != row)
            {
                continue;
            }

            fence = Math.Min(fence, origin.Fence);
            if (origin.PartOf is { AreAll: true } rows && rows.Include.Family.Table == table)
            {
                partOf = rows;

                if (image.Change == RowChange.Delete || Moves(image, command, rows))
                {
                    _written[rows] = _written.GetValueOrDefault(rows) + 1;
                }
            }

            // EF deletes what points to a row before the row.
            if (image.Change == RowChange.Delete && origin.Loaded is { } loaded)
            {
                (emptied ??= []).AddRange(loaded.Where(l => l.AreAll && _written.GetValueOrDefault(l) == l.Count));
            }

            foreach (var (column, value) in origin.Ordered)
            {
                if (column.Table == table && image.Written?.Contains(column.Name) == true && !registry.IsWrittenInSql(table)
                    && known.OrderWitness(column.Name) is { } moves && registry.WasKnown(moves, origin.Fence))
                {
                    (ordered ??= []).Add(new OrderedRead(column.Name, value, new UnchangedSince(registry.Paths.Of(moves, row), origin.Fence)));
                }
            }

            for (var i = 0; i < origin.Hashes.Length; i++)
            {
                var (of, name, kind) = origin.Shape.Columns[i];
                if (of == table && origin.Hashes[i] is { } read && registry.IsFamilyColumn(table, name))
                {
                    var column = columns.TryGetValue(name, out var written) ? written : new ColumnImage(kind, IsUnwritten: true);
                    columns[name] = column.Kind == kind ? column with { Read = read } : column;
                }
            }
        }

        return fence == long.MaxValue
            ? image
            : image with
            {
                KeyTag = registry.Paths.Of(key, row),
                Proof = new UnchangedSince(registry.Paths.Of(witness, row), fence),
                PartOf = partOf,
                Emptied = emptied ?? [],
                Ordered = ordered ?? [],
            };
    }

    /// <summary>Whether an update takes the row out of the collection: one that leaves the foreign key alone leaves the row to the
    /// database, and one with a concurrency token may be refused, and the refusal suppressed.</summary>
    private static bool Moves(RowImage image, IReadOnlyModificationCommand command, LoadedRows rows)
        => image.WrittenHashOf(rows.Include.Family) is { } to && to != rows.Value
            && command.ColumnModifications.All(m => m.IsKey || !m.IsCondition);

    private static ulong? KeyOf(Family key, Dictionary<string, ColumnImage> columns)
    {
        var hash = 0UL;
        foreach (var (name, kind) in key.Columns)
        {
            if (!columns.TryGetValue(name, out var column) || column.Kind != kind || column.Old is not { } value)
            {
                return null;
            }

            hash = StoreValue.Combine(hash, value);
        }

        return hash;
    }

    private static ulong? Hash(IColumnModification modification, object? value, StoreKind kind)
        => StoreValue.TryHash(value, modification.TypeMapping, kind, out var hash) ? hash : null;
}
