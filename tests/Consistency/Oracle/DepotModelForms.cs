using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Anchored columns in hierarchies, owned types and join tables, through raw SQL, and through the narrower model.</summary>
internal sealed class DepotModelForms : DepotFormList
{
    internal DepotModelForms()
    {
        Hierarchies();
        Owned();
        Raw();
        Narrow();
    }

    private void Hierarchies()
    {
        Seq("parts of an item, one table", "Parts", (db, a) => { var id = a.Pick(1, 2, 9); return db.Parts.Where(p => p.ItemId == id); });
        Seq("screws in a hub", "Parts", (db, a) => { var hub = a.HubOrNull(); return db.Set<Screw>().Where(s => s.BoxId == hub); });
        Seq("parts that are screws in a hub", "Parts", (db, a) => { var hub = a.Pick<int?>(1, 2, null); return db.Parts.Where(p => ((Screw)p).BoxId == hub).Select(p => new { p.Id, p.Weight }); });
        Seq("wires of a length", "Parts", (db, a) => { var length = a.Pick(1, 2, 0); return db.Set<Wire>().Where(w => w.Length == length); });
        Seq("wires of an item", "Parts", (db, a) => { var id = a.Pick(2, 4, 9); return db.Parts.OfType<Wire>().Where(w => w.ItemId == id).Select(w => new { w.Length, w.Weight }); });
        Seq("screws with their box", "Parts Hubs", (db, a) => { var hub = a.HubOrNull(); return db.Set<Screw>().Where(s => s.Box!.Id == hub).Select(s => new { s.Id, s.Box!.Name }); });
        Seq("sheets of an item, table per type", "Sheets Drafts Memos", (db, a) => { var id = a.Pick<int?>(1, null, 2); return db.Sheets.Where(s => s.ItemId == id); });
        Seq("drafts in a hub, table per type", "Sheets Drafts", (db, a) => { var hub = a.HubOrNull(); return db.Set<Draft>().Where(d => d.HubId == hub); });
        Seq("sheets that are drafts in a hub", "Sheets Drafts Memos", (db, a) => { var hub = a.HubOrNull(); return db.Sheets.Where(s => ((Draft)s).HubId == hub).Select(s => new { s.Id, s.Mark }); });
        Seq("drafts of an item, table per type", "Sheets Drafts", (db, a) => { var id = a.Pick<int?>(1, null, 4); return db.Set<Draft>().Where(d => d.ItemId == id).Select(d => new { d.Id, d.HubId, d.Mark }); });
        Seq("memos with words, table per type", "Sheets Memos", (db, a) => { var words = a.Pick(2, 5, 9); return db.Set<Memo>().Where(m => m.Words == words); });
        Seq("sheets by a mark that the constructor trims", "Sheets", (db, a) => { var mark = a.Pick(3, 5, 6); return db.Sheets.Where(s => s.Mark == mark).Select(s => new { s.Id, s.Mark, s.ItemId }); });
        One("sheet by key, table per type", "Sheets Drafts Memos", (db, a) => { var id = a.Pick(1, 2, 8); var q = db.Sheets.Via(a); return a.End(() => q.FirstOrDefault(s => s.Id == id), () => q.FirstOrDefaultAsync(s => s.Id == id)); });
        Seq("sheets that aren't drafts of a hub", "Sheets Drafts", (db, a) => { var hub = a.Pick(1, 4, 2); return db.Sheets.Where(s => !(s is Draft && ((Draft)s).HubId == hub)).Select(s => s.Id); });
        Seq("moves of an asset, table per concrete type", "Sale Lend", (db, a) => { var id = a.Pick<int?>(1, null, 2); return db.Moves.Where(m => m.AssetId == id); });
        Seq("sales of an asset, table per concrete type", "Sale", (db, a) => { var id = a.Pick<int?>(1, null, 2); return db.Set<Sale>().Where(m => m.AssetId == id).Select(m => new { m.Id, m.Gain }); });
    }

