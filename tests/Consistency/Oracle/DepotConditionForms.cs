using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>AND, OR, negations and equal columns around what may be anchored; aggregates of it.</summary>
internal sealed class DepotConditionForms : DepotFormList
{
    internal DepotConditionForms()
    {
        Negations();
        Combinations();
        Columns();
        Aggregates();
    }

    private void Negations()
    {
        Seq("items but of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId != hub).Select(i => new { i.Id, i.Slot }); });
        Seq("items, not of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => !(i.HubId == hub)).Select(i => new { i.Id, i.Slot }); });
        Seq("items but of a spare or none", "Items", (db, a) => { var spare = a.HubOrNull(); return db.Items.Where(i => i.SpareId != spare).Select(i => new { i.Id, i.Slot }); });
        Seq("items, not of a spare", "Items", (db, a) => { var spare = a.HubOrNull(); return db.Items.Where(i => !(i.SpareId == spare)).Select(i => new { i.Id, i.Slot }); });
        Seq("items, not of a hub and a spare", "Items", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return db.Items.Where(i => !(i.HubId == hub && i.SpareId == spare)).Select(i => new { i.Id, i.Slot }); });
        Seq("items, neither of a hub nor a spare", "Items", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return db.Items.Where(i => !(i.HubId == hub || i.SpareId == spare)).Select(i => new { i.Id, i.Slot }); });
        Seq("items, not other than of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => !(i.HubId != hub)).Select(i => new { i.Id, i.Slot }); });
        Seq("items whether of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Select(i => new { i.Id, Here = i.HubId == hub }); });
        Seq("items whose being of a hub is whether they're alive", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => (i.HubId == hub) == i.Live).Select(i => i.Id); });
    }

