using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Writes to the depot by a model that knows less of it, and knows it in other types.</summary>
internal static class DepotNarrow
{
    internal static IEnumerable<Change> All()
    {
        yield return Alter("narrow: alter an item that was read");
        yield return Alter("narrow: alter an item that was read, again");
        yield return DepotTools.Of("narrow: alter a stub of an item", async s =>
        {
            using var narrow = s.OpenNarrow();
            var stub = new SlimItem { Id = await s.ItemId(), HubId = await s.HubId(), Slot = s.Random.Next(1, 6) };
            narrow.Attach(stub);
            stub.Grade = 1 + s.Random.Next(2);
            await s.Save(narrow);
            s.Log($"item {stub.Id}");
        });
        yield return DepotTools.Of("narrow: delete an item or a hub", async s =>
        {
            using var narrow = s.OpenNarrow();
            var (item, hub) = (await s.ItemId(), await s.HubId());
            switch (s.Random.Next(5))
            {
                case 0: narrow.Remove(new SlimItem { Id = item }); break;
                case 1: narrow.RemoveRange(await narrow.Items.NotCacheable().Where(i => i.Id == item).ToListAsync()); break;
                case 2: narrow.Remove(new SlimHub { Id = hub }); break;
                case 3: narrow.RemoveRange(await narrow.Hubs.Cacheable().Where(h => h.Id == hub).ToListAsync()); break;
                default: await narrow.Items.Where(i => i.HubId == hub).ExecuteDeleteAsync(); break;
            }

            await s.Save(narrow);
            s.Log($"item {item}, hub {hub}");
        }, "Items Hubs Parts BunchItem Sheets Drafts");
        yield return Sets("narrow: set columns");
        yield return Sets("narrow: set columns, again");
        yield return DepotTools.Of("narrow: add a hub, and rename it", async s =>
        {
            using var narrow = s.OpenNarrow();
            var hub = new SlimHub { Id = s.Random.Next(1, 6), Name = s.Word("hub", 4), Kind = s.Random.Next(3) };
            narrow.Add(hub);
            await s.Save(narrow);
            hub.Kind = s.Random.Next(3);
            await s.Save(narrow);
            s.Log($"hub {hub.Id}");
        }, "Hubs");
    }

    private static Change Sets(string name) => DepotTools.Of(name, async s =>
    {
        using var narrow = s.OpenNarrow();
        var (item, hub, number) = (await s.ItemId(), await s.HubId(), s.Random.Next(1, 6));
        switch (s.Random.Next(10))
        {
            case 0: await narrow.Items.Where(i => i.HubId == hub).ExecuteUpdateAsync(u => u.SetProperty(i => i.Slot, number)); break;
            case 1: await narrow.Items.Where(i => i.Id == item).ExecuteUpdateAsync(u => u.SetProperty(i => i.HubId, (long)hub)); break;
            case 2: narrow.Items.Where(i => i.Grade == number % 3).ExecuteUpdate(u => u.SetProperty(i => i.Grade, i => (i.Grade + 1) % 3)); break;
            case 3: narrow.Items.Where(i => i.Mode == "Busy").ExecuteUpdate(u => u.SetProperty(i => i.Mode, "Idle")); break;
            case 4: await narrow.Items.Where(i => i.Slot == number).ExecuteUpdateAsync(u => u.SetProperty(i => i.Big, hub)); break;
            case 5: await narrow.Hubs.Where(h => h.Id == hub).ExecuteUpdateAsync(u => u.SetProperty(h => h.Kind, number % 3)); break;
            case 6 or 7: narrow.Items.Where(i => i.Slot == number).ExecuteUpdate(u => u.SetProperty(i => i.Slot, hub)); break;
            case 8: await narrow.Items.Where(i => i.Slot == number && i.Id > 7).ExecuteDeleteAsync(); break;
            default: narrow.Hubs.Where(h => h.Kind == number % 3).ExecuteUpdate(u => u.SetProperty(h => h.Name, "hub 2")); break;
        }

        s.Log($"item {item}, hub {hub}, {number}");
    }, "Items Hubs Parts BunchItem Sheets");

    private static Change Alter(string name) => DepotTools.Of(name, async s =>
    {
        using var narrow = s.OpenNarrow();
        var id = await s.ItemId();
        if (await (s.Chance(50) ? narrow.Items.Cacheable() : narrow.Items.NotCacheable()).FirstOrDefaultAsync(i => i.Id == id) is not { } item)
        {
            return;
        }

        switch (s.Random.Next(6))
        {
            case 0 or 1: item.HubId = await s.HubId(); break;
            case 2: item.Slot = s.Random.Next(1, 6); break;
            case 3: item.Grade = s.Random.Next(3); break;
            case 4: (item.Mode, item.Nick) = (s.Chance(30) ? "1" : ((Mode)s.Random.Next(3)).ToString(), DepotTools.Word(s)); break;
            default: item.Big = s.Random.Next(1, 5); break;
        }

        await s.Save(narrow);
        s.Log($"item {id}");
    });
}
