using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Set operations with conditions inside one operand, inside both, and outside.</summary>
internal sealed class DepotSetForms : DepotFormList
{
    internal DepotSetForms()
    {
        Seq("items of a hub and all", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Select(i => new { i.Id, i.Slot }).Concat(db.Items.Select(i => new { i.Id, i.Slot })); });
        Seq("items of a hub and of a spare", "Items", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return db.Items.Where(i => i.HubId == hub).Concat(db.Items.Where(i => i.SpareId == spare)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of a hub and of another hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Concat(db.Items.Where(i => i.HubId == 3)); });
        Seq("items of a hub and in high slots, at once", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Union(db.Items.Where(i => i.Slot > 3)).Select(i => new { i.Id, i.Slot }); });
        Seq("hubs of a spare and spares of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.SpareId == hub).Select(i => (int?)i.HubId).Union(db.Items.Where(i => i.HubId == hub).Select(i => i.SpareId)); });
        Seq("items but for those of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Select(i => i.Id).Except(db.Items.Where(i => i.HubId == hub).Select(i => i.Id)); });
        Seq("slots of a hub but for those of others", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Select(i => i.Slot).Except(db.Items.Where(i => i.HubId != hub).Select(i => i.Slot)); });
        Seq("slots of a hub but for those of a spare", "Items", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return db.Items.Where(i => i.HubId == hub).Select(i => i.Slot).Except(db.Items.Where(i => i.SpareId == spare).Select(i => i.Slot)); });
        Seq("slots of a hub and of all", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Select(i => i.Slot).Intersect(db.Items.Where(i => i.Live).Select(i => i.Slot)); });
        Seq("slots of a hub and of parts", "Items Parts", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Select(i => i.Slot).Intersect(db.Parts.Select(p => p.Weight)); });
        Seq("slots of a hub or weights of parts of an item", "Items Parts", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Select(i => i.Slot).Concat(db.Parts.Where(p => p.ItemId == 1).Select(p => p.Weight)); });
        Seq("two sets, then of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.Live).Select(i => new { i.HubId, i.Slot }).Union(db.Items.Where(i => i.Slot > 2).Select(i => new { i.HubId, i.Slot })).Where(x => x.HubId == hub); });
        Seq("hubs and spares together, then one", "Items", (db, a) => { var hub = a.HubOrNull(); return db.Items.Select(i => new { Hub = (int?)i.HubId, i.Slot }).Concat(db.Items.Select(i => new { Hub = i.SpareId, i.Slot })).Where(x => x.Hub == hub); });
        Seq("hubs and items together, then one", "Items Hubs", (db, a) => { var key = a.Pick(1, 2, 5); return db.Items.Select(i => new { Key = i.HubId, Value = i.Slot }).Concat(db.Hubs.Select(h => new { Key = h.Id, Value = h.Kind })).Where(x => x.Key == key); });
        Seq("first of two sets, then of a hub", "Items", (db, a) => { var hub = a.Pick(1, 2, 3); return db.Items.Where(i => i.Live).Concat(db.Items.Where(i => i.Armed)).OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(3).Where(i => i.HubId == hub).Select(i => i.Id); });
        Seq("hubs but for those of items, then one", "Items Hubs", (db, a) => { var hub = a.Pick(1, 3, 5); return db.Hubs.Select(h => h.Id).Except(db.Items.Select(i => i.HubId)).Where(id => id == hub); });
        Seq("hubs of a kind but for those of items of a grade", "Items Hubs", (db, a) => { var kind = a.Pick(0, 1, 2); return db.Hubs.Where(h => h.Kind == kind).Select(h => h.Id).Except(db.Items.Where(i => i.Grade == Grade.Mid).Select(i => i.HubId)); });
        Seq("three sets of items", "Items", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return db.Items.Where(i => i.HubId == hub).Select(i => i.Id).Union(db.Items.Where(i => i.SpareId == spare).Select(i => i.Id)).Except(db.Items.Where(i => i.Grade == Grade.High).Select(i => i.Id)); });
        Value("two sets of items, counted", "Items", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return db.Items.Where(i => i.HubId == hub).Select(i => i.Slot).Union(db.Items.Where(i => i.SpareId == spare).Select(i => i.Slot)); }, q => q.Count(), q => q.CountAsync());
        Seq("two sets joined with hubs", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Union(db.Items.Where(i => i.SpareId == hub)).Join(db.Hubs, i => i.HubId, h => h.Id, (i, h) => new { i.Id, h.Name }); });
    }
}
