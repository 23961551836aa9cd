using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Quickstart.Checking;
using Quickstart.Measuring;
using Quickstart.Shop;

namespace Quickstart.Load;

/// <summary>Makes one write for each permit.</summary>
/// <param name="past">With --sabotage: a context that the cache hears nothing of, used for every fourth write.</param>
internal sealed class Writer(
    IDbContextFactory<ShopContext> shops,
    IDbContextFactory<ShopContext>? past,
    FreezeGate gate,
    WriteClock clock,
    WorkerMetrics metrics,
    Random random)
{
    public async Task RunAsync(IAsyncEnumerable<byte> permits)
    {
        await foreach (var _ in permits)
        {
            while (!await TryWriteAsync())
            {
                // The customer had no order to cancel, or the like: another one then.
            }
        }
    }

    private async Task<bool> TryWriteAsync()
    {
        var command = WriteKind.Mix.Draw(random).Prepare(random);
        var through = past is not null && random.Next(4) == 0 ? past : shops;

        // Gate and clock span the write with all its attempts: from before its first command until it has returned.
        using var pass = await gate.EnterToWriteAsync();
        var began = Stopwatch.GetTimestamp();
        clock.Begin();
        try
        {
            if (!await through.WriteAsync(command, metrics.Retried))
            {
                return false;
            }
        }
        finally
        {
            clock.End();
        }

        metrics.Writes.Record(Stopwatch.GetElapsedTime(began));
        return true;
    }
}
