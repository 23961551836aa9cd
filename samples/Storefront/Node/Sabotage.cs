using Microsoft.EntityFrameworkCore;
using Storefront.Shop;

namespace Storefront.Node;

/// <summary>A self-test of the load's checks: every fourth change of a price goes past the cache, so that stale answers must be found.</summary>
internal sealed class Sabotage(bool isOn)
{
    private int writes;

    public IDisposable? Next(ShopContext db) =>
        isOn && Interlocked.Increment(ref writes) % 4 == 0 ? db.Cache().WithoutInvalidation() : null;
}
