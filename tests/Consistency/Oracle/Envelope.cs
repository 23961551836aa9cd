using System.Data;
using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Compares answers in the middle of a step: from outside, or inside a transaction on its connection.</summary>
internal delegate Task Look(DbTransaction? inside);

/// <summary>The circumstances in which changes are made: alone, in a transaction that ends in one way or another, and so on.</summary>
/// <param name="Name">For people, and unique.</param>
/// <param name="Weight">How often, beside the others.</param>
/// <param name="Run">Makes the changes.</param>
internal sealed record Envelope(string Name, int Weight, Func<Act, Task> Run)
{
    private static readonly Envelope Alone = new("alone", 400, async act => { using var db = act.Open(); await act.Change(db); });
    private static readonly Envelope WhenCommitted = new("asked when committed, before the save returns", 30, Heard);
    private static readonly Envelope RawBegin = new("raw BEGIN", 40, SharedEnvelopes.RawBegin);

    private static readonly IReadOnlyList<Envelope> Everywhere =
    [
        Alone,
        new("two on one context", 100, async act => { using var db = act.Open(); await act.Change(db); await act.Change(db); }),
        new("each command by itself", 50, act => Automatic(act, AutoTransactionBehavior.Never)),
        new("always a transaction", 30, act => Automatic(act, AutoTransactionBehavior.Always)),
        WhenCommitted,
        new("committed", 100, act => Explicit(act, static t => t.CommitAsync())),
        new("rolled back", 70, act => Explicit(act, static t => t.RollbackAsync())),
        new("disposed", 40, act => Explicit(act, static _ => Task.CompletedTask)),
        new("committed behind EF's back", 40, act => Explicit(act, static t => t.GetDbTransaction().CommitAsync())),
        new("rolled back to a savepoint", 60, ToSavepoint),
        new("rolled back, then saved again", 40, RolledBackThenOn),
        new("two contexts in a raw transaction", 60, SharedEnvelopes.Raw),
        RawBegin,
        new("a snapshot beside writes", 30, SharedEnvelopes.Snapshot),
        new("TransactionScope", 40, SharedEnvelopes.Ambient),
        new("a thousand rows", 2, Bulk),
    ];

    private static readonly IReadOnlyList<Envelope> OnPostgres = [.. Everywhere, new("two transactions at once", 50, SharedEnvelopes.Overlapping)];

    /// <summary>In the depot's stretches rather no transaction: what is read in one isn't believed.</summary>
    /// <param name="random">What decides.</param>
    /// <param name="provider">Which there are.</param>
    /// <param name="kind">What the step is about.</param>
    /// <param name="mayCommitInSql">Whether a transaction may be ended in SQL, which tells nothing of what was written in it: for as long as the cache lives, no row's place in
    /// an order is believed then.</param>
    internal static Envelope Choose(Random random, Provider provider, Stretch kind, bool mayCommitInSql)
    {
        if (random.Next(4) < kind switch { Stretch.World => 0, Stretch.Anchors => 3, _ => 2 })
        {
            return random.Next(8) == 0 ? WhenCommitted : Alone;
        }

        var all = provider == Provider.Postgres ? OnPostgres : Everywhere;
        var left = random.Next(all.Sum(e => e.Weight));
        var chosen = all.First(e => (left -= e.Weight) < 0);
        return chosen == RawBegin && !mayCommitInSql ? Alone : chosen;
    }

    private static async Task Automatic(Act act, AutoTransactionBehavior behavior)
    {
        using var db = act.Open();
        db.Database.AutoTransactionBehavior = behavior;
        await act.Change(db);
        await act.Look();
        await act.Change(db);
    }

    /// <summary>What the write has bumped before its commit is all that ends answers by then.</summary>
    private static async Task Heard(Act act)
    {
        using var db = act.OpenHeard(() => act.Look());
        db.Database.AutoTransactionBehavior = act.Random.Next(2) == 0 ? AutoTransactionBehavior.Always : AutoTransactionBehavior.WhenNeeded;
        await act.Change(db);
        await act.Change(db);
    }

    private static async Task Explicit(Act act, Func<IDbContextTransaction, Task> end)
    {
        using var db = act.Open();
        await using (var transaction = await db.Database.BeginTransactionAsync())
        {
            await act.Change(db);
            await act.Look();
            await act.Look(transaction.GetDbTransaction());
            await act.Change(db);
            await act.Try(() => end(transaction));
            await act.Look();
        }

        await act.Look();
        act.Broken = false;
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
        if (!await act.Change(db))
        {
            return;
        }

        transaction.CreateSavepoint("here");
        await act.Change(db);
        await act.Look(transaction.GetDbTransaction());
        transaction.RollbackToSavepoint("here");
        act.Broken = false;
        await act.Look(transaction.GetDbTransaction());
        await act.Look();
        if (act.Random.Next(2) == 0)
        {
            await act.Change(db);
        }

        await act.Try(() => transaction.CommitAsync());
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

        await act.Look();

        // EF still believes in what was rolled back.
        foreach (var customer in db.ChangeTracker.Entries<Customer>())
        {
            customer.Entity.Name = "after rollback";
        }

        foreach (var order in db.ChangeTracker.Entries<Order>())
        {
            order.Entity.Total += 1;
        }

        foreach (var item in db.ChangeTracker.Entries<Item>().Where(e => e.State == EntityState.Unchanged))
        {
            item.Entity.Slot = 1 + (item.Entity.Slot % 5);
            item.Entity.SpareId = act.Random.Next(2) == 0 ? item.Entity.SpareId : null;
        }

        await act.Try(async () => await db.SaveChangesAsync());
    }

    private static async Task Bulk(Act act)
    {
        using var db = act.Open();
        db.AddRange(Enumerable.Range(0, 1100).Select(i => new Category { Name = $"bulk {i}" }));
        await act.Try(async () => await db.SaveChangesAsync());
        await act.Look();
        db.RemoveRange(db.ChangeTracker.Entries<Category>().Where(e => e.State == EntityState.Unchanged).Select(e => e.Entity).ToList());
        await act.Try(async () => await db.SaveChangesAsync());
    }
}
