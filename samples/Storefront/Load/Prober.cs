using System.Diagnostics;
using Storefront.Shop;

namespace Storefront.Load;

/// <summary>
/// Measures how long a write takes to be seen by all: writes a product on one node, once the others have it cached, and asks each of them until
/// it shows the write. On products that nobody else asks for, and with pauses, so that the load is what it would be without.
/// </summary>
internal sealed class Prober(IReadOnlyList<StoreClient> nodes, IReadOnlyList<NodeTraffic> traffic, StalenessCheck check, Failures failures)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly List<double> milliseconds = [];

    /// <summary>From when a write's answer has arrived until an answer that shows it has arrived from the last of the other nodes.</summary>
    public IReadOnlyList<double> Milliseconds => milliseconds;

    /// <summary>Those among them for which the first answer of each other node has shown the write.</summary>
    public int AtOnce { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        for (var round = 0; !stop.IsCancellationRequested && nodes.Count > 1; round++)
        {
            try
            {
                await ProbeAsync(nodes[round % nodes.Count], ShopSeed.Products + 1 + (round % ShopSeed.Probes), 5 + (round % 90), stop);
                await Task.Delay(Pause, CancellationToken.None);
            }
            catch (Exception e) when (failures.Note(e))
            {
            }
        }
    }

    private async Task ProbeAsync(StoreClient writer, int product, decimal price, CancellationToken stop)
    {
        var others = nodes.Where(n => n != writer).ToList();
        foreach (var node in others)
        {
            while (!(await AskAsync(node, product)).IsHit)
            {
                if (stop.IsCancellationRequested)
                {
                    return;
                }
            }
        }

        var answer = await writer.ChangePriceAsync(product, price);
        var asked = await Task.WhenAll(others.Select(n => AskUntilAsync(n, product, answer)));
        milliseconds.Add(asked.Max(a => Stopwatch.GetElapsedTime(answer.Returned, a.Shown).TotalMilliseconds));
        AtOnce += asked.All(a => a.Times == 1) ? 1 : 0;
    }

    /// <summary>Until it is shown, or was to be shown by now and isn't.</summary>
    private async Task<(long Shown, int Times)> AskUntilAsync(StoreClient node, int product, ReturnedAnswer answer)
    {
        for (var times = 1; ; times++)
        {
            var began = Stopwatch.GetTimestamp();
            var version = (await AskAsync(node, product)).Products[0].Version;
            var isLate = Stopwatch.GetElapsedTime(answer.Returned, began) >= check.Allowed;
            if (version < answer.Written.Version && isLate)
            {
                check.Note($"node {node.Node + 1} showed version {version} of product {product} too long after {answer.Written.Version} was written");
            }

            if (version >= answer.Written.Version || isLate)
            {
                return (Stopwatch.GetTimestamp(), times);
            }
        }
    }

    private async Task<ShownProducts> AskAsync(StoreClient node, int product)
    {
        var shown = await node.GetProductAsync(product);
        traffic[node.Node].CountProbe(shown.IsHit);
        return shown;
    }
}
