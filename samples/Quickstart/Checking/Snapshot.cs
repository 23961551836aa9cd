using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Quickstart.Shop;

namespace Quickstart.Checking;

/// <summary>While it lasts, the context sees the database as it was when it was taken.</summary>
internal sealed class Snapshot : IAsyncDisposable
{
    private readonly ShopContext shop;
    private readonly SqliteTransaction transaction;

    private Snapshot(ShopContext shop, SqliteTransaction transaction)
    {
        this.shop = shop;
        this.transaction = transaction;
    }

    /// <summary>EF begins SQLite transactions with the write lock; this one must not have it, and begins with a read.</summary>
    public static async Task<Snapshot> TakeAsync(ShopContext shop)
    {
        await shop.Database.OpenConnectionAsync();
        var connection = (SqliteConnection)shop.Database.GetDbConnection();
        var snapshot = new Snapshot(shop, connection.BeginTransaction(deferred: true));
        await shop.Database.UseTransactionAsync(snapshot.transaction);

        await using var read = connection.CreateCommand();
        read.Transaction = snapshot.transaction;
        read.CommandText = "SELECT Id FROM Categories LIMIT 1";
        await read.ExecuteScalarAsync();
        return snapshot;
    }

    public async ValueTask DisposeAsync()
    {
        await shop.Database.UseTransactionAsync(null);
        await transaction.DisposeAsync();
        await shop.Database.CloseConnectionAsync();
    }
}
