using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>One kind of change that an application makes to its data.</summary>
/// <param name="Name">For people, and unique.</param>
/// <param name="Tables">What it may change, cascades included.</param>
/// <param name="Do">Makes it, on the scene's context.</param>
internal sealed record Change(string Name, string[] Tables, Func<Scene, Task> Do);

/// <summary>Where a change happens: a context, perhaps in a transaction, and a source of chance.</summary>
internal sealed class Scene(WorldDatabase world, WorldContext db, Random random, List<string> log, Func<Task> look)
{
    internal WorldDatabase World => world;

    internal WorldContext Db => db;

    internal Random Random => random;

    internal bool Chance(int percent) => random.Next(100) < percent;

    internal void Log(string text) => log.Add(text);

    internal string Word(string kind, int below = 5) => $"{kind} {random.Next(below)}";

    /// <summary>Saves one way or the other.</summary>
    internal async Task Save(DbContext? context = null)
    {
        context ??= db;
        if (Chance(50))
        {
            await context.SaveChangesAsync();
        }
        else
        {
            context.SaveChanges();
        }
    }

    /// <summary>One of the rows there are, rather a late one; now and then a key that isn't there, if <paramref name="orNone"/>.</summary>
    internal async Task<T> Pick<T>(IQueryable<T> keys, T none, bool orNone = true)
    {
        var all = await keys.NotCacheable().ToListAsync();
        if (all.Count == 0 || (orNone && Chance(4)))
        {
            return none;
        }

        all.Sort();
        return Chance(40) ? all[^1] : all[random.Next(all.Count)];
    }

    /// <summary>Compares answers from outside, in the middle of a change.</summary>
    internal Task Look() => System.Transactions.Transaction.Current is null ? look() : Task.CompletedTask;

    /// <summary>Whether the context is in no transaction of any kind.</summary>
    internal bool IsFree
        => db.Database.CurrentTransaction is null && System.Transactions.Transaction.Current is null
            && db.Database.GetDbConnection().State == System.Data.ConnectionState.Closed;

    internal Task<int> CustomerId(bool anyTenant = false)
        => Pick((anyTenant ? db.Customers.IgnoreQueryFilters() : db.Customers).Select(c => c.Id), 99);

    internal Task<int> OrderId() => Pick(db.Orders.Select(o => o.Id), 99);

    internal Task<int> ProductId() => Pick(db.Products.Select(p => p.Id), 99, orNone: false);

    internal Task<int> CategoryId() => Pick(db.Categories.Select(c => c.Id), 99);

    internal Task<int> AssetId() => Pick(db.Assets.Select(t => t.Id), 99);

    internal Task<int> WorkerId() => Pick(db.Workers.Select(t => t.Id), 99);

    internal Task<int> TagId() => Pick(db.Tags.Select(t => t.Id), 99);

    internal async Task<Guid> CouponId() => await Pick(db.Coupons.IgnoreQueryFilters().Select(c => c.Id), WorldSeed.GuidOf(9));

    internal async Task<(int OrderId, int No)> LineKey()
    {
        var packed = await Pick(db.Lines.Select(l => (l.OrderId * 100) + l.No), 9901);
        return (packed / 100, packed % 100);
    }

    internal Task<int> HubId() => Pick(db.Hubs.Select(h => h.Id), 5);

    internal async Task<int?> HubIdOrNull() => Chance(30) ? null : await HubId();

    internal Task<int> PartId() => Pick(db.Parts.Select(p => p.Id), 99);

    internal Task<int> ItemId() => Pick(db.Items.Select(i => i.Id), 99);

    /// <summary>Another context of the whole model, in the same transaction if there is one.</summary>
    internal WorldContext OpenOther()
    {
        var connection = db.Database.GetDbConnection();
        if (connection.State != System.Data.ConnectionState.Open)
        {
            return world.Open(db.Tenant, cacheAll: Chance(25));
        }

        var other = world.Open(db.Tenant, connection);
        other.Database.AutoTransactionBehavior = db.Database.AutoTransactionBehavior;
        other.Database.UseTransaction(db.Database.CurrentTransaction?.GetDbTransaction());
        return other;
    }

    /// <summary>The narrower model, in the same transaction if there is one.</summary>
    internal NarrowContext OpenNarrow()
    {
        var connection = db.Database.GetDbConnection();
        if (connection.State != System.Data.ConnectionState.Open)
        {
            return world.OpenNarrow();
        }

        var narrow = world.OpenNarrow(connection);
        narrow.Database.AutoTransactionBehavior = db.Database.AutoTransactionBehavior;
        narrow.Database.UseTransaction(db.Database.CurrentTransaction?.GetDbTransaction());
        return narrow;
    }

    /// <summary>Keeps generated keys small, so that the same queries go on finding rows and not finding them.</summary>
    internal async Task RestartKeys()
    {
        await db.Database.OpenConnectionAsync();
        world.RestartKeys(db.Database.GetDbConnection(), db.Database.CurrentTransaction?.GetDbTransaction());
        await db.Database.CloseConnectionAsync();
    }

    /// <summary>
    /// Whether a change was refused as it may be: by the database (a constraint, no such row), or by EF, whose context has
    /// another instance of that entity or a required relationship that was severed.
    /// </summary>
    internal static bool IsRefusal(WorldDatabase world, Exception exception) => exception switch
    {
        DbUpdateConcurrencyException => true,
        DbException database => world.IsRefusal(database),
        System.Transactions.TransactionAbortedException => true,
        DbUpdateException or InvalidOperationException when exception.InnerException is { } inner => IsRefusal(world, inner),
        InvalidOperationException => exception.Message.Contains("cannot be tracked because", StringComparison.Ordinal)
            || exception.Message.Contains("has been severed", StringComparison.Ordinal),
        _ => false,
    };
}
