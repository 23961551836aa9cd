using Microsoft.EntityFrameworkCore.Migrations;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Origins;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// Says which tags a write bumps, by the families and the facts that are known when it is asked. Not thread-safe: the registry
/// calls it under its lock.
/// </summary>
internal sealed class WriteMapper(FamilyTable families, TableFacts facts)
{
    private readonly Func<string, string, bool> _isFixed = facts.IsFixed;

    /// <summary>The tags of a row, of those that the database reaches from it, and of what is written because of it.</summary>
    /// <param name="image">The image.</param>
    /// <param name="believed">Which of what was read counts, because its condition holds.</param>
    /// <param name="holds">Whether a collection that was read whole has no other rows now.</param>
    /// <param name="tags">Where to.</param>
    internal void Map(RowImage image, Believed believed, Func<LoadedRows, bool> holds, WriteTags tags)
    {
        MapRow(image, believed, tags);
        Follow(image.Table, mayDelete: false, mayChangeKeys: false, tags);
        if (image.Change == RowChange.Delete)
        {
            foreach (var cascade in facts.CascadesOf(image.Table).Where(c => !IsEmptied(image, c, holds)))
            {
                MapCascade(image, believed.Row, cascade, tags);
            }
        }
    }

    internal void Map(TableWrite write, WriteTags tags)
        => MapTable(write.Table, write.MayDelete, facts.MayChangeKeys(write.Table, write.Assigned), tags);

    internal void Map(SqlEffect effect, WriteTags tags)
    {
        foreach (var target in effect.Targets)
        {
            if (facts.IsTable(target))
            {
                MapTable(target.Table, target.MayDelete, facts.MayChangeKeys(target.Table, target.Assigned), tags);
            }
            else if (facts.IsDeclaredView(target))
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

    /// <summary>What the image says of each family that answers may depend on.</summary>
    internal IReadOnlyList<FamilyOutcome> Outcomes(RowImage image, Believed believed)
        => facts.HasTriggers(image.Table) ? [] : [.. families.Of(image.Table)
            .Where(f => f.Family.Role == FamilyRole.Rows || (f.Family.Role == FamilyRole.Order && image.Change == RowChange.Update)).Select(f => FamilyOutcome.Of(image, f, believed, _isFixed))];

    private void MapRoutine(string routine, WriteTags tags)
    {
        if (facts.WrittenBy(routine) is not { } tables)
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

    private void MapRow(RowImage image, Believed believed, WriteTags tags)
    {
        // A trigger may write more to the row than the image says.
        var isPrecise = false;
        if (!facts.HasTriggers(image.Table))
        {
            foreach (var family in families.Of(image.Table))
            {
                var outcome = FamilyOutcome.Of(image, family, believed, _isFixed);
                outcome.AddTo(tags);

                // One that tells used columns says nothing of what answers show.
                isPrecise |= outcome.Extent != Extent.All && family.Family.Used is null;
            }
        }

        if (!isPrecise)
        {
            tags.AddTable(image.Table);
        }
    }

    /// <summary>
    /// The rows that point to a deleted row have its key in their foreign key: that much is proven of them, where it is
    /// proven of the row. What the database does because of them isn't.
    /// </summary>
    private void MapCascade(RowImage image, bool believed, Cascade cascade, WriteTags tags)
    {
        var columns = new Dictionary<string, ColumnImage>(StringComparer.Ordinal);
        for (var i = 0; i < cascade.PrincipalColumns.Count; i++)
        {
            if (image.Columns.TryGetValue(cascade.PrincipalColumns[i], out var principal) && principal.OldValue(believed) is { } value)
            {
                columns[cascade.DependentColumns[i]] = new ColumnImage(
                    principal.Kind, Old: value, New: cascade.Action == ReferentialAction.SetNull ? StoreValue.NullHash : null);
            }
        }

        MapRow(new RowImage(cascade.Dependent, cascade.Deletes ? RowChange.Delete : RowChange.Update, columns), default, tags);
        Follow(cascade.Dependent, cascade.Deletes, cascade.ChangesKeys, tags);
    }

    /// <summary>Whether the save itself writes all the rows that the cascade could reach: each has an image of its own.</summary>
    private bool IsEmptied(RowImage image, Cascade cascade, Func<LoadedRows, bool> holds)
        => image.Emptied.Any(l => IsReach(l.Include, image.Table, cascade) && holds(l)) && !facts.HasTriggers(cascade.Dependent)
            && !facts.IsAmbiguous(cascade.Dependent) && !facts.IsAmbiguous(image.Table);

    private static bool IsReach(IncludedRows rows, string principal, Cascade cascade)
        => cascade.Dependent == rows.Family.Table
            && cascade.DependentColumns.Count == rows.Key.Count
            && Enumerable.Range(0, rows.Key.Count).All(i => rows.Key[i].Table == principal
                && Enumerable.Range(0, rows.Key.Count).Any(
                    c => cascade.DependentColumns[c] == rows.Family.Columns[i].Name && cascade.PrincipalColumns[c] == rows.Key[i].Name));

    private void Follow(string table, bool mayDelete, bool mayChangeKeys, WriteTags tags)
    {
        if (!facts.LeadsOn(table, mayDelete, mayChangeKeys))
        {
            return;
        }

        var reached = new HashSet<string>(StringComparer.Ordinal);
        if (!facts.Follow(table, mayDelete, mayChangeKeys, reached))
        {
            tags.AddDatabase();
            return;
        }

        foreach (var other in reached)
        {
            tags.AddTable(other);
        }
    }
}
