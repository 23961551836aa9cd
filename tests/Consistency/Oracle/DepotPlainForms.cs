using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>
/// The simplest questions: the rows with one value in one column, the rows at some places of an order, an extreme, and one question of each shape through which a condition
/// may not go. They are asked after every write to their tables, for most values that there are: whatever is wrong with what a write invalidates shows in them first.
/// </summary>
internal sealed class DepotPlainForms : DepotFormList
{
    internal DepotPlainForms()
    {
        Everywhere();
        ByTurns();
        Shaped();
    }

    /// <summary>By the columns that most writes move, two values of each in every stretch. Pages show what they are sorted by, so that their order needs no comparing.</summary>
    private void Everywhere()
    {
        Plain("of hub", "Items", PlainTurn.Always, [1, 2, 3, 4], (WorldContext db, int hub) => db.Items.Where(i => i.HubId == hub).Select(i => new { i.Id, i.Slot, i.SpareId }));
        Plain("of spare", "Items", PlainTurn.Always, new int?[] { null, 1, 2, 3, 4 }, (WorldContext db, int? spare) => db.Items.Where(i => i.SpareId == spare).Select(i => new { i.Id, i.Slot, i.HubId }));
        Plain("in slot", "Items", PlainTurn.Always, [1, 2, 3, 4, 5], (WorldContext db, int slot) => db.Items.Where(i => i.Slot == slot).Select(i => new { i.Id, i.HubId, i.Grade }));
        Plain("by twice", "Items", PlainTurn.Always, [2, 4, 6, 8], (WorldContext db, int twice) => db.Items.Where(i => i.Twice == twice).Select(i => new { i.Id, i.HubId }));
        Plain("by key", "Items", PlainTurn.Always, [8, 9, 1], (WorldContext db, int id) => db.Items.Where(i => i.Id == id).Select(i => new { i.HubId, i.SpareId, i.Slot }));
        Plain("screws in box", "Parts", PlainTurn.Always, new int?[] { null, 1, 2, 3 }, (WorldContext db, int? box) => db.Set<Screw>().Where(p => p.BoxId == box).Select(p => new { p.Id, p.Weight }));
        Plain("parts of item", "Parts", PlainTurn.Always, [1, 2, 3, 4], (WorldContext db, int item) => db.Parts.Where(p => p.ItemId == item).Select(p => new { p.Id, p.Weight }));
        Plain("hubs of parent", "Hubs", PlainTurn.Always, new int?[] { null, 1, 2, 3 }, (WorldContext db, int? parent) => db.Hubs.Where(h => h.ParentId == parent).Select(h => new { h.Id, h.Kind }));
        Plain("page of parts by weight", "Parts", PlainTurn.Always, [0, 1, 3, 5], (WorldContext db, int skip) => db.Parts.OrderByDescending(p => p.Weight).ThenBy(p => p.Id).Skip(skip).Take(3));
        PlainValue("heaviest part of item, or of all", "Parts", PlainTurn.Always, new int?[] { null, 1, 2, 3 }, PartsOf, q => q.Max(p => (int?)p.Weight), q => q.MaxAsync(p => (int?)p.Weight));
        Plain("parts but the lightest", "Parts", PlainTurn.Always, [2, 3, 4], (WorldContext db, int skip) => db.Parts.OrderBy(p => p.Weight).ThenBy(p => p.Id).Skip(skip).Select(p => new { p.Id, p.Weight }));

        // To PostgreSQL, names are equal whatever the accents.
        Plain("names of bunches and unique texts of items, then one", "Items Bunches", PlainTurn.Always, ["Ś1", "Ś3", "Ś5"], (WorldContext db, string text) => db.Bunches.Select(b => new { b.Id, Text = b.Name })
            .Concat(db.Items.Select(i => new { i.Id, Text = i.Sku })).Where(x => x.Text == text));
    }

    private static IQueryable<Part> PartsOf(WorldContext db, int? item) => item is { } id ? db.Parts.Where(p => p.ItemId == id) : db.Parts;

