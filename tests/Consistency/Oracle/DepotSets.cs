using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Set writes: each kind of condition with each kind of setter.</summary>
internal static class DepotSets
{
    internal static IEnumerable<Change> All()
    {
        yield return Updates("set columns of items");
        yield return Updates("set columns of items, again");
        yield return Updates("set columns of items, a third time");
        yield return Moves("move the items of one value to another");
        yield return Moves("move the items of one value to another, again");
        yield return Moves("move the items of one value to another, a third time");
        yield return DepotTools.Of("delete a set of items", async s =>
        {
            var which = s.Random.Next(12);
            await Where(s, which, await s.HubId(), await s.HubIdOrNull(), await s.ItemId()).ExecuteDeleteAsync();
            s.Log($"{which}");
        }, "Items Parts BunchItem Sheets");
        yield return DepotTools.Of("set columns of hubs", async s =>
        {
            var (id, parent, kind) = (await s.HubId(), await s.HubIdOrNull(), s.Random.Next(3));
            switch (s.Random.Next(5))
            {
                case 0: await s.Db.Hubs.Where(h => h.Id == id).ExecuteUpdateAsync(u => u.SetProperty(h => h.Kind, kind)); break;
                case 1: await s.Db.Hubs.Where(h => h.Kind == kind).ExecuteUpdateAsync(u => u.SetProperty(h => h.ParentId, parent)); break;
                case 2: s.Db.Hubs.Where(h => h.ParentId == parent).ExecuteUpdate(u => u.SetProperty(h => h.Name, h => h.Name + "!")); break;
                case 3: s.Db.Hubs.Where(h => h.Items.Any(i => i.SpareId == parent)).ExecuteUpdate(u => u.SetProperty(h => h.Name, "hub 1")); break;
                default: await s.Db.Hubs.Where(h => h.Kind != kind).ExecuteUpdateAsync(u => u.SetProperty(h => h.Kind, h => (h.Kind + 1) % 3)); break;
            }

            s.Log($"hub {id}, {parent}, {kind}");
        }, "Hubs");
        yield return DepotTools.Of("set columns of parts and sheets", async s =>
        {
            var (item, hub, mark) = (await s.ItemId(), await s.HubIdOrNull(), s.Random.Next(7));
            switch (s.Random.Next(6))
            {
                case 0: await s.Db.Parts.Where(p => p.ItemId == item).ExecuteUpdateAsync(u => u.SetProperty(p => p.Weight, mark)); break;
                case 1: await s.Db.Set<Screw>().Where(p => p.BoxId == hub).ExecuteUpdateAsync(u => u.SetProperty(p => p.BoxId, (int?)1)); break;
                case 2: s.Db.Set<Wire>().Where(p => p.Item!.HubId == hub).ExecuteUpdate(u => u.SetProperty(p => p.Length, mark % 3)); break;
                case 3: s.Db.Sheets.Where(t => t.ItemId == item).ExecuteUpdate(u => u.SetProperty(t => t.Mark, mark)); break;
                case 4: await s.Db.Set<Draft>().Where(d => d.HubId == hub).ExecuteUpdateAsync(u => u.SetProperty(d => d.HubId, (int?)2)); break;
                default: await s.Db.Parts.Where(p => p.ItemId == item && p.Weight > 3).ExecuteDeleteAsync(); break;
            }

            s.Log($"item {item}, hub {hub}, mark {mark}");
        }, "Parts Sheets Drafts");
        yield return DepotTools.Of("set columns by raw SQL", async s =>
        {
            var (hub, id, number) = (await s.HubId(), await s.ItemId(), s.Random.Next(1, 7));
            var text = s.Random.Next(3) switch { 0 => " Bob ", 1 => "BOB", _ => "Ann" };
            switch (s.Random.Next(7))
            {
                case 0: await s.Db.Database.ExecuteSqlAsync($"UPDATE \"Quirks\" SET \"Tidy\" = {text}, \"Notch\" = {number} WHERE \"Id\" = {id}"); break;
                case 1: await s.Db.Database.ExecuteSqlAsync($"UPDATE \"Quirks\" SET \"Tidy\" = {text}, \"Notch\" = {number}"); break;
                case 2: s.Db.Database.ExecuteSql($"UPDATE \"Items\" SET \"HubId\" = {hub}, \"SpareId\" = NULL WHERE \"Slot\" = {number}"); break;
                case 3: s.Db.Database.ExecuteSql($"UPDATE \"Sheets\" SET \"Mark\" = {number} WHERE \"ItemId\" = {id} OR \"Id\" = {number}"); break;
                case 4: await s.Db.Database.ExecuteSqlAsync($"UPDATE \"Items\" SET \"Nick\" = {text}, \"Secret\" = {text} WHERE \"HubId\" = {hub}"); break;
                case 5: s.Db.Database.ExecuteSql($"DELETE FROM \"Items\" WHERE \"Id\" = {id}"); break;
                default: s.Db.Database.ExecuteSql($"UPDATE \"Hubs\" SET \"Kind\" = {number % 3} WHERE \"Id\" = {hub}"); break;
            }

            s.Log($"hub {hub}, item {id}, {number}, '{text}'");
        }, "Items Hubs Parts BunchItem Sheets Quirks");
    }

    /// <summary>One column of a row that the WHERE names by its key.</summary>
    internal static Change OneColumn() => DepotTools.Of("set one column of one item", async s =>
    {
        var (id, which, spare, value) = (await s.ItemId(), s.Random.Next(4), await s.HubIdOrNull(), s.Random.Next(1, 6));
        var items = s.Db.Items.Where(i => i.Id == id);
        _ = which switch
        {
            0 => await items.ExecuteUpdateAsync(u => u.SetProperty(i => i.SpareId, spare)),
            1 => await items.ExecuteUpdateAsync(u => u.SetProperty(i => i.Big, value)),
            _ => items.ExecuteUpdate(u => u.SetProperty(i => i.Slot, value)),
        };
        s.Log($"item {id}, {which}: {spare}, {value}");
    });

