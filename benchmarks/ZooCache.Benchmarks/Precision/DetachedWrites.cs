using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Quickstart.Shop;

namespace ZooCache.Benchmarks.Precision;

/// <summary>
/// Makes the shop's updates detached ones: the command runs against a context that never saves, and what it has changed there
/// is handed to <c>Update</c> of the context that writes, as an object that came over the network would be. Nothing is
/// known there of the old values.
/// </summary>
internal sealed class DetachedWrites
{
    private readonly PooledDbContextFactory<ShopContext> elsewhere;

    public DetachedWrites(string connectionString) => elsewhere = new PooledDbContextFactory<ShopContext>(
        new DbContextOptionsBuilder<ShopContext>().UseSqlite(connectionString).AddInterceptors(new NeverSaves()).Options);

    public Func<ShopContext, Task<bool>> Of(Func<ShopContext, Task<bool>> update) => async shop =>
    {
        await using var other = elsewhere.CreateDbContext();
        if (!await update(other))
        {
            return false;
        }

        var changed = other.ChangeTracker.Entries<IVersioned>().Where(e => e.State == EntityState.Modified).ToList();
        foreach (var entry in changed)
        {
            // Saving has raised it already, and the context that writes will do so again.
            var version = entry.Property(row => row.Version);
            version.CurrentValue = version.OriginalValue;
        }

        other.ChangeTracker.Clear();
        foreach (var entry in changed)
        {
            shop.Update(entry.Entity);
        }

        return await shop.SaveChangesAsync() > 0;
    };

    private sealed class NeverSaves : SaveChangesInterceptor
    {
        public override ValueTask<InterceptionResult<int>> SavingChangesAsync(
            DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) =>
            new(InterceptionResult<int>.SuppressWithResult(1));
    }
}
