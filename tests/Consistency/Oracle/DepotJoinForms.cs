using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Inner and outer joins on either side, with conditions on either side in WHERE and in ON; includes.</summary>
internal sealed class DepotJoinForms : DepotFormList
{
    internal DepotJoinForms()
    {
        Inner();
        ToOne();
        ToMany();
        Includes();
    }

    private void Inner()
    {
        Seq("items joined with a hub", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Items.Join(db.Hubs, i => i.HubId, h => h.Id, (i, h) => new { i.Id, i.Slot, Hub = h.Id, h.Name }).Where(x => x.Hub == hub); });
        Seq("items of a hub joined with hubs", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Join(db.Hubs, i => i.SpareId, h => h.Id, (i, h) => new { i.Id, h.Name }); });
        Seq("items joined with hubs of a kind", "Items Hubs", (db, a) => { var kind = a.Pick(0, 1, 2); return db.Items.Join(db.Hubs, i => i.HubId, h => h.Id, (i, h) => new { i.Id, i.Slot, h.Kind }).Where(x => x.Kind == kind); });
        Seq("items of a spare or in a hub of a kind", "Items Hubs", (db, a) => { var (spare, kind) = (a.HubOrNull(), a.Pick(0, 1, 2)); return db.Items.Join(db.Hubs, i => i.HubId, h => h.Id, (i, h) => new { i.Id, i.SpareId, h.Kind }).Where(x => x.SpareId == spare || x.Kind == kind); });
        Seq("hubs joined with items by a long", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Hubs.Join(db.Items, h => (long)h.Id, i => i.Big, (h, i) => new { h.Id, h.Name, Item = i.Id, i.Slot }).Where(x => x.Id == hub); });
        Seq("hubs joined with items of a long", "Items Hubs", (db, a) => { long big = a.Pick(1, 2, 5); return db.Items.Where(i => i.Big == big).Join(db.Hubs, i => i.Big, h => (long)h.Id, (i, h) => new { h.Name, Item = i.Id, i.Slot }); });
        Seq("parts of items of a hub", "Items Parts", (db, a) => { var hub = a.Hub(); return db.Parts.Where(p => p.Item!.HubId == hub).Select(p => new { p.Id, p.Weight }); });
        Seq("parts of items in a hub of a kind", "Items Parts Hubs", (db, a) => { var kind = a.Pick(0, 1, 2); return db.Parts.Where(p => p.Item!.Hub!.Kind == kind).Select(p => new { p.Id, p.Item!.Hub!.Name }); });
        Seq("parts of an item with its hub", "Items Parts Hubs", (db, a) => { var id = a.Pick(1, 2, 9); return db.Parts.Where(p => p.ItemId == id).Select(p => new { p.Weight, p.Item!.Slot, p.Item.Hub!.Name }); });
        Seq("pairs of hubs and items of a spare", "Items Hubs", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return from h in db.Hubs from i in db.Items where h.Id == hub && i.SpareId == spare select new { h.Name, i.Id }; });
        Seq("items of a hub beside those of its parent", "Items Hubs", (db, a) => { var hub = a.Pick(3, 4, 2); return from h in db.Hubs join i in db.Items on h.ParentId equals i.HubId where h.Id == hub select new { h.Name, i.Id, i.Slot }; });
    }

    private void ToOne()
    {
        Seq("items left joined with a spare", "Items Hubs", (db, a) => { var spare = a.HubOrNull(); return db.Items.LeftJoin(db.Hubs, i => i.SpareId, h => h.Id, (i, h) => new { i.Id, i.Slot, Spare = (int?)h!.Id, Name = h == null ? null : h.Name }).Where(x => x.Spare == spare); });
        Seq("items left joined with a spare of a parent", "Items Hubs", (db, a) => { var parent = a.HubOrNull(); return db.Items.LeftJoin(db.Hubs, i => i.SpareId, h => h.Id, (i, h) => new { i.Id, i.Slot, h!.ParentId }).Where(x => x.ParentId == parent); });
        Seq("items left joined with spares of a kind", "Items Hubs", (db, a) => { var kind = a.Pick<int?>(0, 1, null); return db.Items.LeftJoin(db.Hubs, i => i.SpareId, h => h.Id, (i, h) => new { i.Id, i.Slot, Kind = (int?)h!.Kind }).Where(x => x.Kind == kind); });
        Seq("items left joined with spares not of a kind", "Items Hubs", (db, a) => { var kind = a.Pick<int?>(0, 1, null); return db.Items.LeftJoin(db.Hubs, i => i.SpareId, h => h.Id, (i, h) => new { i.Id, i.Slot, Kind = (int?)h!.Kind }).Where(x => x.Kind != kind); });
        Seq("items of a hub with their spare", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Select(i => new { i.Id, i.Spare!.Name }); });
        Seq("items by their spare's parent", "Items Hubs", (db, a) => { var parent = a.HubOrNull(); return db.Items.Where(i => i.Spare!.ParentId == parent).Select(i => new { i.Id, i.Slot }); });
        Seq("items by their spare's parent's kind", "Items Hubs", (db, a) => { var kind = a.Pick<int?>(1, 2, null); return db.Items.Where(i => (int?)i.Spare!.Parent!.Kind == kind).Select(i => new { i.Id, i.Slot }); });
        Seq("items without a spare, by navigation", "Items Hubs", (db, a) => db.Items.Where(i => i.Spare == null).Select(i => new { i.Id, i.Hub!.Name }));
        Seq("items by slot left joined with hubs, none", "Items Hubs", (db, a) => { var hub = a.HubOrNull(); return db.Items.LeftJoin(db.Hubs, i => i.Slot, h => h.Id, (i, h) => new { i.Id, Hub = (int?)h!.Id, h.ParentId }).Where(x => x.Hub == hub); });
        Seq("items by slot left joined with hubs of a parent", "Items Hubs", (db, a) => { var hub = a.HubOrNull(); return db.Items.LeftJoin(db.Hubs, i => i.Slot, h => h.Id, (i, h) => new { i.Id, h!.ParentId }).Where(x => x.ParentId == hub); });
        Seq("items, their spare in ON if of a hub", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Items.LeftJoin(db.Hubs, i => new { Id = i.SpareId, Of = i.HubId }, h => new { Id = (int?)h.Id, Of = hub }, (i, h) => new { i.Id, i.Slot, h!.Name }); });
    }

    private void ToMany()
    {
        Seq("hubs left joined with items of a spare", "Items Hubs", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.LeftJoin(db.Items, h => h.Id, i => i.HubId, (h, i) => new { h.Name, Item = (int?)i!.Id, i.SpareId }).Where(x => x.SpareId == spare); });
        Seq("hubs left joined with items, none", "Items Hubs", (db, a) => { var id = a.Pick<int?>(null, 1, 9); return db.Hubs.LeftJoin(db.Items, h => h.Id, i => i.HubId, (h, i) => new { h.Id, h.Name, Item = (int?)i!.Id }).Where(x => x.Item == id); });
        Seq("hubs left joined with items of a grade", "Items Hubs", (db, a) => { var grade = a.Pick<Grade?>(Grade.Low, null, Grade.Mid); return db.Hubs.LeftJoin(db.Items, h => h.Id, i => i.HubId, (h, i) => new { h.Name, Item = (int?)i!.Id, Grade = (Grade?)i.Grade }).Where(x => x.Grade == grade); });
        Seq("hubs left joined with items by slot, of a spare", "Items Hubs", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.LeftJoin(db.Items, h => h.Id, i => i.Slot, (h, i) => new { h.Id, Item = (int?)i!.Id, i.SpareId }).Where(x => x.SpareId == spare); });
        Seq("a hub left joined with its items", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => h.Id == hub).LeftJoin(db.Items, h => h.Id, i => i.HubId, (h, i) => new { h.Name, Item = (int?)i!.Id }); });
        Seq("hubs left joined with items, in ON one hub's", "Items Hubs", (db, a) => { var hub = a.Hub(); return from h in db.Hubs from i in db.Items.Where(i => i.HubId == h.Id && i.HubId == hub).DefaultIfEmpty() select new { h.Id, h.Name, Item = (int?)i!.Id }; });
        Seq("hubs left joined with items, in ON one hub's by equality", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Hubs.LeftJoin(db.Items, h => new { h.Id, Of = hub }, i => new { Id = i.HubId, Of = i.HubId }, (h, i) => new { h.Name, h.Kind, Item = (int?)i!.Id }); });
        Seq("hubs left joined with items, in ON an item's slot", "Items Hubs", (db, a) => { var slot = a.Pick(2, 3, 4); return db.Hubs.LeftJoin(db.Items, h => new { h.Id, Slot = slot }, i => new { Id = i.HubId, i.Slot }, (h, i) => new { h.Id, h.Kind, Item = (int?)i!.Id }); });
        Seq("hubs left joined with items, in ON a kind of hubs", "Items Hubs", (db, a) => { var kind = a.Pick(0, 1, 2); return db.Hubs.LeftJoin(db.Items, h => new { h.Id, h.Kind }, i => new { Id = i.HubId, Kind = kind }, (h, i) => new { h.Id, h.Name, Item = (int?)i!.Id }); });
        Seq("hubs left joined with items, in ON a key of hubs", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Hubs.LeftJoin(db.Items, h => new { h.Id, Is = h.Id }, i => new { Id = i.HubId, Is = hub }, (h, i) => new { h.Name, h.Kind, Slot = (int?)i!.Slot }); });
        Seq("hubs left joined with items, in ON a spare", "Items Hubs", (db, a) => { var spare = a.HubOrNull(); return from h in db.Hubs from i in db.Items.Where(i => i.HubId == h.Id && i.SpareId == spare).DefaultIfEmpty() select new { h.Id, h.Kind, Item = (int?)i!.Id }; });
        Seq("hubs, group join of items, then a spare or none", "Items Hubs", (db, a) => { var spare = a.HubOrNull(); return from h in db.Hubs join i in db.Items on h.Id equals i.HubId into items from i in items.DefaultIfEmpty() where i == null || i.SpareId == spare select new { h.Name, Item = (int?)i!.Id }; });
        Seq("items right joined with hubs, one hub", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Items.RightJoin(db.Hubs, i => i.HubId, h => h.Id, (i, h) => new { h.Id, h.Name, Item = (int?)i!.Id }).Where(x => x.Id == hub); });
        Seq("items right joined with hubs, of a spare", "Items Hubs", (db, a) => { var spare = a.HubOrNull(); return db.Items.RightJoin(db.Hubs, i => i.HubId, h => h.Id, (i, h) => new { h.Name, Item = (int?)i!.Id, i.SpareId }).Where(x => x.SpareId == spare); });
        Seq("items of a grade right joined with hubs of a kind", "Items Hubs", (db, a) => { var (grade, kind) = (a.Pick(Grade.Low, Grade.Mid, Grade.High), a.Pick(0, 1, 2)); return db.Items.Where(i => i.Grade == grade).RightJoin(db.Hubs.Where(h => h.Kind == kind), i => i.HubId, h => h.Id, (i, h) => new { h.Name, Item = (int?)i!.Id }); });
        Seq("parts, their item left joined with a spare", "Items Parts Hubs", (db, a) => { var spare = a.HubOrNull(); return db.Parts.Join(db.Items, p => p.ItemId, i => i.Id, (p, i) => new { p.Weight, i.SpareId, i.Slot }).LeftJoin(db.Hubs, x => x.SpareId, h => h.Id, (x, h) => new { x.Weight, x.Slot, Spare = (int?)h!.Id }).Where(x => x.Spare == spare); });
        Seq("hubs, items and parts left joined, of an item", "Items Parts Hubs", (db, a) => { var id = a.Pick<int?>(1, null, 2); return db.Hubs.LeftJoin(db.Items, h => h.Id, i => i.HubId, (h, i) => new { h.Name, Item = (int?)i!.Id }).LeftJoin(db.Parts, x => x.Item, p => p.ItemId, (x, p) => new { x.Name, x.Item, Owner = (int?)p!.ItemId, Weight = (int?)p.Weight }).Where(x => x.Owner == id); });
        Seq("distinct spares of hubs left joined", "Items Hubs", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.LeftJoin(db.Items, h => h.Id, i => i.HubId, (h, i) => new { h.Kind, i!.SpareId }).Distinct().Where(x => x.SpareId == spare); });
    }

    private void Includes()
    {
        One("hub by key, items included", "Items Hubs", (db, a) => { var hub = a.Hub(); var q = db.Hubs.Include(h => h.Items).Via(a); return a.End(() => q.FirstOrDefault(h => h.Id == hub), () => q.FirstOrDefaultAsync(h => h.Id == hub)); });
        One("hub by key, items and parts included", "Items Hubs Parts", (db, a) => { var hub = a.Hub(); var q = db.Hubs.Include(h => h.Items).ThenInclude(i => i.Parts).Via(a); return a.End(() => q.SingleOrDefault(h => h.Id == hub), () => q.SingleOrDefaultAsync(h => h.Id == hub)); });
        Seq("hub by key, items and parts included, split", "Items Hubs Parts", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => h.Id == hub).Include(h => h.Items).ThenInclude(i => i.Parts).AsSplitQuery(); });
        Seq("hub by key, items and spares included", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => h.Id == hub).Include(h => h.Items).Include(h => h.Spares); });
        Seq("hub by key, items of a spare included", "Items Hubs", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return db.Hubs.Where(h => h.Id == hub).Include(h => h.Items.Where(i => i.SpareId == spare)); });
        Seq("hubs, items of a spare included", "Items Hubs", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.Include(h => h.Items.Where(i => i.SpareId == spare)); });
        Seq("hubs of a kind, items of a grade included, split", "Items Hubs", (db, a) => { var kind = a.Pick(0, 1, 2); return db.Hubs.Where(h => h.Kind == kind).Include(h => h.Items.Where(i => i.Grade == Grade.Mid)).AsSplitQuery(); });
        Seq("items of a hub, parts included", "Items Parts", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Include(i => i.Parts); });
        Seq("items of a hub, parts included, split", "Items Parts", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Include(i => i.Parts).AsSplitQuery(); });
        Seq("items of a hub, hub and spare included", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Include(i => i.Hub).Include(i => i.Spare); });
        Seq("items of a spare, it and its parent included", "Items Hubs", (db, a) => { var spare = a.HubOrNull(); return db.Items.Where(i => i.SpareId == spare).Include(i => i.Spare).ThenInclude(h => h!.Parent); });
        One("item by key, hub included", "Items Hubs", (db, a) => { var id = a.Pick(1, 2, 9); var q = db.Items.Include(i => i.Hub).Via(a); return a.End(() => q.FirstOrDefault(i => i.Id == id), () => q.FirstOrDefaultAsync(i => i.Id == id)); });
        Seq("parts of an item, it and its spare included", "Items Parts Hubs", (db, a) => { var id = a.Pick(1, 2, 9); return db.Parts.Where(p => p.ItemId == id).Include(p => p.Item).ThenInclude(i => i!.Spare); });
        Seq("items by unique text, bunches included", "Items BunchItem Bunches", (db, a) => { var sku = a.Pick("S1", "S2", "S9"); return db.Items.Where(i => i.Sku == sku).Include(i => i.Bunches); });
    }
}