    private void Owned()
    {
        Seq("bunches with a stamp of a colour", "Bunches Stamps", (db, a) => { var colour = a.Pick<int?>(1, null, 3); return db.Bunches.Where(b => (int?)b.Stamp!.Colour == colour); });
        Seq("bunches without a stamp", "Bunches Stamps", (db, a) => db.Bunches.Where(b => b.Stamp == null).Select(b => b.Name));
        One("bunch by key, items included", "Bunches BunchItem Items Stamps", (db, a) => { var id = a.Pick(1, 2, 4); var q = db.Bunches.Include(b => b.Items).Via(a); return a.End(() => q.FirstOrDefault(b => b.Id == id), () => q.FirstOrDefaultAsync(b => b.Id == id)); });
        Seq("items of a bunch", "BunchItem Items", (db, a) => { var id = a.Pick(1, 2, 4); return db.Items.Where(i => i.Bunches.Any(b => b.Id == id)).Select(i => new { i.Id, i.Slot }); });
        Seq("bunches of an item", "BunchItem Bunches Items", (db, a) => { var id = a.Pick(1, 2, 9); return db.Items.Where(i => i.Id == id).SelectMany(i => i.Bunches).Select(b => b.Name); });
        Seq("bunches of items of a hub", "BunchItem Bunches Items", (db, a) => { var hub = a.Hub(); return db.Items.Where(i => i.HubId == hub).SelectMany(i => i.Bunches, (i, b) => new { i.Id, b.Name }); });
        Seq("join rows of an item", "BunchItem", (db, a) => { var id = a.Pick(1, 2, 9); return db.Set<Dictionary<string, object>>("BunchItem").Where(b => (int)b["ItemsId"] == id).Select(b => (int)b["BunchesId"]); });
    }

    private void Raw()
    {
        One("FromSql of items, then of a hub", "Items", (db, a) => { var hub = a.Hub(); return a.Declared(db.Items.FromSql($"SELECT * FROM \"Items\" WHERE \"Slot\" > 1").Where(i => i.HubId == hub), static o => o.DependsOn<Item>()); });
        One("FromSql of a hub's items, parts joined", "Items Parts", (db, a) => { var hub = a.Hub(); return a.Declared(db.Items.FromSql($"SELECT * FROM \"Items\" WHERE \"HubId\" = {hub}").Join(db.Parts, i => i.Id, p => p.ItemId, (i, p) => new { i.Slot, p.Weight }), static o => o.DependsOn<Item>()); });
    }

    private void Narrow()
    {
        Slim("narrow: items of a hub, by a long", "Items", (db, a) => { long hub = a.Hub(); return a.List(db.Items.Where(i => i.HubId == hub)); });
        Slim("narrow: items of hubs, by longs", "Items", (db, a) => { long[] hubs = [a.Hub(), 3]; return a.List(db.Items.Where(i => hubs.Contains(i.HubId))); });
        Slim("narrow: items in a slot", "Items", (db, a) => { var slot = a.Pick(2, 3, 7); return a.List(db.Items.Where(i => i.Slot == slot)); });
        Slim("narrow: items of a grade, by a number", "Items", (db, a) => { var grade = a.Pick(0, 1, 2); return a.List(db.Items.Where(i => i.Grade == grade)); });
        Slim("narrow: items in a mode, by its text", "Items", (db, a) => { var mode = a.Pick("Idle", "busy", "1"); return a.List(db.Items.Where(i => i.Mode == mode)); });
        Slim("narrow: items by an int for a long", "Items", (db, a) => { var big = a.Pick(1, 2, 9); return a.List(db.Items.Where(i => i.Big == big)); });
        Slim("narrow: items by text whatever its case", "Items", (db, a) => { var nick = a.Pick("ann", "BOB", "Cy"); return a.List(db.Items.Where(i => i.Nick == nick)); });
        Slim("narrow: item by key", "Items", (db, a) => { var id = a.Pick(1, 3, 9); var q = db.Items.Via(a); return a.End(() => q.FirstOrDefault(i => i.Id == id), () => q.FirstOrDefaultAsync(i => i.Id == id)); });
        Slim("narrow: hub by a long key", "Hubs", (db, a) => { long id = a.Hub(); var q = db.Hubs.Via(a); return a.End(() => q.FirstOrDefault(h => h.Id == id), () => q.FirstOrDefaultAsync(h => h.Id == id)); });
        Slim("narrow: hubs left joined with items of a grade", "Hubs Items", (db, a) => { var grade = a.Pick<int?>(0, null, 1); return a.List(db.Hubs.LeftJoin(db.Items, h => h.Id, i => i.HubId, (h, i) => new { h.Name, Item = (int?)i!.Id, Grade = (int?)i.Grade }).Where(x => x.Grade == grade)); });
        Slim("narrow: hubs of a kind", "Hubs", (db, a) => { var kind = a.Pick(0, 1, 2); return a.List(db.Hubs.Where(h => h.Kind == kind)); });
    }
}
