using System.Diagnostics;
using System.Globalization;
using Storefront.Shop;

namespace Storefront.Load;

/// <summary>A write and what it answered with, for a read that is to show it.</summary>
/// <param name="Token">The answer's token.</param>
/// <param name="Began">When the request was about to be sent.</param>
/// <param name="Product">Which product it has written.</param>
/// <param name="Write">The write.</param>
internal sealed record TokenedWrite(string Token, long Began, int Product, ReturnedWrite Write);

/// <summary>
/// Holds what reads show against what they are promised. A read that began at t must show of each product at least the newest version
/// <list type="bullet">
/// <item>that the same node had written, and returned, by t;</item>
/// <item>with a token: that the token names, or that its node had returned before the named write began;</item>
/// <item>in strict mode: that any node had returned by t;</item>
/// <item>in eventual mode: that any node had returned by t less <see cref="NodeTimes.Bound"/>.</item>
/// </list>
/// </summary>
/// <remarks>
/// t is taken before the request is sent and a write's return after its answer has arrived, both by the one clock of this process: what counts as
/// returned before had returned before. Versions grow, so a read that runs beside writes may show more than it must, and that is no fault. None of
/// this asks the database, or disturbs what is measured.
/// </remarks>
internal sealed class StalenessCheck(Ledger ledger, bool strict)
{
    private const int MostExamples = 5;
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly List<string> examples = [];

    /// <summary>Reads that were checked.</summary>
    public long Checked { get; private set; }

    /// <summary>Reads with a token among them.</summary>
    public long CheckedWithToken { get; private set; }

    /// <summary>Reads that showed less than promised.</summary>
    public long Stale { get; private set; }

    /// <summary>Reads that had a newer version to show, promised or not yet.</summary>
    public long Behind { get; private set; }

    /// <summary>Those that had had it for longer than a second: more than nodes need that all is well with.</summary>
    public long BehindHealthy { get; private set; }

    /// <summary>The longest time that a newer version had been there.</summary>
    public TimeSpan FurthestBehind { get; private set; }

    public IReadOnlyList<string> Examples => examples;

    /// <summary>When a write must be seen by reads on other nodes, from when it has returned.</summary>
    public TimeSpan Allowed => strict ? TimeSpan.Zero : NodeTimes.Bound;

    public void Check(int node, long began, IReadOnlyList<ProductView> shown, TokenedWrite? token)
    {
        string? fault = null;
        var age = TimeSpan.Zero;
        var isBehind = false;
        foreach (var product in shown)
        {
            fault ??= FaultOf(node, began, product, token);
            if (ledger.OutdatedSince(product.Id, product.Version, began) is { } since)
            {
                isBehind = true;
                age = TimeSpan.FromTicks(Math.Max(age.Ticks, Stopwatch.GetElapsedTime(since, began).Ticks));
            }
        }

        lock (gate)
        {
            Checked++;
            CheckedWithToken += token is null ? 0 : 1;
            Behind += isBehind ? 1 : 0;
            BehindHealthy += age > Healthy ? 1 : 0;
            FurthestBehind = age > FurthestBehind ? age : FurthestBehind;
        }

        if (fault is not null)
        {
            Note(fault);
        }
    }

    /// <summary>Counts an answer that was found stale.</summary>
    public void Note(string fault)
    {
        lock (gate)
        {
            Stale++;
            if (examples.Count < MostExamples)
            {
                examples.Add(fault);
            }
        }
    }

    private string? FaultOf(int node, long began, ProductView shown, TokenedWrite? token)
    {
        var promised = began - (long)(Allowed.TotalSeconds * Stopwatch.Frequency);
        return Fault(ledger.Floor(shown.Id, began, node), "by the same node")
            ?? Fault(ledger.Floor(shown.Id, promised), strict ? "before" : string.Create(CultureInfo.InvariantCulture, $"{NodeTimes.Bound.TotalSeconds:0.#} s before"))
            ?? (token is null ? null : Fault(FloorOf(token, shown.Id), "by its token"));

        string? Fault(long owed, string why) => shown.Version >= owed
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"node {node + 1} showed version {shown.Version} of product {shown.Id}, and owed {owed}, written {why}");
    }

    private long FloorOf(TokenedWrite token, int product) => Math.Max(
        product == token.Product ? token.Write.Version : 0,
        ledger.Floor(product, token.Began, token.Write.Node));
}
