using System.Diagnostics;
using Quickstart.Load;
using Storefront.Shop;

namespace Storefront.Load;

/// <summary>A client: one request at a time, each to any of the nodes.</summary>
internal sealed class Shopper(int seed, IReadOnlyList<StoreClient> nodes, IReadOnlyList<NodeTraffic> traffic, Ledger ledger, StalenessCheck check, Failures failures)
{
    private const double WriteShare = 0.05;
    private const double OrderShare = 0.4; // of the writes
    private const double CategoryShare = 0.15; // of the reads
    private const double SearchShare = 0.03;
    private const double Skew = 0.99;

    private static readonly Zipf PopularProducts = new(ShopSeed.Products, Skew);
    private static readonly Zipf PopularCategories = new(ShopSeed.Categories, Skew);

    private readonly Random random = new(seed);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await (random.NextDouble() < WriteShare ? WriteAsync() : ReadAsync(AnyNode()));
            }
            catch (Exception e) when (failures.Note(e))
            {
            }
        }
    }

    private async Task ReadAsync(StoreClient node)
    {
        var kind = random.NextDouble();
        await ReadAsync(node, token: null, kind switch
        {
            < CategoryShare => n => n.GetCategoryAsync(PopularCategories.Draw(random)),
            < CategoryShare + SearchShare => n => n.SearchAsync(ShopSeed.SearchTerms[random.Next(ShopSeed.SearchTerms.Count)]),
            _ => n => n.GetProductAsync(PopularProducts.Draw(random)),
        });
    }

    private async Task ReadAsync(StoreClient node, TokenedWrite? token, Func<StoreClient, Task<ShownProducts>> ask)
    {
        var began = Stopwatch.GetTimestamp();
        var shown = await ask(node);
        traffic[node.Node].CountRead();
        check.Check(node.Node, began, shown.Products, token);
    }

    /// <summary>Writes, and looks at it on whichever node comes next, as a customer does who is sent to another server.</summary>
    private async Task WriteAsync()
    {
        var (node, product) = (AnyNode(), PopularProducts.Draw(random));
        var answer = await WriteAsync(node, product);
        traffic[node.Node].CountWrite();
        if (answer.Token is null)
        {
            return;
        }

        var token = new TokenedWrite(answer.Token, answer.Began, product, new ReturnedWrite(answer.Returned, answer.Written.Version, node.Node));
        if (answer.Written.OrderId is { } order)
        {
            var other = AnyNode();
            await other.GetOrderAsync(order, answer.Token);
            traffic[other.Node].CountRead();
        }

        await ReadAsync(AnyNode(), token, n => n.GetProductAsync(product, answer.Token));
        if (random.Next(4) == 0)
        {
            await ReadAsync(AnyNode(), token, n => n.GetCategoryAsync(ShopSeed.CategoryOf(product), answer.Token));
        }
    }

    private async Task<ReturnedAnswer> WriteAsync(StoreClient node, int product)
    {
        await ledger.GateOf(product).WaitAsync();
        try
        {
            var answer = random.NextDouble() < OrderShare
                ? await node.OrderAsync(product, 1 + random.Next(3))
                : await node.ChangePriceAsync(product, 5 + random.Next(90));
            ledger.Note(product, new ReturnedWrite(answer.Returned, answer.Written.Version, node.Node));
            return answer;
        }
        finally
        {
            ledger.GateOf(product).Release();
        }
    }

    private StoreClient AnyNode() => nodes[random.Next(nodes.Count)];
}
