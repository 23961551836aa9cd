using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Quickstart.Measuring;
using Quickstart.Shop;
using ZooCache.EFCore;

namespace Quickstart.Load;

/// <summary>Asks questions, each through a context of its own, and takes the time from making the context to its disposal.</summary>
internal sealed class Asker(
    IDbContextFactory<ShopContext> cached, IDbContextFactory<ShopContext> uncached, WorkerMetrics metrics, FirstReads? first = null)
{
    public async Task<(object? Value, bool IsHit)> AskAsync(Question question)
    {
        object? value;
        bool isHit;
        var began = Stopwatch.GetTimestamp();
        await using (var shop = cached.CreateDbContext())
        {
            value = await question.AskAsync(shop);
            isHit = shop.Cache().LastQuery is { Source: QueryResultSource.Hit };
        }

        var took = Stopwatch.GetElapsedTime(began);
        var kind = metrics.Of(question.Kind);
        (isHit ? kind.Hits : kind.Misses).Record(took);
        first?.Count(isHit);
        return (value, isHit);
    }

    public async Task<object?> AskUncachedAsync(Question question)
    {
        object? value;
        var began = Stopwatch.GetTimestamp();
        await using (var shop = uncached.CreateDbContext())
        {
            value = await question.AskAsync(shop);
        }

        metrics.Of(question.Kind).Uncached.Record(Stopwatch.GetElapsedTime(began));
        return value;
    }
}
