using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Rows that come and go, with what hangs on them; parts, sheets and bunches.</summary>
internal static class DepotRows
{
    private const string BelowItems = "Items Parts BunchItem Sheets Drafts Memos";
    private const string BelowHubs = "Hubs Quirks " + BelowItems;

    internal static IEnumerable<Change> All() => [.. Saved(), .. Hubs()];

    /// <summary>One row or a few, by SaveChanges.</summary>
    internal static IEnumerable<Change> Saved() => [.. Items(), .. Others()];

    internal static Change ThinOut() => DepotTools.Of("thin out the depot", async s =>
    {
        await s.Db.Items.Where(i => i.Id > 9).ExecuteDeleteAsync();
        await s.Db.Parts.Where(p => p.Id > 12).ExecuteDeleteAsync();
        await s.Db.Quirks.Where(q => q.Id > 9).ExecuteDeleteAsync();
        s.Db.RemoveRange(await s.Db.Sheets.NotCacheable().Where(t => t.Id > 9).ToListAsync());
        await s.Save();
        await s.RestartKeys();
        await EnsureHubs(s);

        // What is read of such a row isn't what the store has: a number for a name, and what setters don't keep.
        var (odd, notch) = (s.Random.Next(1, 10), s.Random.Next(4, 7));
        await s.Db.Database.ExecuteSqlAsync($"UPDATE \"Items\" SET \"Mode\" = '1' WHERE \"Id\" = {odd}");
        await s.Db.Database.ExecuteSqlAsync($"UPDATE \"Quirks\" SET \"Notch\" = {notch}, \"Tidy\" = ' Bob ' WHERE \"Id\" = {odd}");
    }, BelowHubs);

    internal static async Task EnsureHubs(Scene s)
    {
        var there = await s.Db.Hubs.NotCacheable().Select(h => h.Id).ToListAsync();
        s.Db.AddRange(Enumerable.Range(1, 4).Except(there).Select(i => new Hub { Id = i, Name = $"hub {i % 3}", Kind = i % 3 }));
        await s.Save();
        for (var missing = 4 - await s.Db.Items.NotCacheable().CountAsync(); missing > 0; missing--)
        {
            s.Db.Add(DepotSeed.NewItem(missing, 1 + (missing % 4), missing % 2 == 0 ? null : missing));
        }

        await s.Save();
    }

    private static IEnumerable<Change> Items()
    {
        yield return DepotTools.Of("add an item", async s =>
        {
            var item = await DepotTools.NewItem(s);
            if (s.Chance(40))
            {
                item.Parts.Add(s.Chance(50) ? new Wire { Length = s.Random.Next(3), Weight = 2 } : new Screw { BoxId = await s.HubIdOrNull(), Weight = 3 });
            }

            s.Db.Add(item).Property("KeeperId").CurrentValue = await s.HubIdOrNull();
            await s.Save();
            s.Log($"item {item.Id} of {item.HubId}, {item.SpareId}");
            if (s.Chance(30))
            {
                await DepotTools.Alter(s, item);
                await s.Save();
            }
        }, "Items Parts");
        yield return AddWhatWasAskedFor("add an item whose key has been asked for");
        yield return AddWhatWasAskedFor("add an item whose key has been asked for, again");
        yield return DepotTools.Of("add items to a hub", async s =>
        {
            var hub = await s.HubId();
            var items = new List<Item> { await DepotTools.NewItem(s), await DepotTools.NewItem(s) };
            items.ForEach(i => (i.Id, i.HubId) = (0, hub));
            s.Db.AddRange(items);
            await s.Save();
            s.Log($"hub {hub}: items {items[0].Id} and {items[1].Id}");
        });
    }

    /// <summary>The store makes the key, and answers are asked right after it has.</summary>
    private static Change AddWhatWasAskedFor(string name) => DepotTools.Of(name, async s =>
    {
        if (!s.IsFree)
        {
            return;
        }

        var id = s.Random.Next(8, 10);
        await s.Db.Items.Where(i => i.Id >= id).ExecuteDeleteAsync();
        await s.RestartKeys();
        await s.Look();
        using var heard = s.World.OpenHeard(s.Db.Tenant, s.Look);
        var item = await DepotTools.NewItem(s);
        item.Id = 0;
        heard.Add(item);
        await s.Save(heard);
        s.Log($"item {item.Id}, asked for as {id}");
    }, BelowItems);

    private static IEnumerable<Change> Hubs()
    {
        yield return DepotTools.Of("add a hub", async s =>
        {
            var hub = new Hub { Id = s.Random.Next(1, 6), Name = s.Word("hub", 4), Kind = s.Random.Next(3), ParentId = await s.HubIdOrNull() };
            if (s.Chance(50))
            {
                var item = await DepotTools.NewItem(s);
                hub.Items.Add(item);
            }

            s.Db.Add(hub);
            await s.Save();
            s.Log($"hub {hub.Id} with {hub.Items.Count} items");
        }, "Hubs Items");
        yield return DepotTools.Of("delete a hub", async s =>
        {
            var id = await s.HubId();
            s.Log($"hub {id}");
            switch (s.Random.Next(6))
            {
                case 0: s.Db.RemoveRange(await s.Db.Hubs.Include(h => h.Items).ThenInclude(i => i.Parts).Include(h => h.Spares).NotCacheable().Where(h => h.Id == id).ToListAsync()); break;
                case 1: s.Db.RemoveRange(await s.Db.Hubs.Cacheable().Where(h => h.Id == id).ToListAsync()); break;
                case 2: s.Db.Remove(new Hub { Id = id }); break;
                case 3: await s.Db.Hubs.Where(h => h.Id == id).ExecuteDeleteAsync(); break;
                case 4: await s.Db.Hubs.Where(h => h.Kind == id % 3).ExecuteDeleteAsync(); break;
                default: s.Db.Database.ExecuteSql($"DELETE FROM \"Hubs\" WHERE \"Id\" = {id}"); break;
            }

            await s.Save();
            await s.Look();
            await EnsureHubs(s);
        }, BelowHubs);
        yield return DepotTools.Of("move items, then delete their hub", async s =>
        {
            var (from, to) = (await s.HubId(), await s.HubId());
            if (from != to && await s.Db.Hubs.Include(h => h.Items).Cacheable().FirstOrDefaultAsync(h => h.Id == from) is { } hub)
            {
                hub.Items.ToList().ForEach(i => i.HubId = to);
                s.Db.Remove(hub);
                await s.Save();
                await EnsureHubs(s);
                s.Log($"from {from} to {to}");
            }
        }, BelowHubs);
    }

