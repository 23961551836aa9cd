using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Saves in which what EF takes for the old values was never in the database.</summary>
internal static class DepotUnproven
{
    private static readonly string[] Columns =
    [
        "HubId", "SpareId", "KeeperId", "Slot", "Sku", "Grade", "Mode", "Live", "Armed", "Ref", "Big", "Nick", "Pad", "Secret", "Twice",
        "Rank", "Label_Text", "Label_No",
    ];

    internal static IEnumerable<Change> All()
    {
        yield return DepotTools.Of("alter a stub of an item", async s =>
        {
            var stub = await DepotTools.NewItem(s);
            stub.Id = await s.ItemId();
            s.Db.Attach(stub);
            await DepotTools.Alter(s, stub);
            await s.Save();
            s.Log($"item {stub.Id}");
        });
        yield return DepotTools.Of("alter one column of a stub of an item", async s =>
        {
            var stub = new Item { Id = await s.ItemId(), HubId = await s.HubId(), SpareId = await s.HubIdOrNull() };
            s.Db.Attach(stub);
            stub.Slot = s.Random.Next(1, 6);
            await s.Save();
            s.Log($"item {stub.Id}, as if of {stub.HubId}, {stub.SpareId}");
        });
        yield return DepotTools.Of("update a detached item", async s =>
        {
            var detached = await DepotTools.NewItem(s);
            detached.Id = await s.ItemId();
            s.Db.Update(detached);
            await s.Save();
            s.Log($"item {detached.Id}");
        });
        yield return DepotTools.Of("delete an item by stub", async s =>
        {
            var stub = new Item { Id = await s.ItemId(), HubId = s.Random.Next(1, 5) };
            s.Db.Remove(stub);
            await s.Save();
            s.Log($"item {stub.Id}");
        }, "Items Parts BunchItem Sheets");
        yield return DepotTools.Of("alter an item whose original values were overwritten", async s =>
        {
            if (await DepotTools.ReadItem(s) is not { } item)
            {
                return;
            }

            var entry = s.Db.Entry(item);
            switch (s.Random.Next(4))
            {
                case 0:
                    var dto = await DepotTools.NewItem(s);
                    dto.Id = item.Id;
                    entry.OriginalValues.SetValues(dto);
                    break;
                case 1: entry.OriginalValues.SetValues(new Dictionary<string, object?> { ["HubId"] = s.Random.Next(1, 5), ["SpareId"] = 2 }); break;
                case 2: entry.Property(i => i.HubId).OriginalValue = s.Random.Next(1, 5); break;
                default: (entry.Property(i => i.SpareId).OriginalValue, entry.Property(i => i.Slot).OriginalValue) = (s.Chance(50) ? null : 1, 2); break;
            }

            await DepotTools.Alter(s, item);
            await s.Save();
            s.Log($"item {item.Id}");
        });
        yield return DepotTools.Of("set the values of an item from another object", async s =>
        {
            if (await DepotTools.ReadItem(s) is { } item)
            {
                var dto = await DepotTools.NewItem(s);
                dto.Id = item.Id;
                s.Db.Entry(item).CurrentValues.SetValues(dto);
                await s.Save();
                s.Log($"item {item.Id}");
            }
        });
        yield return DepotTools.Of("alter an item while it isn't tracked", async s =>
        {
            if (await DepotTools.ReadItem(s) is not { } item)
            {
                return;
            }

            var entry = s.Db.Entry(item);
            entry.State = EntityState.Detached;
            (item.HubId, item.SpareId) = (await s.HubId(), await s.HubIdOrNull());
            if (s.Chance(50))
            {
                entry.State = EntityState.Unchanged;
            }
            else
            {
                s.Db.Attach(item);
            }

            await DepotTools.Alter(s, item);
            await s.Save();
            s.Log($"item {item.Id}, as if of {item.HubId}, {item.SpareId}");
        });
        yield return DepotTools.Of("accept changes that were never saved", async s =>
        {
            if (await DepotTools.ReadItem(s) is { } item)
            {
                (item.HubId, item.SpareId) = (await s.HubId(), await s.HubIdOrNull());
                s.Db.ChangeTracker.AcceptAllChanges();
                await DepotTools.Alter(s, item);
                await s.Save();
                s.Log($"item {item.Id}");
            }
        });
        yield return DepotTools.Of("alter an item with columns that its SQL made up", async s =>
        {
            var (id, hub) = (await s.ItemId(), s.Random.Next(1, 5));
            var columns = string.Join(", ", Columns.Select(c => c switch { "HubId" => $"{hub} AS \"HubId\"", "SpareId" => $"CAST({5 - hub} AS integer) AS \"SpareId\"", _ => $"\"{c}\"" }));
            var sql = $"SELECT \"Id\", {columns} FROM \"Items\" WHERE \"Id\" = {{0}}";
            var items = s.Chance(50)
                ? await s.Db.Items.FromSqlRaw(sql, id).Cacheable(static o => o.DependsOn<Item>()).ToListAsync()
                : s.Db.Items.FromSqlRaw(sql, id).ToList();
            if (items is [var item])
            {
                await DepotTools.Alter(s, item);
                await s.Save();
                s.Log($"item {id}, as if of {hub}");
            }
        });
        yield return DepotTools.Of("alter an item after its key was taken by another", async s =>
        {
            if (await DepotTools.ReadItem(s) is { } item)
            {
                s.Db.Remove(item);
                var next = await DepotTools.NewItem(s);
                next.Id = item.Id;
                next.Sku = s.Chance(50) ? item.Sku : next.Sku;
                s.Db.Add(next);
                await s.Save();
                await DepotTools.Alter(s, next);
                await s.Save();
                s.Log($"item {item.Id}, from {item.HubId} to {next.HubId}");
            }
        }, "Items Parts BunchItem Sheets");
    }
}
