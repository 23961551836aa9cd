using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Saves of rows that a query of the same context read: what they were before may be known.</summary>
internal static class DepotMoves
{
    internal static IEnumerable<Change> All()
    {
        yield return Alter(new ItemRows(), "alter an item that was read");
        yield return Alter(new ItemRows(), "alter an item that was read, again");
        yield return Alter(new ItemRows(), "alter an item that was read, a third time");
        yield return DepotTools.Of("alter items that were read, by turns", async s =>
        {
            if (await DepotTools.ReadItem(s) is { } one && await DepotTools.ReadItem(s) is { } two)
            {
                await DepotTools.Alter(s, one);
                await s.Save();
                await DepotTools.Alter(s, two);
                await DepotTools.Alter(s, one);
                await s.Save();
                s.Log($"items {one.Id} and {two.Id}");
            }
        });
        yield return DepotTools.Of("move an item by its navigations", async s =>
        {
            if (await DepotTools.ReadItem(s) is not { } item)
            {
                return;
            }

            var id = await s.HubId();
            var hub = await s.Db.Hubs.Include(h => h.Items).Include(h => h.Spares).NotCacheable().FirstOrDefaultAsync(h => h.Id == id);
            switch (s.Random.Next(5))
            {
                case 0: item.Hub = hub ?? item.Hub; break;
                case 1: item.Spare = hub; break;
                case 2: item.Spare = null; break;
                case 3: hub?.Items.Add(item); break;
                default: hub?.Spares.Clear(); break;
            }

            await s.Save();
            s.Log($"item {item.Id}, hub {id}");
        });
        yield return DepotTools.Of("swap the hubs or the unique texts of two items", async s =>
        {
            var items = await s.Db.Items.NotCacheable().OrderBy(i => i.Slot).ThenBy(i => i.Id).Take(2).ToListAsync();
            if (items is not [var one, var two])
            {
                return;
            }

            (one.HubId, two.HubId, one.SpareId, two.SpareId) = (two.HubId, one.HubId, two.SpareId, one.SpareId);
            if (s.Chance(50))
            {
                var (first, second) = (one.Sku, two.Sku);
                one.Sku = $"T{s.Random.Next(100)}";
                await s.Save();
                two.Sku = first;
                await s.Save();
                one.Sku = second;
            }

            await s.Save();
            s.Log($"items {one.Id} and {two.Id}");
        });
        yield return DepotTools.Of("move an item by its shadow key", async s =>
        {
            if (await DepotTools.ReadItem(s) is { } item)
            {
                s.Db.Entry(item).Property("KeeperId").CurrentValue = await s.HubIdOrNull();
                await s.Save();
                s.Log($"item {item.Id}");
            }
        });
        yield return DepotTools.Of("relabel an item", async s =>
        {
            if (await DepotTools.ReadItem(s) is { } item)
            {
                DepotTools.Relabel(s, item);
                await s.Save();
                s.Log($"item {item.Id}");
            }
        });
        yield return DepotTools.Of("save an item that was read, all of it", async s =>
        {
            if (await DepotTools.ReadItem(s) is { } item)
            {
                await DepotTools.Alter(s, item);
                switch (s.Random.Next(3))
                {
                    case 0: s.Db.Update(item); break;
                    case 1: s.Db.Entry(item).State = EntityState.Modified; break;
                    default: s.Db.Entry(item).Property(i => i.HubId).IsModified = true; break;
                }

                await s.Save();
                s.Log($"item {item.Id}");
            }
        });
        yield return Alter(new HubRows(), "alter a hub that was read");
        yield return Alter(new PartRows(), "alter a part that was read");
        yield return Alter(new PartRows(), "alter a part that was read, again");
        yield return Alter(new PartRows(), "alter a part that was read, a third time");
        yield return DepotTools.Of("delete an item that was read", async s =>
        {
            if (await DepotTools.ReadItem(s) is { } item)
            {
                s.Db.Remove(item);
                await s.Save();
                s.Log($"item {item.Id}");
            }
        }, "Items Parts BunchItem Sheets");
    }

    /// <summary>What ends the fewest answers that a write can: one column of a row that was read just now.</summary>
    internal static IEnumerable<Change> Least()
    {
        yield return AlterOne("alter one column of an item that was read");
        yield return AlterOne("alter one column of an item that was read, again");
        yield return AlterOne("alter one column of an item that was read, a third time");
    }

    private static Change AlterOne(string name) => DepotTools.Of(name, async s =>
    {
        var id = await s.ItemId();
        if (await s.Db.Items.NotCacheable().FirstOrDefaultAsync(i => i.Id == id) is not { } item)
        {
            return;
        }

        switch (s.Random.Next(10))
        {
            case < 4: item.Slot = s.Random.Next(1, 6); break;
            case 4 or 5: item.SpareId = await s.HubIdOrNull(); break;
            case 6: item.HubId = await s.HubId(); break;
            case 7: item.Grade = (Grade)s.Random.Next(3); break;
            case 8: item.Big = s.Random.Next(1, 5); break;
            default: item.Nick = DepotTools.Word(s); break;
        }

        await s.Save();
        s.Log($"item {id} of {item.HubId}, {item.SpareId}, in {item.Slot}");
    });

    private static Change Alter<T>(RowKind<T> rows, string name)
        where T : class, IKeyed
        => rows.Altering(name, async s =>
        {
            if (await rows.Read(s) is not { } row)
            {
                return;
            }

            await rows.Alter(s, row);
            await s.Save();
            if (s.Chance(25))
            {
                await s.Look();
                await rows.Alter(s, row);
                await s.Save();
            }

            s.Log($"{rows.Name}: {row.KeyText}");
        });
}
