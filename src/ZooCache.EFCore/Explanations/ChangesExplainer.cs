using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking.Internal;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Update;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Setup;
using ZooCache.EFCore.Writes;

namespace ZooCache.EFCore.Explanations;

/// <summary>Lets EF prepare the modification commands that SaveChanges would send, and maps each row as it would, without marking,
/// bumping or sending anything. Stored procedures are left out.</summary>
internal static class ChangesExplainer
{
    internal static ChangesExplanation Explain(DbContext db, ContextCache cache)
    {
        if (db.ChangeTracker.AutoDetectChangesEnabled)
        {
            db.ChangeTracker.DetectChanges();
        }

        var registry = cache.Registry;
        registry.Register(db.Model.GetRelationalModel());
        var images = new RowImages(registry, cache.Origins.Find);
        var tags = new WriteTags(registry.Paths, describes: true);
        var rows = new List<RowInvalidation>();
        var written = new List<(string Table, RowChange Change)>();
        foreach (var command in Commands(db).Where(c => c.StoreStoredProcedure is null))
        {
            var image = images.Of(command, executed: false);
            var believed = new Believed(image.Proof is { } proof && Holds(cache, proof), read => Holds(cache, read.Proof));
            registry.Map(image, believed, loaded => Holds(cache, loaded.ConditionIn(registry.Paths)), tags);
            written.Add((image.Table, image.Change));
            rows.Add(new RowInvalidation(
                registry.NameOf(image.Table), $"{image.Change}", [.. registry.Outcomes(image, believed).Select(o => Describe(o, image, believed.Row, registry))]));
        }

        foreach (var table in written.GroupBy(w => w.Table, StringComparer.Ordinal).Where(t => t.Count() > WrittenRows.MaximumOfATable))
        {
            registry.Map(new TableWrite(table.Key, MayDelete: table.Any(w => w.Change == RowChange.Delete), Assigned: []), tags);
        }

        return new ChangesExplanation(
            tags.IsDatabase, rows, [.. tags.Tables.Select(t => new InvalidatedTable(registry.NameOf(t.Key), t.Value))]);
    }

    private static bool Holds(ContextCache cache, UnchangedSince condition)
        => cache.Cache.Trie.IsValid(new DependencyPath(condition.Path, Subtree: false), condition.Fence);

    private static IEnumerable<IReadOnlyModificationCommand> Commands(DbContext db)
    {
        var entries = db.GetService<IStateManager>().GetEntriesToSave(cascadeChanges: false);
        return entries.Count == 0
            ? []
            : db.GetService<ICommandBatchPreparer>().BatchCommands(entries, db.GetService<IUpdateAdapterFactory>().Create())
                .SelectMany(b => b.ModificationCommands);
    }

    private static Bump Describe(FamilyOutcome outcome, RowImage image, bool believed, TableRegistry registry)
        => new(registry.NamesOf(outcome.Family), outcome.Extent != Extent.All && !outcome.Family.IsWholeTable, outcome.Extent switch
        {
            Extent.Untouched => "the write sets none of these columns",
            Extent.NewRows => "the store makes the values: those of the row, before the commit, where SaveChanges begins a transaction; else all that have found nothing",
            Extent.Values when outcome.Family.IsWholeTable => "they depend on all rows of the table",
            Extent.Values when image.Change == RowChange.Insert => "the insert sets them",
            Extent.Values => believed && image.OldHashOf(outcome.Family, believed: false) is null ? "this context has read the row, and nobody has written it since" : "the command names them",
            _ when image.Change == RowChange.Insert => "the insert doesn't set all of them",
            _ when image.Proof is null => "what the row was isn't known: no query of this context has read it, since its last save, so that it could have been kept",
            _ when !believed => "what the row was isn't known: it was written since this context has read it",
            _ => "a column isn't among those whose value before or after the write is known",
        })
        {
            UsedColumns = registry.UsedNamesOf(outcome.Family),
            IsNone = outcome.Extent == Extent.Untouched,
        };
}
