using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>
/// Rows that are deleted with what points to them, which was read with them: all of it, or only some, and others come to it
/// in between.
/// </summary>
internal static class DepotWholes
{
    private const string BelowItems = "Items Parts BunchItem Sheets Drafts Memos";

    internal static IEnumerable<Change> All()
    {
        yield return Items("delete an item with its parts");
        yield return Items("delete an item with its parts, again");
        yield return DepotTools.Of("delete a hub with its spares", async s =>
        {
            var id = await s.HubId();
            var hubs = s.Db.Hubs.Include(h => h.Spares);
            var hub = s.Chance(50) ? await hubs.Cacheable().FirstOrDefaultAsync(h => h.Id == id) : hubs.Where(h => h.Id == id).AsEnumerable().SingleOrDefault();
            if (hub is null)
            {
                return;
            }

            if (s.Chance(30) && await s.ItemId() is var moved)
            {
                using var other = s.OpenOther();
                await other.Items.Where(i => i.Id == moved).ExecuteUpdateAsync(u => u.SetProperty(i => i.SpareId, (int?)id));
                s.Log($"(another: item {moved} to spare {id})");
                await s.Look();
            }

            if (s.Chance(15) && hub.Spares.Count > 0)
            {
                s.Db.Entry(hub.Spares[0]).State = EntityState.Detached;
            }

            s.Db.Remove(hub);
            await s.Save();
            s.Log($"hub {id}");
            await s.Look();
            await DepotRows.EnsureHubs(s);
        }, "Hubs " + BelowItems);
    }

    private static Change Items(string name) => DepotTools.Of(name, async s =>
    {
        var id = await s.ItemId();
        var tracked = s.Chance(40);
        if (tracked)
        {
            // Entities that are tracked already aren't made again by the query below.
            _ = s.Db.Set<Screw>().OrderBy(p => p.Id).Take(3).ToList();
        }

        if (s.Chance(tracked ? 70 : 30))
        {
            await Come(s, id);
        }

        if (await Read(s, id) is not { } item)
        {
            return;
        }

        if (s.Chance(30))
        {
            await Come(s, id);
            await s.Look();
        }

        if (s.Chance(15) && item.Parts.Count > 0)
        {
            s.Db.Entry(item.Parts[^1]).State = EntityState.Detached;
        }
        else if (s.Chance(20) && item.Parts.Count > 0)
        {
            item.Parts[0].ItemId = await s.ItemId();
        }

        s.Db.Remove(item);
        await s.Save();
        s.Log($"item {id} with {item.Parts.Count} parts");
    }, BelowItems);

    private static async Task<Item?> Read(Scene s, int id)
    {
        var items = s.Db.Items.Include(i => i.Parts);
        switch (s.Random.Next(8))
        {
            case 0: return await items.Cacheable().FirstOrDefaultAsync(i => i.Id == id);
            case 1: return items.NotCacheable().SingleOrDefault(i => i.Id == id);
            case 2: return (await items.Where(i => i.Id == id || i.Id == id + 1).ToListAsync()).Find(i => i.Id == id);
            case 3: return await items.Include(i => i.Hub).Include(i => i.Bunches).FirstOrDefaultAsync(i => i.Id == id);
            case 4: return await s.Db.Items.Include(i => i.Parts.Where(p => p.Weight > 2)).FirstOrDefaultAsync(i => i.Id == id);
            case 5: return await s.Db.Items.Include(i => i.Parts.OrderBy(p => p.Id).Take(1)).FirstOrDefaultAsync(i => i.Id == id);
            case 6: return await items.AsSplitQuery().FirstOrDefaultAsync(i => i.Id == id);
            default: return items.AsEnumerable().FirstOrDefault(i => i.Id == id);
        }
    }

    /// <summary>Another context gives the item a part, new or another's.</summary>
    private static async Task Come(Scene s, int id)
    {
        using var other = s.OpenOther();
        var box = await s.HubIdOrNull();
        if (s.Chance(50) && await other.Set<Screw>().NotCacheable().OrderBy(p => p.Id).Skip(s.Random.Next(3)).FirstOrDefaultAsync() is { } screw)
        {
            screw.ItemId = id;
        }
        else if (await other.Items.AnyAsync(i => i.Id == id))
        {
            other.Add(new Screw { ItemId = id, BoxId = box, Weight = 1 });
        }

        try
        {
            await s.Save(other);
        }
        catch (DbUpdateException)
        {
            // The item is gone.
        }

        s.Log($"(another: a part to item {id})");
    }
}
