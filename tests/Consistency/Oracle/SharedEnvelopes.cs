using System.Data;
using System.Transactions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using IsolationLevel = System.Data.IsolationLevel;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Transactions that EF didn't begin, that several contexts share, or that go on side by side.</summary>
internal static class SharedEnvelopes
{
    internal static async Task Raw(Act act)
    {
        using var connection = act.World.Connect();
        var transaction = await connection.BeginTransactionAsync();
        using (var first = act.World.Open(1, connection))
        using (var second = act.World.Open(2, connection))
        {
            await first.Database.UseTransactionAsync(transaction);
            await second.Database.UseTransactionAsync(transaction);
            await act.Change(first);
            await act.Look(transaction);
            await act.Change(second);
        }

        await act.Look();
        var keep = act.Random.Next(3) > 0;
        await act.Try(() => keep ? transaction.CommitAsync() : transaction.RollbackAsync());
        await transaction.DisposeAsync();
        act.Broken = false;
        await act.Look();
        using var third = act.World.Open(1, connection);
        await act.Change(third);
    }

    internal static async Task RawBegin(Act act)
    {
        using var db = act.Open();
        db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
        await db.Database.OpenConnectionAsync();
        await db.Database.ExecuteSqlRawAsync(act.World.BeginSql);
        await act.Change(db);
        await act.Look();
        await db.Database.ExecuteSqlRawAsync(act.Random.Next(2) == 0 ? "COMMIT" : "ROLLBACK");
        act.Broken = false;
        await act.Look();
        await act.Change(db);
        await db.Database.CloseConnectionAsync();
    }

    /// <summary>A transaction that goes on seeing what was, while others write: it may neither store nor be served.</summary>
    internal static async Task Snapshot(Act act)
    {
        using var connection = act.World.Connect();
        using (var transaction = Act.BeginSnapshot(connection))
        {
            await act.Look(transaction);
            using (var writer = act.Open())
            {
                await act.Change(writer);
            }

            act.Broken = false;
            await act.Look(transaction);
            await act.Look();
            await transaction.CommitAsync();
        }

        await act.Look();
    }

    internal static async Task Ambient(Act act)
    {
        await act.Try(async () =>
        {
            using var scope = new TransactionScope(
                TransactionScopeOption.Required, new TransactionOptions { IsolationLevel = System.Transactions.IsolationLevel.ReadCommitted }, TransactionScopeAsyncFlowOption.Enabled);
            using (var db = act.Open())
            {
                await act.Change(db);
                if (!act.Broken)
                {
                    await act.Look();
                }

                using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled))
                {
                    await act.Look();
                }
            }

            if (act.Random.Next(2) == 0)
            {
                scope.Complete();
            }
        });
        act.Broken = false;
        await act.Look();
    }

    /// <summary>Two transactions side by side; where one would wait for the other, it is refused.</summary>
    internal static async Task Overlapping(Act act)
    {
        using var one = act.Open();
        using var two = act.Open();
        using (var first = await one.Database.BeginTransactionAsync(IsolationLevel.ReadCommitted))
        using (var second = await two.Database.BeginTransactionAsync(IsolationLevel.ReadCommitted))
        {
            await act.Change(one);
            var firstBroken = act.Broken;
            act.Broken = false;
            await act.Change(two);
            await act.Look(second.GetDbTransaction());
            await act.Try(() => first.CommitAsync());
            act.Broken |= firstBroken;
            await act.Look();
            await act.Change(two);
            var keep = act.Random.Next(4) > 0;
            await act.Try(() => keep ? second.CommitAsync() : second.RollbackAsync());
        }

        act.Broken = false;
        await act.Look();
    }
}
