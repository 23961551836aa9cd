using Quickstart.Checking;

namespace Quickstart.Load;

/// <summary>Reads until told to stop. Which reads are checked is decided before they are made.</summary>
internal sealed class Reader(
    Asker asker, WriteBudget.Payer payer, FrozenCheck frozen, SnapshotCheck snapshot, Random random)
{
    private const double FrozenShare = 0.03;
    private const double SnapshotShare = 0.07;

    /// <summary>These are asked once more without the cache, and add to the uncached latencies.</summary>
    private const double UncachedShare = 0.01;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var question = ReadKind.Mix.Draw(random).Draw(random);
            switch (random.NextDouble())
            {
                case < FrozenShare:
                    await frozen.ReadAsync(question, asker);
                    break;
                case < FrozenShare + SnapshotShare:
                    await snapshot.ReadAsync(question, asker);
                    break;
                case < FrozenShare + SnapshotShare + UncachedShare:
                    await asker.AskAsync(question);
                    await asker.AskUncachedAsync(question);
                    break;
                default:
                    await asker.AskAsync(question);
                    break;
            }

            await payer.PayForReadAsync();
        }
    }
}
