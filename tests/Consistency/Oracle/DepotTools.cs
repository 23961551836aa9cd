using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>How changes come by items, and what they do to them.</summary>
internal static class DepotTools
{
    internal static Change Of(string name, Func<Scene, Task> change, string tables = "Items") => SavedChanges.Of(name, tables, change);

    /// <summary>An item, tracked by one kind of query or another; null if there is none.</summary>
    internal static async Task<Item?> ReadItem(Scene s)
    {
        var id = await s.ItemId();
        switch (s.Random.Next(7))
        {
            case 0: return await s.Db.Items.Cacheable().FirstOrDefaultAsync(i => i.Id == id);
            case 1: return await s.Db.Items.FindAsync(id);
            case 2: return s.Db.Items.FromSql($"SELECT * FROM \"Items\" WHERE \"Id\" = {id}").AsEnumerable().FirstOrDefault();
            case 3:
                var hub = s.Random.Next(1, 5);
                return AnyOf(s, await s.Db.Items.Cacheable().Where(i => i.HubId == hub).ToListAsync());
            case 4:
                return await s.Db.Hubs.Include(h => h.Items).Cacheable().FirstOrDefaultAsync(h => h.Items.Any(i => i.Id == id)) is { } found ? found.Items.Find(i => i.Id == id) : null;
            case 5:
                var slot = s.Random.Next(1, 6);
                return AnyOf(s, s.Db.Items.Cacheable().Where(i => i.Slot <= slot).OrderBy(i => i.Id).ToList());
            default: return s.Db.Items.NotCacheable().FirstOrDefault(i => i.Id == id);
        }
    }

    /// <summary>Changes a column or a few, rather the foreign keys and what is sorted by.</summary>
    internal static async Task Alter(Scene s, Item item)
    {
        for (var more = true; more; more = s.Chance(50))
        {
            switch (s.Random.Next(23))
            {
                case < 4: item.HubId = await s.HubId(); break;
                case < 8: item.SpareId = await s.HubIdOrNull(); break;
                case < 12: item.Slot = s.Random.Next(1, 6); break;
                case 12: item.Sku = $"S{s.Random.Next(1, 10)}"; break;
                case 13: item.Grade = (Grade)s.Random.Next(3); break;
                case 14: item.Mode = (Mode)s.Random.Next(3); break;
                case 15: (item.Live, item.Armed) = (!item.Live, s.Chance(50)); break;
                case 16: item.Ref = s.Chance(40) ? null : WorldSeed.GuidOf(s.Random.Next(1, 4)); break;
                case 17: item.Big = s.Random.Next(1, 5); break;
                case 18: item.Nick = Word(s); break;
                case 19: item.Pad = s.Chance(50) ? $"P{s.Random.Next(3)}" : $"P{s.Random.Next(3)} "; break;
                case 20: item.Secret = DepotSeed.Word(s.Random.Next(3), upper: false); break;
                case 21: item.Rank = s.Random.Next(1, 4); break;
                default: Relabel(s, item); break;
            }
        }
    }

    /// <summary>Sets, changes or takes away the owned part.</summary>
    internal static void Relabel(Scene s, Item item)
    {
        int? no = s.Chance(40) ? null : s.Random.Next(1, 4);
        if (item.Label is null || s.Chance(30))
        {
            item.Label = new Label { Text = s.Word("label", 3), No = no };
        }
        else if (s.Chance(30))
        {
            item.Label = null;
        }
        else
        {
            item.Label.No = no;
        }
    }

    internal static string Word(Scene s) => DepotSeed.Word(s.Random.Next(3), s.Chance(50));

    internal static async Task<Item> NewItem(Scene s)
    {
        var item = DepotSeed.NewItem(s.Random.Next(1, 10), await s.HubId(), await s.HubIdOrNull());
        item.Id = s.Chance(25) ? s.Random.Next(1, 10) : 0;
        return item;
    }

    internal static T? AnyOf<T>(Scene s, List<T> rows)
        where T : class
        => rows.Count == 0 ? null : rows[s.Random.Next(rows.Count)];
}
