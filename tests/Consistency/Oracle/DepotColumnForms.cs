using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Equalities of one column of each kind: some may anchor, others only seem to.</summary>
internal sealed class DepotColumnForms : DepotFormList
{
    internal DepotColumnForms()
    {
        Numbers();
        Texts();
        Lists();
    }

    private void Numbers()
    {
        One("item by key", "Items", (db, a) => { var id = a.Pick(1, 3, 9); var q = db.Items.Via(a); return a.End(() => q.FirstOrDefault(i => i.Id == id), () => q.FirstOrDefaultAsync(i => i.Id == id)); });
        Seq("items of a hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub); });
        Seq("items of a spare or none", "Items", (db, a) => { var spare = a.HubOrNull(); return db.Items.Where(i => i.SpareId == spare); });
        Seq("items without a spare", "Items", (db, a) => db.Items.Where(i => i.SpareId == null).Select(i => new { i.Id, i.Slot }));
        Seq("items of a keeper, by shadow", "Items", (db, a) => { var keeper = a.HubOrNull(); return db.Items.Where(i => EF.Property<int?>(i, "KeeperId") == keeper).Select(i => new { i.Id, i.Grade }); });
        Seq("items in a slot", "Items", (db, a) => { var slot = a.Pick(2, 3, 7); return db.Items.Where(i => i.Slot == slot); });
        Seq("items of a hub in a slot", "Items", (db, a) => { var (hub, slot) = (a.Hub(), a.Pick(2, 3, 1)); return db.Items.Where(i => i.Slot == slot && i.HubId == hub); });
        Seq("items of a grade", "Items", (db, a) => { var grade = a.Pick(Grade.Low, Grade.Mid, Grade.High); return db.Items.Where(i => i.Grade == grade).Select(i => new { i.Id, i.HubId, i.Grade }); });
        Seq("items in a mode, stored as text", "Items", (db, a) => { var mode = a.Pick(Mode.Idle, Mode.Busy, Mode.Broken); return db.Items.Where(i => i.Mode == mode).Select(i => new { i.Id, i.Slot }); });
        Seq("items alive", "Items", (db, a) => { var live = a.Pick(true, false, true); return db.Items.Where(i => i.Live == live).Select(i => new { i.Id, i.Sku }); });
        Seq("items not alive, by negation", "Items", (db, a) => db.Items.Where(i => !i.Live).Select(i => new { i.Id, i.Big }));
        Seq("items armed, stored as text", "Items", (db, a) => { var armed = a.Pick(true, false, false); return db.Items.Where(i => i.Armed == armed).Select(i => new { i.Id, i.Slot }); });
        Seq("items by a Guid or none", "Items", (db, a) => { var id = a.Pick<Guid?>(WorldSeed.GuidOf(2), null, WorldSeed.GuidOf(3)); return db.Items.Where(i => i.Ref == id); });
        Seq("items by a long", "Items", (db, a) => { long big = a.Pick(1, 2, 9); return db.Items.Where(i => i.Big == big); });
        Seq("items by an int for a long", "Items", (db, a) => { var big = a.Pick(1, 3, 4); return db.Items.Where(i => i.Big == big).Select(i => i.Id); });
        Seq("items of a hub by a long", "Items", (db, a) => { long hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).Select(i => new { i.Id, i.Slot }); });
        Seq("items by a column that the store computes", "Items", (db, a) => { var twice = a.Pick(4, 6, 8); return db.Items.Where(i => i.Twice == twice).Select(i => new { i.Id, i.Slot, i.Twice }); });
        Value("items by a column that the store computes, counted", "Items", (db, a) => { var twice = a.Pick(4, 6, 2); return db.Items.Where(i => i.Twice == twice); }, q => q.Count(), q => q.CountAsync());
        Seq("items of a hub by a column that the store computes", "Items", (db, a) => { var (hub, twice) = (a.Pick(1, 2, 3), a.Pick(4, 6, 8)); return db.Items.Where(i => i.Twice == twice || (i.HubId == hub && i.Twice == 10)).Select(i => i.Id); });
        Seq("items by a column with a default", "Items", (db, a) => { var rank = a.Pick(3, 1, 2); return db.Items.Where(i => i.Rank == rank).Select(i => new { i.Id, i.Rank, i.Slot }); });
        Seq("quirks by a number that its setter cuts", "Quirks", (db, a) => { var notch = a.Pick(3, 5, 6); return db.Quirks.Where(q => q.Notch == notch).Select(q => new { q.Id, q.Notch, q.HubId }).AsNoTracking(); });
        Seq("items by an owned member, perhaps not there", "Items", (db, a) => { var no = a.Pick<int?>(1, null, 3); return db.Items.Where(i => i.Label!.No == no).Select(i => new { i.Id, i.Slot, i.Label!.Text }); });
        Seq("items without an owned part", "Items", (db, a) => db.Items.Where(i => i.Label == null).Select(i => new { i.Id, i.Slot }));
        Seq("items of a hub plus nothing", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId + 0 == hub).Select(i => new { i.Id, i.Slot }); });
        Seq("items of a spare or the first hub", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => (i.SpareId ?? 1) == hub).Select(i => new { i.Id, i.Slot }); });
        Seq("items of a hub if alive, else of a spare", "Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => (i.Live ? i.HubId : i.SpareId) == hub).Select(i => new { i.Id, i.Slot }); });
    }

    private void Texts()
    {
        One("item by unique text", "Items", (db, a) => { var sku = a.Pick("S1", "S2", "S9"); var q = db.Items.Via(a); return a.End(() => q.SingleOrDefault(i => i.Sku == sku), () => q.SingleOrDefaultAsync(i => i.Sku == sku)); });
        One("item by unique text in another case", "Items", (db, a) => { var sku = a.Pick("s1", "s2", "S3"); var q = db.Items.Where(i => i.Sku == sku).Select(i => new { i.Id, i.Slot }).Via(a); return a.End(() => q.FirstOrDefault(), () => q.FirstOrDefaultAsync()); });
        Seq("items by unique text and nothing", "Items", (db, a) => { var sku = a.Pick("S1!", "S2!", "S9!"); return db.Items.Where(i => i.Sku + "!" == sku).Select(i => new { i.Id, i.Slot }); });
        Seq("items by text whatever its case", "Items", (db, a) => { var nick = a.Pick("ann", "ANN", "Bob"); return db.Items.Where(i => i.Nick == nick).Select(i => new { i.Id, i.Nick, i.Slot }); });
        Seq("items by texts whatever their case", "Items", (db, a) => { string[] nicks = [a.Pick("Ann", "cy", "bob"), "nobody"]; return db.Items.Where(i => nicks.Contains(i.Nick)).Select(i => new { i.Id, i.Nick }); });
        Seq("items by text whatever the spaces at its end", "Items", (db, a) => { var pad = a.Pick("P1", "P2 ", "P0"); return db.Items.Where(i => i.Pad == pad).Select(i => new { i.Id, i.Slot }); });
        Seq("items by text that is written in either case", "Items", (db, a) => { var secret = a.Pick("ann", "bob", "cy"); return db.Items.Where(i => i.Secret == secret).Select(i => new { i.Id, i.Slot }); });
        Seq("quirks by text that its setter trims", "Quirks", (db, a) => { var tidy = a.Pick("ann", " Bob ", "BOB"); return db.Quirks.Where(q => q.Tidy == tidy).Select(q => new { q.Id, q.HubId }); });
        Seq("items by an owned text", "Items", (db, a) => { var text = a.Pick("label 1", "label 2", "label 9"); return db.Items.Where(i => i.Label!.Text == text).Select(i => new { i.Id, i.Slot }); });
    }

    private void Lists()
    {
        Seq("items of two hubs, listed", "Items", (db, a) => { int[] hubs = a.Pick<int[]>([1, 5], [2, 3], []); return db.Items.Where(i => hubs.Contains(i.HubId)).Select(i => new { i.Id, i.HubId, i.Slot }); });
        Seq("items of spares, listed with null", "Items", (db, a) => { int?[] hubs = a.Pick<int?[]>([1, null], [null], [2, 5, null]); return db.Items.Where(i => hubs.Contains(i.SpareId)).Select(i => new { i.Id, i.SpareId, i.Slot }); });
        Seq("items of no spare listed", "Items", (db, a) => { int?[] hubs = a.Pick<int?[]>([1, null], [2], [null]); return db.Items.Where(i => !hubs.Contains(i.SpareId)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of many hubs, listed", "Items", (db, a) => { int[] hubs = [.. Enumerable.Range(100, 70), a.Hub()]; return db.Items.Where(i => hubs.Contains(i.HubId)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of many hubs, by one parameter", "Items", (db, a) => { int[] hubs = [.. Enumerable.Range(100, 70), a.Hub()]; return db.Items.Where(i => EF.Parameter(hubs).Contains(i.HubId)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of many hubs, by constants", "Items", (db, a) => { int[] hubs = [.. Enumerable.Range(100, 70), a.Hub()]; return db.Items.Where(i => EF.Constant(hubs).Contains(i.HubId)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of hubs, by one parameter", "Items", (db, a) => { int[] hubs = [a.Hub(), 3]; return db.Items.Where(i => EF.Parameter(hubs).Contains(i.HubId)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of spares, by one parameter", "Items", (db, a) => { int?[] hubs = [a.HubOrNull(), 3]; return db.Items.Where(i => EF.Parameter(hubs).Contains(i.SpareId)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of hubs, by constants", "Items", (db, a) => { int[] hubs = [a.Hub(), 3]; return db.Items.Where(i => EF.Constant(hubs).Contains(i.HubId)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of spares, by constants with null", "Items", (db, a) => { int?[] hubs = [a.HubOrNull(), null]; return db.Items.Where(i => EF.Constant(hubs).Contains(i.SpareId)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of hubs, by many parameters", "Items", (db, a) => { int[] hubs = [a.Hub(), 3, 4]; return db.Items.Where(i => EF.MultipleParameters(hubs).Contains(i.HubId)).Select(i => new { i.Id, i.Slot }); });
        Seq("items by keys, one not there", "Items", (db, a) => { int[] ids = [a.Pick(1, 2, 3), a.Pick(8, 9, 10)]; return db.Items.Where(i => ids.Contains(i.Id)).Select(i => new { i.Id, i.Slot }); });
        Seq("items by keys in one parameter", "Items", (db, a) => { int[] ids = [a.Pick(4, 5, 6), a.Pick(8, 9, 10)]; return db.Items.Where(i => EF.Parameter(ids).Contains(i.Id)); });
        Seq("items by unique texts", "Items", (db, a) => { string[] skus = ["S1", a.Pick("S3", "s2", "S9")]; return db.Items.Where(i => skus.Contains(i.Sku)); });
        Seq("items in modes, listed", "Items", (db, a) => { Mode[] modes = [a.Pick(Mode.Idle, Mode.Busy, Mode.Broken), Mode.Busy]; return db.Items.Where(i => modes.Contains(i.Mode)).Select(i => new { i.Id, i.Slot }); });
        Seq("items of grades, listed", "Items", (db, a) => { Grade[] grades = a.Pick<Grade[]>([Grade.Low], [Grade.Mid, Grade.High], []); return db.Items.Where(i => grades.Contains(i.Grade)).Select(i => new { i.Id, i.Slot }); });
        Seq("items by Guids, listed with null", "Items", (db, a) => { Guid?[] ids = [a.Pick<Guid?>(null, WorldSeed.GuidOf(2), WorldSeed.GuidOf(3)), null]; return db.Items.Where(i => ids.Contains(i.Ref)).Select(i => new { i.Id, i.Slot }); });
    }
}
