using System.Transactions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Compares answers in the middle of a step: from outside, or inside a transaction on its connection.</summary>
internal delegate Task Look(SqliteTransaction? inside);

/// <summary>The circumstances in which changes are made: alone, in a transaction that ends in one way or another, and so on.</summary>
internal sealed record Envelope(string Name, int Weight, Func<Envelope.Act, Task> Run)
{
    internal static IReadOnlyList<Envelope> All { get; } =
    [
        new("alone", 40, async act => { using var db = act.Open(); await act.Change(db); }),
        new("two on one context", 10, async act => { using var db = act.Open(); await act.Change(db); await act.Change(db); }),
        new("each command by itself", 5, act => Automatic(act, AutoTransactionBehavior.Never)),
        new("always a transaction", 3, act => Automatic(act, AutoTransactionBehavior.Always)),
        new("committed", 10, act => Explicit(act, static t => t.CommitAsync())),
        new("rolled back", 7, act => Explicit(act, static t => t.RollbackAsync())),
        new("disposed", 4, act => Explicit(act, static _ => Task.CompletedTask)),
        new("committed behind EF's back", 4, act => Explicit(act, static t => t.GetDbTransaction().CommitAsync())),
        new("rolled back to a savepoint", 6, ToSavepoint),
        new("rolled back, then saved again", 4, RolledBackThenOn),
        new("two contexts in a raw transaction", 6, Shared),
        new("raw BEGIN", 4, RawBegin),
        new("TransactionScope", 4, Ambient),
        new("a thousand rows", 1, Bulk),
    ];

    internal static Envelope Choose(Random random)
    {
        var left = random.Next(All.Sum(e => e.Weight));
        return All.First(e => (left -= e.Weight) < 0);
    }

    private static async Task Automatic(Act act, AutoTransactionBehavior behavior)
    {
        using var db = act.Open();
        db.Database.AutoTransactionBehavior = behavior;
        await act.Change(db);
        await act.Look(null);
        await act.Change(db);
    }

    private static async Task Explicit(Act act, Func<IDbContextTransaction, Task> end)
    {
        using var db = act.Open();
        await using (var transaction = await db.Database.BeginTransactionAsync())
        {
            await act.Change(db);
            await act.Look(null);
            await act.Look((SqliteTransaction)transaction.GetDbTransaction());
            await act.Change(db);
            await act.Look(null);
            await end(transaction);
            await act.Look(null);
        }

        await act.Look(null);
        if (act.Random.Next(3) == 0)
        {
            db.ChangeTracker.Clear();
            await act.Change(db);
        }
    }

    private static async Task ToSavepoint(Act act)
    {
        using var db = act.Open();
        using var transaction = db.Database.BeginTransaction();
        await act.Change(db);
        transaction.CreateSavepoint("here");
        await act.Change(db);
        await act.Look((SqliteTransaction)transaction.GetDbTransaction());
        transaction.RollbackToSavepoint("here");
        await act.Look((SqliteTransaction)transaction.GetDbTransaction());
        await act.Look(null);
        transaction.Commit();
    }

    private static async Task RolledBackThenOn(Act act)
    {
        using var db = act.Open();
        await act.Change(db);
        using (var transaction = db.Database.BeginTransaction())
        {
            await act.Change(db);
            transaction.Rollback();
        }

        await act.Look(null);

        // EF still believes in what was rolled back.
        foreach (var customer in db.ChangeTracker.Entries<Customer>())
        {
            customer.Entity.Name = "after rollback";
        }

        foreach (var order in db.ChangeTracker.Entries<Order>())
        {
            order.Entity.Total += 1;
        }

        await act.Try(async () => await db.SaveChangesAsync());
    }

    private static async Task Shared(Act act)
    {
        using var connection = new SqliteConnection(act.World.ConnectionString);
        connection.Open();
        var transaction = connection.BeginTransaction();
        using (var first = act.World.Open(1, connection))
        using (var second = act.World.Open(2, connection))
        {
            first.Database.UseTransaction(transaction);
            second.Database.UseTransaction(transaction);
            await act.Change(first);
            await act.Look(transaction);
            await act.Change(second);
        }

        await act.Look(null);
        if (act.Random.Next(3) == 0)
        {
            transaction.Rollback();
        }
        else
        {
            transaction.Commit();
        }

        transaction.Dispose();
        await act.Look(null);
        using var third = act.World.Open(1, connection);
        await act.Change(third);
    }

    private static async Task RawBegin(Act act)
    {
        using var db = act.Open();
        db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
        db.Database.OpenConnection();
        db.Database.ExecuteSqlRaw("BEGIN IMMEDIATE");
        await act.Change(db);
        await act.Look(null);
        db.Database.ExecuteSqlRaw(act.Random.Next(2) == 0 ? "COMMIT" : "ROLLBACK");
        await act.Look(null);
        await act.Change(db);
        db.Database.CloseConnection();
    }

    private static async Task Ambient(Act act)
    {
        using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            using var db = act.Open();
            await act.Change(db);
            await act.Look(null);
            using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled))
            {
                await act.Look(null);
            }

            if (act.Random.Next(2) == 0)
            {
                scope.Complete();
            }
        }

        await act.Look(null);
    }

    private static async Task Bulk(Act act)
    {
        using var db = act.Open();
        db.AddRange(Enumerable.Range(0, 1100).Select(i => new Category { Name = $"bulk {i}" }));
        db.SaveChanges();
        await act.Look(null);
        db.RemoveRange(db.ChangeTracker.Entries<Category>().Select(e => e.Entity).ToList());
        await db.SaveChangesAsync();
    }

    /// <summary>What an envelope has at hand.</summary>
    internal sealed class Act(WorldDatabase world, Random random, Look look, List<string> log, HashSet<string> tables)
    {
        internal WorldDatabase World => world;

        internal Random Random => random;

        internal Look Look => look;

        internal List<string> Log => log;

        internal WorldContext Open() => world.Open(1 + random.Next(2), cacheAll: random.Next(4) == 0);

        internal async Task Change(WorldContext db)
        {
            var change = Changes.Choose(random);
            tables.UnionWith(change.Tables);
            log.Add(change.Name + ":");
            if (!await Try(() => change.Do(new Scene(world, db, random, log))))
            {
                db.ChangeTracker.Clear();
            }
        }

        internal async Task<bool> Try(Func<Task> action)
        {
            try
            {
                await action();
                return true;
            }
            catch (Exception exception) when (Scene.IsRefusal(exception))
            {
                log.Add("refused");
                return false;
            }
        }
    }
}
