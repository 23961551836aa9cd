using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using SQLitePCL;

namespace Quickstart.Shop;

/// <summary>
/// SQLite has one writer at a time. A second one waits inside SQLite up to the busy timeout; if that is not enough, or if
/// somebody else has changed the row meanwhile, the whole operation is done again on a fresh context.
/// </summary>
internal static class SqliteWriting
{
    private const int Attempts = 20;
    private const int BusyTimeoutInMs = 2_000;

    public static async Task<bool> WriteAsync(
        this IDbContextFactory<ShopContext> shops, Func<ShopContext, Task<bool>> command, Action retried)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var shop = shops.CreateDbContext();
                await OpenForWritingAsync(shop);
                return await command(shop);
            }
            catch (Exception e) when (attempt < Attempts && IsTransient(e))
            {
                retried();
                await Task.Delay(Random.Shared.Next(1, 2 + attempt));
            }
        }
    }

    /// <summary>
    /// Set on the native handle and not by a PRAGMA through EF: a cache that sees an unknown statement on a connection has
    /// to assume the worst of it. Without it the driver polls a busy database every 150 ms.
    /// </summary>
    private static async Task OpenForWritingAsync(ShopContext shop)
    {
        await shop.Database.OpenConnectionAsync();
        var handle = ((SqliteConnection)shop.Database.GetDbConnection()).Handle;
        _ = raw.sqlite3_busy_timeout(handle, BusyTimeoutInMs);
        _ = raw.sqlite3_exec(handle, "PRAGMA synchronous = NORMAL"); // safe with WAL, and spares an fsync for each commit
    }

    private static bool IsTransient(Exception e) =>
        e is DbUpdateConcurrencyException
        || (e as SqliteException ?? e.InnerException as SqliteException)
            is { SqliteErrorCode: raw.SQLITE_BUSY or raw.SQLITE_LOCKED };
}
