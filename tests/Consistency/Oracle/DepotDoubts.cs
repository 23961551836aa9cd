using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Saves of rows that were read, but that are no longer what they were: others wrote, transactions ended, saves failed.</summary>
internal static class DepotDoubts
{
    internal static IEnumerable<Change> All()
        =>
        [
            .. DoubtsOf(new ItemRows()), Overtaken(new ItemRows(), "alter an item that another has changed, again"), FailAndRepair(),
            .. DoubtsOf(new HubRows()),
            .. DoubtsOf(new PartRows()), Overtaken(new PartRows(), "alter a part that another has changed, again"),
        ];

    private static IEnumerable<Change> DoubtsOf<T>(RowKind<T> rows)
        where T : class, IKeyed
    {
        yield return Overtaken(rows, $"alter {rows.Name} that another has changed");
        yield return rows.Altering($"two copies of {rows.Name}, saved by turns", async s =>
        {
            using var other = s.OpenOther();
            if (await rows.Read(s) is not { } mine || await rows.Find(other, rows.IdOf(mine)) is not { } theirs)
            {
                return;
            }

            for (var turns = 2 + s.Random.Next(3); turns > 0; turns--)
            {
                var turn = s.Chance(50);
                await rows.Alter(s, turn ? mine : theirs);
                await s.Save(turn ? s.Db : other);
                await s.Look();
            }

            s.Log($"{rows.Name}: {mine.KeyText}");
        });
        yield return rows.Disturbing($"alter {rows.Name} that was read in a transaction that came to nothing", async s =>
        {
            if (!s.IsFree)
            {
                return;
            }

            s.Db.ChangeTracker.Clear();
            var id = await rows.AnyId(s);
            using (var transaction = await s.Db.Database.BeginTransactionAsync())
            {
                await rows.ChangeByAnother(s, id);
                _ = await rows.Find(s.Db, id);
                await (s.Chance(70) ? transaction.RollbackAsync() : transaction.CommitAsync());
            }

            await AlterWhatWasRead(rows, s);
        });
        yield return rows.Disturbing($"alter {rows.Name} that was read in a snapshot older than another's change", async s =>
        {
            if (!s.IsFree)
            {
                return;
            }

            s.Db.ChangeTracker.Clear();
            var id = await rows.AnyId(s);
            await s.Db.Database.OpenConnectionAsync();
            try
            {
                using var transaction = Act.BeginSnapshot(s.Db.Database.GetDbConnection());
                await s.Db.Database.UseTransactionAsync(transaction);

                // The first read begins the snapshot.
                _ = await s.Db.Bunches.NotCacheable().CountAsync();
                using var other = s.World.Open(s.Db.Tenant);
                await rows.ChangeBy(other, s, id);
                _ = await rows.Find(s.Db, id);
            }
            finally
            {
                await s.Db.Database.UseTransactionAsync(null);
                await s.Db.Database.CloseConnectionAsync();
            }

            await AlterWhatWasRead(rows, s);
        });
        yield return RolledBack(rows, $"save {rows.Name}, roll back, save it again", savepoint: false);
        yield return RolledBack(rows, $"save {rows.Name}, roll back to a savepoint, save it again", savepoint: true);
        yield return rows.Disturbing($"read {rows.Name} again after another has changed it", async s =>
        {
            if (await rows.Read(s) is not { } row)
            {
                return;
            }

            var id = rows.IdOf(row);
            await rows.ChangeByAnother(s, id);
            switch (s.Random.Next(3))
            {
                case 0: await s.Db.Entry(row).ReloadAsync(); break;
                case 1: _ = await rows.Find(s.Db, id); break;
                default: s.Db.ChangeTracker.Clear(); break;
            }

            await s.Look();
            if (await rows.Find(s.Db, id) is { } read)
            {
                await rows.Alter(s, read);
                await s.Save();
            }

            s.Log($"{rows.Name}: {id}");
        });
    }

    private static async Task AlterWhatWasRead<T>(RowKind<T> rows, Scene s)
        where T : class, IKeyed
    {
        await s.Look();
        if (s.Db.Set<T>().Local.FirstOrDefault() is { } row)
        {
            await rows.Alter(s, row);
            await s.Save();
            s.Log($"{rows.Name}: {row.KeyText}");
        }
    }

    private static Change Overtaken<T>(RowKind<T> rows, string name)
        where T : class, IKeyed
        => rows.Disturbing(name, async s =>
        {
            if (await rows.Read(s) is not { } row)
            {
                return;
            }

            await rows.ChangeByAnother(s, rows.IdOf(row));
            await s.Look();
            if (rows.MayGo && s.Chance(15))
            {
                s.Db.Remove(row);
            }
            else
            {
                await rows.Alter(s, row);
            }

            await s.Save();
            s.Log($"{rows.Name}: {row.KeyText}");
        });

    private static Change RolledBack<T>(RowKind<T> rows, string name, bool savepoint)
        where T : class, IKeyed
        => rows.Altering(name, async s =>
        {
            if (!s.IsFree || await rows.Read(s) is not { } row)
            {
                return;
            }

            using (var transaction = await s.Db.Database.BeginTransactionAsync())
            {
                if (savepoint)
                {
                    await transaction.CreateSavepointAsync("here");
                }

                await rows.Alter(s, row);
                await s.Save();
                if (savepoint)
                {
                    await transaction.RollbackToSavepointAsync("here");
                    if (s.Chance(50))
                    {
                        await rows.Alter(s, row);
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
            await rows.Alter(s, row);
            await s.Save();
            s.Log($"{rows.Name}: {row.KeyText}");
        });

    private static Change FailAndRepair() => DepotTools.Of("save items, fail, repair, save again", async s =>
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
}