    private void Combinations()
    {
        Seq("items of a hub and a spare", "Items", (db, a) => { var (hub, spare) = (a.Pick(1, 3, 2), a.HubOrNull()); return db.Items.Where(i => i.HubId == hub && i.SpareId == spare); });
        Seq("items of a hub in high slots", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub && i.Slot > 2); });
        Seq("items of a hub and of another", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub && i.HubId == 2).Select(i => i.Id); });
        Seq("items of either hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub || i.HubId == 3).Select(i => new { i.Id, i.Slot }); });
        Seq("items of a hub or a spare", "Items", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return db.Items.Where(i => i.HubId == hub || i.SpareId == spare).Select(i => new { i.Id, i.Slot }); });
        Seq("items of a hub or in high slots", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub || i.Slot > 3).Select(i => new { i.Id, i.Slot }); });
        Seq("items in high slots or of a hub and alive", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.Slot > 4 || (i.Live && i.HubId == hub)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of a hub alive or of a spare not", "Items", (db, a) => { var (hub, spare) = (a.Hub(), a.HubOrNull()); return db.Items.Where(i => (i.HubId == hub && i.Live) || (i.SpareId == spare && !i.Live)).Select(i => new { i.Id, i.Live }); });
        Seq("items of a hub or a grade, in a slot", "Items", (db, a) => { var (hub, slot) = (a.Hub(), a.Pick(2, 3, 4)); return db.Items.Where(i => (i.HubId == hub || i.Grade == Grade.Mid) && i.Slot == slot).Select(i => new { i.Id, i.Big }); });
        Seq("items of a hub, if it is told", "Items", (db, a) => { var hub = a.Pick<int?>(1, null, 2); return db.Items.Where(i => hub == null || i.HubId == hub).Select(i => new { i.Id, i.Slot }); });
        Seq("items of a hub and a list of spares", "Items", (db, a) => { var hub = a.Pick(1, 2, 4); int?[] spares = [a.HubOrNull(), 2]; return db.Items.Where(i => i.HubId == hub && spares.Contains(i.SpareId)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of a unique text or a key", "Items", (db, a) => { var (sku, id) = (a.Pick("S1", "S2", "S8"), a.Pick(3, 4, 9)); return db.Items.Where(i => i.Sku == sku || i.Id == id); });
    }

    private void Columns()
    {
        Seq("items whose hub is their spare", "Items", (db, a) => db.Items.Where(i => i.HubId == i.SpareId).Select(i => i.Id));
        Seq("items whose hub is their spare and given", "Items", (db, a) => { var spare = a.Pick<int?>(1, 2, null); return db.Items.Where(i => i.HubId == i.SpareId && i.SpareId == spare).Select(i => new { i.Id, i.Slot }); });
        Seq("items whose hub is their long", "Items", (db, a) => { long big = a.Pick(1, 2, 3); return db.Items.Where(i => i.HubId == i.Big && i.Big == big).Select(i => new { i.Id, i.Slot }); });
        Seq("items whose slot is their hub's key", "Items Hubs", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.Slot == i.Hub!.Id && i.Hub.Id == hub).Select(i => new { i.Id, i.Hub!.Name }); });
        Seq("pairs of items by text in two ways of comparing", "Items", (db, a) => { var nick = a.Pick("ann", "BOB", "cy"); return from i in db.Items from j in db.Items where i.Nick == j.Nick && i.Nick == nick && i.Id < j.Id select new { A = i.Id, B = j.Id, j.Slot }; });
        Seq("pairs of items, a slot being a hub", "Items", (db, a) => { var hub = a.Pick(2, 3, 4); return from i in db.Items join j in db.Items on i.Slot equals j.HubId where i.Slot == hub select new { A = i.Id, B = j.Id, j.Slot }; });
        Seq("pairs of items, a long being a slot", "Items", (db, a) => { var slot = a.Pick(2, 3, 4); return from i in db.Items join j in db.Items on i.Big equals (long)j.Slot where j.Slot == slot select new { A = i.Id, B = j.Id, i.Grade }; });
        Seq("items by unique text that is another's padded text", "Items", (db, a) => { var pad = a.Pick("P1", "P2 ", "P0"); return from i in db.Items join j in db.Items on i.Pad equals j.Pad where i.Pad == pad select new { A = i.Id, B = j.Id, j.Slot }; });
    }

    private void Aggregates()
    {
        Value("items of a hub, counted", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub); }, q => q.Count(), q => q.CountAsync());
        Value("items of no spare, counted", "Items", (db, a) => { var spare = a.HubOrNull(); return db.Items.Where(i => i.SpareId == spare); }, q => q.LongCount(), q => q.LongCountAsync());
        Value("items of a hub, any", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub); }, q => q.Any(), q => q.AnyAsync());
        Value("items of a hub, all in low slots", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub); }, q => q.All(i => i.Slot < 4), q => q.AllAsync(i => i.Slot < 4));
        Value("items all of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.Slot > 1).Select(i => i.HubId == hub); }, q => q.All(i => i), q => q.AllAsync(i => i));
        Value("slots of a spare, summed", "Items", (db, a) => { var spare = a.HubOrNull(); return db.Items.Where(i => i.SpareId == spare); }, q => q.Sum(i => i.Slot), q => q.SumAsync(i => i.Slot));
        Value("highest slot of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Select(i => (int?)i.Slot); }, q => q.Max(), q => q.MaxAsync());
        Value("lowest slot of a grade", "Items", (db, a) => { var grade = a.Pick(Grade.Low, Grade.Mid, Grade.High); return db.Items.Where(i => i.Grade == grade).Select(i => (int?)i.Slot); }, q => q.Min(), q => q.MinAsync());
        Value("hubs of items, one of them", "Items", (db, a) => db.Items.Where(i => i.Slot > 2).Select(i => i.HubId), q => q.Contains(1), q => q.ContainsAsync(1));
        Seq("distinct slots of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Select(i => i.Slot).Distinct(); });
        Seq("texts of a hub without keys", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Select(i => i.Nick); });
    }
}
