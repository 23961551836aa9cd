using System.Runtime.InteropServices;

namespace Storefront.Load;

/// <summary>A write that has returned.</summary>
/// <param name="Returned">When its answer had arrived, by <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
/// <param name="Version">What the product's version is since then, at least.</param>
/// <param name="Node">Which node has made it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ReturnedWrite(long Returned, long Version, int Node);

/// <summary>
/// The writes that have returned, by product. Whoever writes a product holds its gate from before the request until the write is noted here,
/// so that both times and versions grow along a product's list. A write whose outcome isn't known isn't noted: nobody is owed it.
/// </summary>
internal sealed class Ledger(int products) : IDisposable
{
    private readonly SemaphoreSlim[] gates = [.. Enumerable.Range(0, products + 1).Select(static _ => new SemaphoreSlim(1))];
    private readonly List<ReturnedWrite>[] writes = [.. Enumerable.Range(0, products + 1).Select(static _ => new List<ReturnedWrite>())];

    public SemaphoreSlim GateOf(int product) => gates[product];

    public void Note(int product, ReturnedWrite write)
    {
        lock (writes[product])
        {
            writes[product].Add(write);
        }
    }

    /// <summary>The newest version that had returned by then, from any node or from one; 0 if none had.</summary>
    public long Floor(int product, long by, int? node = null)
    {
        lock (writes[product])
        {
            for (var i = writes[product].Count - 1; i >= 0; i--)
            {
                var write = writes[product][i];
                if (write.Returned <= by && (node is null || write.Node == node))
                {
                    return write.Version;
                }
            }

            return 0;
        }
    }

    /// <summary>Since when a newer version than this had been there; null if there was none by then.</summary>
    public long? OutdatedSince(int product, long version, long by)
    {
        lock (writes[product])
        {
            var newer = writes[product].FirstOrDefault(w => w.Version > version);
            return newer.Version > version && newer.Returned <= by ? newer.Returned : null;
        }
    }

    public void Dispose()
    {
        foreach (var gate in gates)
        {
            gate.Dispose();
        }
    }
}
