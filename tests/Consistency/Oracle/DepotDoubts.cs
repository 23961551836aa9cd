using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Saves of rows that were read, but that are no longer what they were: others wrote, transactions ended, saves failed.</summary>
internal static class DepotDoubts
{
    internal static IEnumerable<Change> All()
    {
        yield return Overtaken("alter an item that another has changed");
        yield return Overtaken("alter an item that another has changed, again");
        yield return DepotTools.Of("two copies of an item, saved by turns", async s =>
        {
            using var other = s.OpenOther();
            if (await DepotTools.ReadItem(s) is not { } mine || await other.Items.Cacheable().FirstOrDefaultAsync(i => i.Id == mine.Id) is not { } theirs)
            {
                return;
            }

            for (var turns = 2 + s.Random.Next(3); turns > 0; turns--)
            {
                var turn = s.Chance(50);
                var item = turn ? mine : theirs;
                await DepotTools.Alter(s, item);
                await s.Save(turn ? s.Db : other);
                await s.Look();
            }

            s.Log($"item {mine.Id}");
        });
        yield return DepotTools.Of("alter an item that was read in a transaction that came to nothing", async s =>
        {
            if (!s.IsFree)
            {
                return;
            }

            s.Db.ChangeTracker.Clear();
            var id = await s.ItemId();
            using (var transaction = await s.Db.Database.BeginTransactionAsync())
            {
                await DepotTools.ChangeByAnother(s, id);
                _ = await s.Db.Items.Cacheable().FirstOrDefaultAsync(i => i.Id == id);
                await (s.Chance(70) ? transaction.RollbackAsync() : transaction.CommitAsync());
            }

            await s.Look();
            if (s.Db.Items.Local.FirstOrDefault() is { } item)
            {
                await DepotTools.Alter(s, item);
                await s.Save();
                s.Log($"item {id}");
            }
        });
        yield return DepotTools.Of("alter an item that was read in a snapshot older than another's change", async s =>
        {
            if (!s.IsFree)
            {
                return;
            }

            s.Db.ChangeTracker.Clear();
            var id = await s.ItemId();
            await s.Db.Database.OpenConnectionAsync();
            try
            {
                using var transaction = Act.BeginSnapshot(s.Db.Database.GetDbConnection());
                await s.Db.Database.UseTransactionAsync(transaction);
                _ = await s.Db.Hubs.NotCacheable().CountAsync();
                using var other = s.World.Open(s.Db.Tenant);
                await DepotTools.ChangeBy(other, s, id);
                _ = await s.Db.Items.Cacheable().FirstOrDefaultAsync(i => i.Id == id);
            }
            finally
            {
                await s.Db.Database.UseTransactionAsync(null);
                await s.Db.Database.CloseConnectionAsync();
            }

            await s.Look();
            if (s.Db.Items.Local.FirstOrDefault() is { } item)
            {
                await DepotTools.Alter(s, item);
                await s.Save();
                s.Log($"item {id}");
            }
        });
        yield return RolledBack("save an item, roll back, save it again", savepoint: false);
        yield return RolledBack("save an item, roll back to a savepoint, save it again", savepoint: true);
        yield return DepotTools.Of("save items, fail, repair, save again", async s =>
        {
            var taken = await s.Db.Items.NotCacheable().OrderBy(i => i.Id).Select(i => i.Sku).FirstOrDefaultAsync();
            if (taken is null || await DepotTools.ReadItem(s) is not { } item)
            {
                return;
            }

            await DepotTools.Alter(s, item);
            var extra = await DepotTools.NewItem(s);
            extra.Sku = taken;
            s.Db.Add(extra);
            try
            {
                await s.Save();
            }
            catch (DbUpdateException)
            {
                await s.Look();
                s.Db.Entry(extra).State = EntityState.Detached;
                await DepotTools.Alter(s, item);
                await s.Save();
            }

            s.Log($"item {item.Id}");
        });
        yield return DepotTools.Of("read an item again after another has changed it", async s =>
        {
            if (await DepotTools.ReadItem(s) is { } item)
            {
                await DepotTools.ChangeByAnother(s, item.Id);
                switch (s.Random.Next(3))
                {
                    case 0: await s.Db.Entry(item).ReloadAsync(); break;
                    case 1: _ = await s.Db.Items.Cacheable().FirstOrDefaultAsync(i => i.Id == item.Id); break;
                    default: s.Db.ChangeTracker.Clear(); break;
                }

                if (await s.Db.Items.Cacheable().FirstOrDefaultAsync(i => i.Id == item.Id) is { } read)
                {
                    await DepotTools.Alter(s, read);
                    await s.Save();
                }

                s.Log($"item {item.Id}");
            }
        });
    }

    private static Change Overtaken(string name) => DepotTools.Of(name, async s =>
    {
        if (await DepotTools.ReadItem(s) is not { } item)
        {
            return;
        }

        await DepotTools.ChangeByAnother(s, item.Id);
        await s.Look();
        if (s.Chance(15))
        {
            s.Db.Remove(item);
        }
        else
        {
            await DepotTools.Alter(s, item);
        }

        await s.Save();
        s.Log($"item {item.Id} now of {item.HubId}, {item.SpareId}");
    }, "Items Hubs Parts BunchItem Sheets");

    private static Change RolledBack(string name, bool savepoint) => DepotTools.Of(name, async s =>
    {
        if (!s.IsFree || await DepotTools.ReadItem(s) is not { } item)
        {
            return;
        }

        using (var transaction = await s.Db.Database.BeginTransactionAsync())
        {
            if (savepoint)
            {
                await transaction.CreateSavepointAsync("here");
            }

            await DepotTools.Alter(s, item);
            await s.Save();
            if (savepoint)
            {
                await transaction.RollbackToSavepointAsync("here");
                if (s.Chance(50))
                {
                    await DepotTools.Alter(s, item);
                    await s.Save();
                }

                await transaction.CommitAsync();
            }
            else
            {
                await transaction.RollbackAsync();
            }
        }

        await s.Look();
        await DepotTools.Alter(s, item);
        await s.Save();
        s.Log($"item {item.Id} now of {item.HubId}, {item.SpareId}");
    });
}