    private static IEnumerable<Change> Others()
    {
        yield return DepotTools.Of("parts", async s =>
        {
            var item = await s.ItemId();
            var part = await s.Db.Parts.Cacheable().OrderBy(p => p.Id).Skip(s.Random.Next(5)).FirstOrDefaultAsync();
            switch (part)
            {
                case null: s.Db.Add(new Wire { ItemId = item, Length = s.Random.Next(3), Weight = PartRows.Weight(s) }); break;
                case not null when s.Chance(30): s.Db.Add(new Screw { ItemId = item, BoxId = await s.HubIdOrNull(), Weight = PartRows.Weight(s) }); break;
                case not null when s.Chance(15): s.Db.Remove(part); break;
                case Screw screw when s.Chance(60): screw.BoxId = await s.HubIdOrNull(); break;
                case Wire wire when s.Chance(60): wire.Length = s.Random.Next(3); break;
                default: (part.ItemId, part.Weight) = (item, PartRows.Weight(s)); break;
            }

            await s.Save();
            s.Log($"item {item}");
        }, "Parts");
        yield return DepotTools.Of("a stub of a part", async s =>
        {
            var part = new Screw { Id = await s.Pick(s.Db.Set<Screw>().Select(p => p.Id), 99), ItemId = await s.ItemId(), BoxId = await s.HubIdOrNull() };
            s.Db.Attach(part).Property(p => p.Weight).CurrentValue = PartRows.Weight(s);
            await s.Save();
            s.Log($"part {part.Id}");
        }, "Parts");
        yield return DepotTools.Of("sheets", async s =>
        {
            int? item = s.Chance(30) ? null : await s.ItemId();
            var sheet = await s.Db.Sheets.Cacheable().OrderBy(p => p.Id).Skip(s.Random.Next(6)).FirstOrDefaultAsync();
            switch (sheet)
            {
                case null: s.Db.Add(new Sheet(1) { ItemId = item }); break;
                case not null when s.Chance(20): s.Db.Add(new Draft(s.Random.Next(4)) { ItemId = item, HubId = await s.HubIdOrNull() }); break;
                case not null when s.Chance(10): s.Db.Remove(sheet); break;
                case not null when s.Chance(20): sheet.Mark = s.Random.Next(7); break;
                case Draft draft when s.Chance(60): draft.HubId = await s.HubIdOrNull(); break;
                case Memo memo when s.Chance(40): memo.Words = s.Random.Next(9); break;
                default: sheet.ItemId = item; break;
            }

            await s.Save();
            s.Log($"sheet {sheet?.Id}, item {item}");
        }, "Sheets Drafts Memos");
        yield return DepotTools.Of("quirks", async s =>
        {
            var quirk = await s.Db.Quirks.Cacheable().OrderBy(q => q.Id).Skip(s.Random.Next(7)).FirstOrDefaultAsync();
            switch (s.Random.Next(6))
            {
                case 0 when quirk is not null: s.Db.Remove(quirk); break;
                case 1 when quirk is not null: quirk.HubId = await s.HubIdOrNull(); break;
                case < 5 when quirk is not null: (quirk.Tidy, quirk.Notch) = (s.Chance(50) ? DepotTools.Word(s) : quirk.Tidy, s.Random.Next(7)); break;
                default: s.Db.Add(new Quirk { HubId = await s.HubIdOrNull(), Tidy = DepotTools.Word(s), Notch = s.Random.Next(7) }); break;
            }

            await s.Save();
            s.Log($"quirk {quirk?.Id}");
        }, "Quirks");
        yield return Bunches("bunches");
        yield return Bunches("bunches, again");
    }

    private static Change Bunches(string name) => DepotTools.Of(name, async s =>
    {
        var (id, itemId) = (s.Random.Next(1, 5), await s.ItemId());
        if (await s.Db.Bunches.Include(b => b.Items).NotCacheable().FirstOrDefaultAsync(b => b.Id == id) is not { } bunch)
        {
            s.Db.Add(new Bunch { Id = id, Name = s.Word("bunch"), Stamp = s.Chance(50) ? null : new Stamp { Colour = s.Random.Next(1, 4) } });
        }
        else if (s.Chance(10))
        {
            s.Db.Remove(bunch);
        }
        else if (s.Chance(40))
        {
            bunch.Stamp = s.Chance(30) ? null : new Stamp { Colour = s.Random.Next(1, 4) };
        }
        else if (await s.Db.Items.NotCacheable().FirstOrDefaultAsync(i => i.Id == itemId) is { } item && !bunch.Items.Remove(item))
        {
            bunch.Items.Add(item);
        }

        await s.Save();
        s.Log($"bunch {id}, item {itemId}");
    }, "Bunches Stamps BunchItem");
}
