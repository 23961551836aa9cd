using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>EXISTS, IN and scalar subqueries, correlated or not, as a conjunct, under OR, in the projection, in ORDER BY.</summary>
internal sealed class DepotSubqueryForms : DepotFormList
{
    internal DepotSubqueryForms()
    {
        Conditions();
        Projections();
    }

    private void Conditions()
    {
        Seq("hubs with an item of a spare", "Hubs Items", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.Where(h => h.Items.Any(i => i.SpareId == spare)); });
        Seq("hubs without an item of a spare", "Hubs Items", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.Where(h => !h.Items.Any(i => i.SpareId == spare)); });
        Seq("hubs all of whose items are of a grade", "Hubs Items", (db, a) => { var grade = a.Pick(Grade.Low, Grade.Mid, Grade.High); return db.Hubs.Where(h => h.Items.All(i => i.Grade == grade)); });
        Seq("a hub with an item in a slot", "Hubs Items", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => h.Id == hub && h.Items.Any(i => i.Slot > 2)); });
        Seq("a hub without items", "Hubs Items", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => h.Id == hub && !h.Items.Any()); });
        Seq("a hub, or those with an item of a spare", "Hubs Items", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return db.Hubs.Where(h => h.Id == hub || h.Items.Any(i => i.SpareId == spare)); });
        Seq("a hub, or those with a live item", "Hubs Items", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => h.Id == hub || h.Items.Any(i => i.Live)).Select(h => h.Name); });
        Seq("items of a hub, or whose spare is of a kind", "Hubs Items", (db, a) => { var (hub, kind) = (a.Hub(), a.Pick(0, 1, 2)); return db.Items.Where(i => i.HubId == hub || db.Hubs.Any(h => h.Id == i.SpareId && h.Kind == kind)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of a hub whose spare is of a kind", "Hubs Items", (db, a) => { var (hub, kind) = (a.Hub(), a.Pick(0, 1, 2)); return db.Items.Where(i => i.HubId == hub && db.Hubs.Any(h => h.Id == i.SpareId && h.Kind == kind)).Select(i => new { i.Id, i.Slot }); });
        Seq("items in hubs of a kind", "Hubs Items", (db, a) => { var kind = a.Pick(0, 1, 9); return db.Items.Where(i => db.Hubs.Where(h => h.Kind == kind).Select(h => h.Id).Contains(i.HubId)).Select(i => new { i.Id, i.Slot }); });
        Seq("items not in hubs of a kind", "Hubs Items", (db, a) => { var kind = a.Pick(0, 1, 9); return db.Items.Where(i => !db.Hubs.Where(h => h.Kind == kind).Select(h => (int?)h.Id).Contains(i.SpareId)).Select(i => new { i.Id, i.Slot }); });
        Seq("hubs that are spares of items of a hub", "Hubs Items", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => db.Items.Where(i => i.HubId == hub).Select(i => i.SpareId).Contains(h.Id)).Select(h => h.Name); });
        Seq("items of the hub with the highest key of a kind", "Hubs Items", (db, a) => { var kind = a.Pick(0, 1, 2); return db.Items.Where(i => i.HubId == db.Hubs.Where(h => h.Kind == kind).Max(h => (int?)h.Id)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of a hub's parent", "Hubs Items", (db, a) => { var hub = a.Pick(3, 4, 5); return db.Items.Where(i => i.HubId == db.Hubs.Where(h => h.Id == hub).Select(h => h.ParentId).FirstOrDefault()).Select(i => new { i.Id, i.Slot }); });
        Seq("items of a hub that is among the first of a kind", "Hubs Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.Where(i => i.HubId == hub && db.Hubs.OrderBy(h => h.Kind).ThenBy(h => h.Id).Take(2).Any(h => h.Id == i.HubId)).Select(i => i.Id); });
        Seq("hubs as many of whose items are of a spare", "Hubs Items", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.Where(h => h.Items.Count(i => i.SpareId == spare) == 1).Select(h => h.Name); });
        Seq("a hub of a kind, else with an item of a spare", "Hubs Items", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return db.Hubs.Where(h => h.Kind == 1 ? h.Items.Any(i => i.SpareId == spare) : h.Id == hub).Select(h => h.Name); });
        Seq("items that share a slot with one of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => db.Items.Any(j => j.HubId == hub && j.Slot == i.Slot && j.Id != i.Id)).Select(i => i.Id); });
        Seq("items of a hub, if there is any of a spare", "Items", (db, a) => { var (hub, spare) = (a.Pick(1, 2, 3), a.HubOrNull()); return db.Items.Where(i => i.HubId == hub && db.Items.Any(j => j.SpareId == spare && j.Slot > 2)).Select(i => new { i.Id, i.Slot }); });
        Seq("items with parts in a hub", "Items Parts", (db, a) => { var hub = a.HubOrNull(); return db.Items.Where(i => i.Parts.Any(p => p is Screw && ((Screw)p).BoxId == hub)).Select(i => new { i.Id, i.Slot }); });
        Seq("hubs with an item that has a part in a hub", "Hubs Items Parts", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => h.Id == hub && h.Items.Any(i => i.Parts.OfType<Wire>().Any(w => w.Length == 1))).Select(h => h.Name); });
        Seq("not a hub with an item of its kind", "Hubs Items", (db, a) => { var kind = a.Pick(1, 2, 3); return db.Hubs.Where(h => !(h.Kind == kind && h.Items.Any(i => i.Slot == kind))).Select(h => h.Id); });
    }

    private void Projections()
    {
        Seq("a hub with numbers of its items", "Hubs Items", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => h.Id == hub).Select(h => new { h.Name, Count = h.Items.Count, Max = h.Items.Max(i => (int?)i.Slot), Any = h.Items.Any(i => i.Live) }); });
        Seq("hubs with the number of items of a spare", "Hubs Items", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.Select(h => new { h.Id, Count = h.Items.Count(i => i.SpareId == spare) }); });
        Seq("a hub with the number of all items", "Hubs Items", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => h.Id == hub).Select(h => new { h.Name, Count = db.Items.Count() }); });
        Seq("items of a hub with the number of all items", "Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.Where(i => i.HubId == hub).Select(i => new { i.Id, All = db.Items.Count(), Live = db.Items.Count(j => j.Live) }); });
        Seq("hubs by the number of their items of a spare", "Hubs Items", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.OrderByDescending(h => h.Items.Count(i => i.SpareId == spare)).ThenBy(h => h.Id).Select(h => h.Id); }, ordered: true);
        Seq("first hub by the number of its items of a spare", "Hubs Items", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.OrderByDescending(h => h.Items.Count(i => i.SpareId == spare)).ThenBy(h => h.Id).Take(1); });
        Seq("items of a hub with their hub's and spare's names", "Hubs Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Select(i => new { i.Id, Hub = db.Hubs.Where(h => h.Id == i.HubId).Select(h => h.Name).First(), Spare = db.Hubs.Where(h => h.Id == i.SpareId).Select(h => h.Name).FirstOrDefault() }); });
        Seq("hubs whether an item of theirs is of a spare", "Hubs Items", (db, a) => { var spare = a.HubOrNull(); return db.Hubs.Select(h => new { h.Id, Has = h.Items.Any(i => i.SpareId == spare), All = h.Items.All(i => i.SpareId == spare) }); });
        Seq("a hub with lists of its items and parts", "Hubs Items Parts", (db, a) => { var hub = a.Hub(); return db.Hubs.Where(h => h.Id == hub).Select(h => new { h.Name, Items = h.Items.Select(i => new { i.Slot, Weights = i.Parts.Select(p => p.Weight).ToList() }).ToList() }); });
        Value("a hub's name through an item", "Hubs Items", (db, a) => { var id = a.Pick(1, 2, 9); return db.Items.Where(i => i.Id == id).Select(i => i.Hub!.Name); }, q => q.FirstOrDefault(), q => q.FirstOrDefaultAsync());
    }
}