    /// <summary>By the others: two values of each of two of them in a stretch.</summary>
    private void ByTurns()
    {
        Plain("of keeper", "Items", PlainTurn.Some, new int?[] { null, 1, 2, 3 }, (WorldContext db, int? keeper) => db.Items.Where(i => EF.Property<int?>(i, "KeeperId") == keeper).Select(i => new { i.Id, i.Slot }));
        Plain("of grade", "Items", PlainTurn.Some, [0, 1, 2], (WorldContext db, int grade) => db.Items.Where(i => (int)i.Grade == grade).Select(i => new { i.Id, i.HubId, i.Slot }));
        Plain("in mode", "Items", PlainTurn.Some, [Mode.Idle, Mode.Busy, Mode.Broken], (WorldContext db, Mode mode) => db.Items.Where(i => i.Mode == mode).Select(i => new { i.Id, i.HubId, i.Slot }));
        Plain("by big", "Items", PlainTurn.Some, [1L, 2L, 3L, 4L], (WorldContext db, long big) => db.Items.Where(i => i.Big == big).Select(i => new { i.Id, i.HubId, i.Slot }));
        Plain("by nick", "Items", PlainTurn.Some, ["ann", "BOB", "Cy"], (WorldContext db, string nick) => db.Items.Where(i => i.Nick == nick).Select(i => new { i.Id, i.Nick, i.HubId, i.Slot }));
        Plain("quirks by tidy", "Quirks", PlainTurn.Some, ["ann", "bob", " Bob "], (WorldContext db, string tidy) => db.Quirks.Where(q => q.Tidy == tidy).Select(q => new { q.Id, q.HubId }));
        Plain("quirks by notch", "Quirks", PlainTurn.Some, [3, 4, 5, 6], (WorldContext db, int notch) => db.Quirks.Where(q => q.Notch == notch).Select(q => new { q.Id, q.HubId }));
        Plain("by rank", "Items", PlainTurn.Some, [1, 2, 3], (WorldContext db, int rank) => db.Items.Where(i => i.Rank == rank).Select(i => new { i.Id, i.HubId, i.Slot }));
        Plain("by ref", "Items", PlainTurn.Some, new Guid?[] { null, WorldSeed.GuidOf(1), WorldSeed.GuidOf(2), WorldSeed.GuidOf(3) }, (WorldContext db, Guid? id) => db.Items.Where(i => i.Ref == id).Select(i => new { i.Id, i.HubId, i.Slot }));
        Plain("by label", "Items", PlainTurn.Some, new int?[] { null, 1, 2, 3 }, (WorldContext db, int? no) => db.Items.Where(i => i.Label!.No == no).Select(i => new { i.Id, i.HubId, i.Slot }));
        Plain("narrow, in mode", "Items", PlainTurn.Some, ["Idle", "1", "Busy"], (NarrowContext db, string mode) => db.Items.Where(i => i.Mode == mode).Select(i => new { i.Id, i.HubId, i.Slot }));
        Plain("sheets of item", "Sheets", PlainTurn.Some, new int?[] { null, 1, 2, 3 }, (WorldContext db, int? item) => db.Sheets.Where(p => p.ItemId == item).Select(p => new { p.Id, p.Mark }));
        Plain("drafts of hub", "Drafts", PlainTurn.Some, new int?[] { null, 1, 2, 4 }, (WorldContext db, int? hub) => db.Set<Draft>().Where(p => p.HubId == hub).Select(p => p.Id));
        PlainValue("lightest part of item, or of all", "Parts", PlainTurn.Some, new int?[] { null, 1, 2, 3 }, PartsOf, q => q.Min(p => (int?)p.Weight), q => q.MinAsync(p => (int?)p.Weight));
        Plain("hubs of kind", "Hubs", PlainTurn.Some, [0, 1, 2], (WorldContext db, int kind) => db.Hubs.Where(h => h.Kind == kind).Select(h => new { h.Id, h.Name }));
        Plain("page of hubs by kind", "Hubs", PlainTurn.Some, [0, 1, 2], (WorldContext db, int skip) => db.Hubs.OrderBy(h => h.Kind).ThenBy(h => h.Id).Skip(skip).Take(1).Select(h => new { h.Id, h.Kind }));
    }

    /// <summary>By turns as well: one for each shape through which a condition may not go, or goes in part.</summary>
    private void Shaped()
    {
        Plain("first by slot, then of hub", "Items", PlainTurn.Some, [1, 2, 3], (WorldContext db, int hub) => db.Items.OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(4).Where(i => i.HubId == hub).Select(i => new { i.Id, i.HubId }));
        Plain("first of each hub, then of spare", "Items", PlainTurn.Some, new int?[] { null, 1, 2, 3 }, (WorldContext db, int? spare) => db.Items.Select(i => i.HubId).Distinct()
            .SelectMany(h => db.Items.Where(i => i.HubId == h).OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(1)).Where(i => i.SpareId == spare).Select(i => new { i.Id, i.SpareId }));
        Plain("hubs by their lowest slot", "Items Hubs", PlainTurn.Some, [1, 2, 3], (WorldContext db, int slot) => db.Items.GroupBy(i => i.HubId).Select(g => new { g.Key, Slot = g.Min(i => i.Slot) })
            .Join(db.Hubs, x => x.Key, h => h.Id, (x, h) => new { x.Slot, h.Id }).Where(x => x.Slot == slot));
        Plain("right joined with hubs, of spare", "Items Hubs", PlainTurn.Some, new int?[] { null, 1, 2, 3 }, (WorldContext db, int? spare) => db.Items
            .RightJoin(db.Hubs, i => i.HubId, h => h.Id, (i, h) => new { HubId = h.Id, ItemId = (int?)i!.Id, i.SpareId }).Where(x => x.SpareId == spare));
        Plain("spares, parts of items with one of kind", "Items Hubs Parts", PlainTurn.Some, [0, 1, 2], (WorldContext db, int kind) => db.Items.LeftJoin(db.Hubs, i => i.SpareId, h => h.Id, (i, h) => new { i, h })
            .LeftJoin(db.Parts, x => new { x.i.Id, x.h!.Kind }, p => new { Id = p.ItemId, Kind = kind }, (x, p) => new { x.i.Id, x.h!.Name, Part = (int?)p!.Id }));
        Plain("of hub or hub 3, with the hubs", "Items Hubs", PlainTurn.Some, [1, 2, 4], (WorldContext db, int hub) => db.Items.Where(i => i.HubId == hub).Concat(db.Items.Where(i => i.HubId == 3))
            .Join(db.Hubs, i => i.HubId, h => h.Id, (i, h) => new { i.Id, h.Name, h.Kind }));
    }
}
