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
internal sealed class RowImages(TableRegistry registry, OriginStore origins)
{
    /// <summary>The image of a command, or null for one that names no table (a stored procedure).</summary>
    /// <param name="command">The command.</param>
    /// <param name="executed">Whether it has run, so that what the store has made is known.</param>
    internal RowImage? Of(IReadOnlyModificationCommand command, bool executed)
    {
        if (command.StoreStoredProcedure is not null)
        {
            return null;
        }

        var change = command.EntityState switch
        {
            EntityState.Added => RowChange.Insert,
            EntityState.Deleted => RowChange.Delete,
            _ => RowChange.Update,
        };

        var table = TableName.Fold(command.TableName);
        var columns = new Dictionary<string, ColumnImage>(StringComparer.Ordinal);
        foreach (var modification in command.ColumnModifications)
        {
            if (modification is { Column: IColumn column, TypeMapping: { } mapping }
                && command.Table is { } model
                && TableColumns.Of(model).Written(column, mapping) is ({ } name, { } kind)
                && registry.IsFamilyColumn(table, name))
            {
                columns[name] = Of(modification, change, kind, executed);
            }
        }

        var image = new RowImage(table, change, columns);
        return change == RowChange.Insert || command.Table is null ? image : image with { Proof = Remember(command, command.Table, table, columns) };
    }

    private static ColumnImage Of(IColumnModification modification, RowChange change, StoreKind kind, bool executed)
    {
        if (modification.IsKey && change != RowChange.Insert)
        {
            // The command's own condition. A key never changes in an update.
            var key = Hash(modification, modification.OriginalValue, kind);
            return new ColumnImage(kind, Old: key, New: change == RowChange.Delete ? null : key);
        }

        var isMade = modification.IsRead;
        return new ColumnImage(
            kind,
            New: change == RowChange.Delete || (isMade && (change == RowChange.Update || !executed)) || !(modification.IsWrite || isMade)
                ? null
                : Hash(modification, modification.Value, kind),
            IsUnwritten: change == RowChange.Update && !modification.IsWrite && !isMade,
            IsGenerated: isMade && !executed);
    }

    /// <summary>Adds what queries have read of the row, and gives the condition under which it counts; null if there is
    /// nothing, or it is another row's.</summary>
    private RowProof? Remember(IReadOnlyModificationCommand command, ITable model, string table, Dictionary<string, ColumnImage> columns)
    {
        if (TableColumns.Of(model).Key is not { } key || KeyOf(key, columns) is not { } row)
        {
            return null;
        }

        var fence = long.MaxValue;
        foreach (var entry in command.Entries)
        {
            if (origins.Find(entry) is not { } origin || !IsOf(origin, key, columns))
            {
                continue;
            }

            fence = Math.Min(fence, origin.Fence);
            for (var i = 0; i < origin.Hashes.Length; i++)
            {
                var (of, name, kind) = origin.Shape.Columns[i];
                if (of == table && origin.Hashes[i] is { } read && registry.IsFamilyColumn(table, name))
                {
                    var known = columns.TryGetValue(name, out var written) ? written : new ColumnImage(kind, IsUnwritten: true);
                    columns[name] = known.Kind == kind ? known with { Read = read } : known;
                }
            }
        }

        return fence == long.MaxValue ? null : new RowProof(registry.Paths.Of(key, row), fence);
    }

    /// <summary>Whether the origin is that of the row which the command names: an entry may have got another key since.</summary>
    private static bool IsOf(RowOrigin origin, Family key, Dictionary<string, ColumnImage> columns)
        => key.Columns.All(c => origin.Shape.Columns.Select((o, i) => (Column: o, Hash: origin.Hashes[i])).Any(
            o => o.Column.Table == key.Table && o.Column.Name == c.Name && o.Hash is not null && o.Hash == columns[c.Name].Old));

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
