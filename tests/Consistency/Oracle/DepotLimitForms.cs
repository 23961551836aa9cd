using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Conditions outside and inside limits, windows, groups and DISTINCT: most of them may not cross.</summary>
internal sealed class DepotLimitForms : DepotFormList
{
    internal DepotLimitForms()
    {
        Limits();
        Orders();
        Windows();
        Groups();
    }

    private void Limits()
    {
        Seq("first items, then of a hub", "Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(4).Where(i => i.HubId == hub).Select(i => i.Id); });
        Seq("later items, then of a hub", "Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.OrderBy(i => i.Slot).ThenBy(i => i.Id).Skip(2).Where(i => i.HubId == hub).Select(i => i.Id); });
        Seq("first items, then of a spare or none", "Items", (db, a) => { var spare = a.HubOrNull(); return db.Items.OrderByDescending(i => i.Big).ThenBy(i => i.Id).Take(4).Where(i => i.SpareId == spare); });
        Seq("first items of a hub", "Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.Where(i => i.HubId == hub).OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(1); });
        Seq("page of a hub", "Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.Where(i => i.HubId == hub).OrderBy(i => i.Slot).ThenBy(i => i.Id).Skip(1).Take(1).Select(i => new { i.Id, i.Slot }); });
        Seq("page of a hub, then of a spare", "Items", (db, a) => { var (hub, spare) = (a.Pick(1, 2, 3), a.HubOrNull()); return db.Items.Where(i => i.HubId == hub).OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(2).Where(i => i.SpareId == spare).Select(i => i.Id); });
        Seq("page of a hub, its parts joined", "Items Parts", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.Where(i => i.HubId == hub).OrderBy(i => i.Id).Skip(1).Take(2).Join(db.Parts, i => i.Id, p => p.ItemId, (i, p) => new { i.Slot, p.Id, p.Weight }); });
        Seq("page of items, hubs joined, then one hub", "Items Hubs", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(4).Join(db.Hubs, i => i.HubId, h => h.Id, (i, h) => new { i.Slot, h.Id, h.Name }).Where(x => x.Id == hub); });
        Value("whether a hub is among the first items", "Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(3).Where(i => i.HubId == hub); }, q => q.Any(), q => q.AnyAsync());
        Value("the third item's hub", "Items", (db, a) => db.Items.OrderBy(i => i.Slot).ThenBy(i => i.Id).Select(i => i.HubId), q => q.ElementAtOrDefault(2), q => q.ElementAtOrDefaultAsync(2));
        Value("last item of a hub", "Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.Where(i => i.HubId == hub).OrderBy(i => i.Slot).ThenBy(i => i.Id).Select(i => new { i.Id, i.Slot }); }, q => q.LastOrDefault(), q => q.LastOrDefaultAsync());
        Seq("page of hubs with a page of items, then a spare", "Hubs Items", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.OrderBy(h => h.Id).Take(3).SelectMany(h => h.Items.OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(1)).Where(i => i.SpareId == spare).Select(i => i.Id); });
        Seq("page, items included", "Hubs Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Hubs.Where(h => h.Id == hub).OrderBy(h => h.Name).Take(1).Include(h => h.Items); });
        Seq("hubs, one first, then its items", "Hubs Items", (db, a) => { var kind = a.Pick(0, 1, 2); return db.Hubs.OrderBy(h => h.Id).Take(2).Where(h => h.Kind == kind).Include(h => h.Items); });
    }

    /// <summary>Parts of an order, of tables whose rows are remembered as they were read.</summary>
    private void Orders()
    {
        Seq("page of hubs by kind", "Hubs", (db, a) => { var skip = a.Number(3); return db.Hubs.OrderBy(h => h.Kind).ThenBy(h => h.Id).Skip(skip).Take(1); }, ordered: true);
        Seq("page of hubs by kind, the last first", "Hubs", (db, a) => { var skip = a.Number(3); return db.Hubs.OrderByDescending(h => h.Kind).ThenBy(h => h.Name).ThenBy(h => h.Id).Skip(skip).Take(2).Select(h => new { h.Id, h.Kind }); }, ordered: true);
        Seq("parts but the lightest", "Parts", (db, a) => { var skip = 4 + a.Number(3); return db.Parts.OrderBy(p => p.Weight).ThenBy(p => p.Id).Skip(skip); }, ordered: true);
        Seq("page of parts by weight", "Parts", (db, a) => { var skip = a.Number(5); return db.Parts.OrderByDescending(p => p.Weight).ThenBy(p => p.Id).Skip(skip).Take(2); }, ordered: true);
        Seq("second part of an item", "Parts", (db, a) => { var item = a.Id(4); return db.Parts.Where(p => p.ItemId == item).OrderBy(p => p.Weight).ThenBy(p => p.Id).Skip(1).Take(1).Select(p => new { p.Id, p.Weight }); });
        Value("heaviest part", "Parts", (db, a) => db.Parts.Select(p => (int?)p.Weight), q => q.Max(), q => q.MaxAsync());
        Value("lightest part of an item", "Parts", (db, a) => { var item = a.Id(4); return db.Parts.Where(p => p.ItemId == item).Select(p => (int?)p.Weight); }, q => q.Min(), q => q.MinAsync());
        Value("least kind of a hub of a parent", "Hubs", (db, a) => { var parent = a.HubOrNull(); return db.Hubs.Where(h => h.ParentId == parent).Select(h => (int?)h.Kind); }, q => q.Min(), q => q.MinAsync());
        Value("hub of the greatest kind", "Hubs", (db, a) => db.Hubs.OrderByDescending(h => h.Kind).ThenBy(h => h.Id).Select(h => new { h.Id, h.Kind }), q => q.FirstOrDefault(), q => q.FirstOrDefaultAsync());
    }

    private void Windows()
    {
        Seq("first item of each grade, then of a hub", "Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.Select(i => i.Grade).Distinct().SelectMany(g => db.Items.Where(i => i.Grade == g).OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(1)).Where(i => i.HubId == hub).Select(i => i.Id); });
        Seq("first item of each hub, then of a hub", "Items", (db, a) => { var hub = a.Pick(1, 2, 5); return db.Items.Select(i => i.HubId).Distinct().SelectMany(h => db.Items.Where(i => i.HubId == h).OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(1)).Where(i => i.HubId == hub).Select(i => new { i.Id, i.Slot }); });
        Seq("first item of each hub, then of a spare", "Items", (db, a) => { var spare = a.HubOrNull(); return db.Items.Select(i => i.HubId).Distinct().SelectMany(h => db.Items.Where(i => i.HubId == h).OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(1)).Where(i => i.SpareId == spare).Select(i => i.Id); });
        Seq("first item of each hub", "Hubs Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Hubs.Where(h => h.Id == hub).SelectMany(h => h.Items.OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(1)).Select(i => new { i.Id, i.Slot }); });
        Seq("second item of each hub, then of a grade", "Hubs Items", (db, a) => { var grade = a.Pick(Grade.Low, Grade.Mid, Grade.High); return db.Hubs.SelectMany(h => h.Items.OrderBy(i => i.Slot).ThenBy(i => i.Id).Skip(1).Take(1)).Where(i => i.Grade == grade).Select(i => i.Id); });
        Seq("hubs, first items of a spare included", "Hubs Items", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.Include(h => h.Items.Where(i => i.SpareId == spare).OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(1)); });
        Seq("a hub with its last item", "Hubs Items", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => h.Id == hub).Select(h => new { h.Name, Last = h.Items.OrderByDescending(i => i.Slot).ThenBy(i => i.Id).FirstOrDefault() }); });
    }

    private void Groups()
    {
        Seq("grades of a hub, counted", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).GroupBy(i => i.Grade).Select(g => new { g.Key, Count = g.Count() }); });
        Seq("hubs of items, counted, then one", "Items", (db, a) => { var hub = a.Hub(); return db.Items.GroupBy(i => i.HubId).Select(g => new { g.Key, Count = g.Count(), Sum = g.Sum(i => i.Slot) }).Where(x => x.Key == hub); });
        Seq("grades whose highest hub is one", "Items", (db, a) => { var hub = a.Pick(2, 3, 4); return db.Items.GroupBy(i => i.Grade).Where(g => g.Max(i => i.HubId) == hub).Select(g => new { g.Key, Count = g.Count() }); });
        Seq("first grades with their highest hub, then one", "Items", (db, a) => { var hub = a.Pick(2, 3, 4); return db.Items.GroupBy(i => i.Grade).Select(g => new { g.Key, Hub = g.Max(i => i.HubId), Count = g.Count() }).OrderBy(x => x.Key).Take(3).Where(x => x.Hub == hub); });
        Seq("items of grades whose highest hub is one", "Items", (db, a) => { var hub = a.Pick(2, 3, 4); return db.Items.GroupBy(i => i.Grade).Select(g => new { g.Key, Hub = g.Max(i => i.HubId) }).Join(db.Items, x => x.Key, i => i.Grade, (x, i) => new { x.Hub, i.Id }).Where(x => x.Hub == hub); });
        Seq("hubs whose highest slot is one, joined", "Items Hubs", (db, a) => { var slot = a.Pick(5, 4, 3); return db.Items.GroupBy(i => i.HubId).Select(g => new { g.Key, Slot = g.Max(i => i.Slot) }).Join(db.Hubs, x => x.Key, h => h.Id, (x, h) => new { x.Slot, h.Id }).Where(x => x.Slot == slot); });
        Seq("hubs whose lowest slot is one, joined", "Items Hubs", (db, a) => { var slot = a.Pick(1, 2, 3); return db.Items.GroupBy(i => i.HubId).Select(g => new { g.Key, Slot = g.Min(i => i.Slot) }).Join(db.Hubs, x => x.Key, h => h.Id, (x, h) => new { x.Slot, h.Id }).Where(x => x.Slot == slot); });
        Seq("spares whose highest slot is one, joined", "Items Hubs", (db, a) => { var slot = a.Pick(4, 3, 5); return db.Items.GroupBy(i => i.SpareId).Select(g => new { g.Key, Slot = g.Max(i => i.Slot) }).Join(db.Hubs, x => x.Key, h => h.Id, (x, h) => new { x.Slot, h.Id }).Where(x => x.Slot == slot); });
        Seq("hubs with two items or more", "Items", (db, a) => { var n = a.Pick(2, 1, 3); return db.Items.GroupBy(i => i.HubId).Where(g => g.Count() >= n).Select(g => g.Key); });
        Seq("hubs whose lowest spare is one", "Items", (db, a) => { var spare = a.HubOrNull(); return db.Items.GroupBy(i => i.HubId).Where(g => g.Min(i => i.SpareId) == spare).Select(g => new { g.Key, Count = g.Count() }); });
        Seq("hub and spare, then a spare", "Items", (db, a) => { var spare = a.HubOrNull(); return db.Items.GroupBy(i => new { i.HubId, i.SpareId }).Select(g => new { g.Key.HubId, g.Key.SpareId, Count = g.Count() }).Where(x => x.SpareId == spare); });
        Seq("number of items of a spare by hub", "Items", (db, a) => { var spare = a.HubOrNull(); return db.Items.GroupBy(i => i.HubId).Select(g => new { g.Key, Count = g.Count(i => i.SpareId == spare) }); });
        Seq("groups of items of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).GroupBy(i => i.Grade, i => i.Slot); });
        Seq("distinct hubs and spares, then a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Select(i => new { i.HubId, i.SpareId }).Distinct().Where(x => x.HubId == hub); });
        Seq("first distinct hubs, then a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Select(i => new { i.HubId, i.Grade }).Distinct().OrderBy(x => x.Grade).ThenBy(x => x.HubId).Take(4).Where(x => x.HubId == hub); });
    }
}