    /// <summary>The WHERE pins what is set, or what the store computes of it.</summary>
    private static Change Moves(string name) => DepotTools.Of(name, async s =>
    {
        var (hub, to, from, slot, spare, other) = (await s.HubId(), await s.HubId(), s.Random.Next(1, 6), s.Random.Next(1, 6), await s.HubIdOrNull(), await s.HubIdOrNull());
        var which = s.Random.Next(6);
        _ = which switch
        {
            0 => await s.Db.Items.Where(i => i.HubId == hub).ExecuteUpdateAsync(u => u.SetProperty(i => i.HubId, to)),
            1 => s.Db.Items.Where(i => i.SpareId == spare).ExecuteUpdate(u => u.SetProperty(i => i.SpareId, other)),
            2 => await s.Db.Items.Where(i => i.HubId == hub && i.SpareId == spare).ExecuteUpdateAsync(u => u.SetProperty(i => i.SpareId, other)),
            3 => s.Db.Items.Where(i => i.Slot == from).ExecuteUpdate(u => u.SetProperty(i => i.Slot, slot)),
            _ => await s.Db.Items.Where(i => i.Twice == from * 2).ExecuteUpdateAsync(u => u.SetProperty(i => i.Slot, slot)),
        };
        s.Log($"{which}: hub {hub} to {to}, spare {spare} to {other}, slot {from} to {slot}");
    });

    private static Change Updates(string name) => DepotTools.Of(name, async s =>
    {
        var (hub, spare, id, number) = (await s.HubId(), await s.HubIdOrNull(), await s.ItemId(), s.Random.Next(1, 6));
        var which = s.Random.Next(17);
        var items = Where(s, which, hub, spare, id);
        var set = s.Random.Next(16);
        s.Log($"where {which}, set {set}: hub {hub}, spare {spare}, item {id}, number {number}");
        var to = await s.HubId();
        _ = set switch
        {
            0 => await items.ExecuteUpdateAsync(u => u.SetProperty(i => i.HubId, 2)),
            1 or 2 => items.ExecuteUpdate(u => u.SetProperty(i => i.HubId, to)),
            3 => await items.ExecuteUpdateAsync(u => u.SetProperty(i => i.SpareId, (int?)null)),
            4 => await items.ExecuteUpdateAsync(u => u.SetProperty(i => i.SpareId, spare)),
            5 => items.ExecuteUpdate(u => u.SetProperty(i => i.SpareId, i => i.HubId)),
            6 => items.ExecuteUpdate(u => u.SetProperty(i => i.HubId, i => i.HubId == 1 ? 2 : 1)),
            7 => await items.ExecuteUpdateAsync(u => u.SetProperty(i => i.HubId, i => i.SpareId ?? i.HubId).SetProperty(i => i.SpareId, i => i.HubId)),
            8 => await items.ExecuteUpdateAsync(u => u.SetProperty(i => i.Slot, number)),
            9 => items.ExecuteUpdate(u => u.SetProperty(i => i.Slot, i => (i.Slot % 5) + 1)),
            10 => await items.ExecuteUpdateAsync(u => u.SetProperty(i => i.Grade, (Grade)(number % 3)).SetProperty(i => i.Mode, Mode.Busy)),
            11 => await items.ExecuteUpdateAsync(u => u.SetProperty(i => i.Live, i => !i.Live).SetProperty(i => i.Armed, number > 2)),
            12 => items.ExecuteUpdate(u => u.SetProperty(i => i.Sku, i => i.Sku + "'")),
            13 => items.ExecuteUpdate(u => u.SetProperty(i => i.Nick, DepotTools.Word(s)).SetProperty(i => i.Secret, "Cy")),
            14 => items.ExecuteUpdate(u => u.SetProperty(i => EF.Property<int?>(i, "KeeperId"), spare).SetProperty(i => i.Ref, (Guid?)null).SetProperty(i => i.Label!.No, (int?)1)),
            _ => await items.ExecuteUpdateAsync(u => u.SetProperty(i => i.Big, i => i.HubId).SetProperty(i => i.Rank, number)),
        };
    });

    private static IQueryable<Item> Where(Scene s, int which, int hub, int? spare, int id)
    {
        int[] ids = [id, 1];
        return which switch
        {
            0 or 1 => s.Db.Items.Where(i => i.Id == id),
            2 or 3 => s.Db.Items.Where(i => i.HubId == hub),
            4 => s.Db.Items.Where(i => i.SpareId == spare),
            5 => s.Db.Items.Where(i => i.SpareId == spare && i.HubId == hub),
            6 => s.Db.Items.Where(i => ids.Contains(i.Id)),
            7 => s.Db.Items.Where(i => i.HubId == hub || i.SpareId == spare),
            8 => s.Db.Items.OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(2).Where(i => i.HubId == hub),
            9 => s.Db.Items.Where(i => i.Hub!.Kind == hub % 3 && i.SpareId == spare),
            10 => s.Db.Items.Where(i => i.Spare!.ParentId == spare),
            11 => s.Db.Items.Where(i => i.HubId == hub).OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(1),
            12 => s.Db.Items.Where(i => i.HubId != hub),
            13 => s.Db.Items.Where(i => i.HubId == hub || i.Slot > 3),
            14 => s.Db.Items.Where(i => i.Parts.Any(p => p.Weight > 3)),
            15 => s.Db.Items.Where(i => i.Sku == $"S{id}"),
            _ => s.Db.Items,
        };
    }
}
