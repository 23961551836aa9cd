using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Update;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// Reads row images off EF's modification commands: the tables, columns and values as they are really sent, after change
/// detection, cascades and everyone's interceptors.
/// </summary>
internal static class RowImages
{
    /// <summary>The image of a command, or null for one that names no table (a stored procedure).</summary>
    /// <param name="command">The command.</param>
    /// <param name="executed">Whether it has run, so that keys made by the store are known.</param>
    internal static RowImage? Of(IReadOnlyModificationCommand command, bool executed)
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

        var columns = new Dictionary<string, ProvenValue>(StringComparer.Ordinal);
        var keyIsGenerated = false;
        foreach (var modification in command.ColumnModifications)
        {
            if (!modification.IsKey)
            {
                continue;
            }

            var generated = change == RowChange.Insert && modification.IsRead;
            keyIsGenerated |= generated && !executed;
            columns[Family.Fold(modification.ColumnName)] = new ProvenValue(
                Old: change == RowChange.Insert ? null : Hash(modification, modification.OriginalValue),
                New: change == RowChange.Delete || (generated && !executed) ? null : Hash(modification, CurrentKey(modification, change)));
        }

        return new RowImage(TableName.Fold(command.TableName), change, columns, keyIsGenerated);
    }

    // A key never changes in an update; the command sends the original as its condition.
    private static object? CurrentKey(IColumnModification modification, RowChange change)
        => change == RowChange.Insert ? modification.Value : modification.OriginalValue;

    private static ulong? Hash(IColumnModification modification, object? value)
        => StoreValue.TryHash(StoreValue.Of(value, modification.TypeMapping), out var hash) ? hash : null;
}
