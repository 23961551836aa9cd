using System.Diagnostics;
using Storefront.Node;
using Storefront.Shop;

namespace Storefront.Load;

/// <summary>Puts nodes under load for a while and says what came of it.</summary>
internal static class LoadRun
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(4);

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var urls = arguments.Text("--nodes").Split(',').Select(ReadUrl).ToList();
        var duration = TimeSpan.FromSeconds(arguments.Number("--seconds", 15, 1, 86_400));
        var clients = arguments.Number("--clients", 8, 1, 1000);
        var seed = arguments.Number("--seed", 1, 0, 1_000_000);
        var (strict, json) = (arguments.Flag("--strict"), arguments.Flag("--json"));
        arguments.RequireNoMore();

        List<StoreClient> nodes = [.. urls.Select((url, node) => new StoreClient(node, url))];
        try
        {
            foreach (var node in nodes)
            {
                await WaitUntilHealthyAsync(node);
            }

            var result = await LoadAsync(nodes, duration, clients, seed, strict);
            Summary.Write(Console.Out, result);
            if (json)
            {
                Console.WriteLine(Summary.Json(result));
            }

            return result.Check.Stale > 0 || result.Failures.Count > 0 ? 1 : 0;
        }
        finally
        {
            nodes.ForEach(static node => node.Dispose());
        }
    }

    private static async Task<LoadResult> LoadAsync(List<StoreClient> nodes, TimeSpan duration, int clients, int seed, bool strict)
    {
        using var ledger = new Ledger(ShopSeed.Products + ShopSeed.Probes);
        var (check, failures) = (new StalenessCheck(ledger, strict), new Failures());

        // What is read while the caches are empty, and the programs not yet compiled, is checked like all else, but not part of the figures.
        await RunAsync(WarmUpTime, shoppers: seed * 2);
        var before = await StatisticsAsync(nodes);
        var started = Stopwatch.GetTimestamp();
        var (traffic, prober) = await RunAsync(duration, shoppers: (seed * 2) + 1);
        return new LoadResult(strict, Stopwatch.GetElapsedTime(started), traffic, before, await StatisticsAsync(nodes), check, prober, failures);

        async Task<(List<NodeTraffic> Traffic, Prober Prober)> RunAsync(TimeSpan time, int shoppers)
        {
            List<NodeTraffic> counts = [.. nodes.Select(static _ => new NodeTraffic())];
            var probing = new Prober(nodes, counts, check, failures);
            using var stop = new CancellationTokenSource(time);
            await Task.WhenAll(Enumerable.Range(0, clients)
                .Select(client => new Shopper((shoppers * 1000) + client, nodes, counts, ledger, check, failures).RunAsync(stop.Token))
                .Append(probing.RunAsync(stop.Token)));
            return (counts, probing);
        }
    }

    /// <summary>In strict mode that takes as long as a new log is not yet trusted.</summary>
    private static async Task WaitUntilHealthyAsync(StoreClient node)
    {
        for (var started = Stopwatch.GetTimestamp(); await node.GetHealthAsync() is { } problem; await Task.Delay(50))
        {
            if (Stopwatch.GetElapsedTime(started) > StartTime)
            {
                throw new TimeoutException($"{node.Url} isn't healthy after {StartTime.TotalSeconds} seconds: {problem}");
            }
        }
    }

    private static Task<NodeStatistics[]> StatisticsAsync(List<StoreClient> nodes) => Task.WhenAll(nodes.Select(static n => n.GetStatisticsAsync()));

    private static Uri ReadUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp
        ? url
        : throw new FormatException($"--nodes: '{text}' is no address such as http://127.0.0.1:5000.");
}
