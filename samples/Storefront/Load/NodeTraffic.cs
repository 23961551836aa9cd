namespace Storefront.Load;

/// <summary>What was asked of one node. Thread-safe.</summary>
internal sealed class NodeTraffic
{
    private long reads;
    private long writes;
    private long probes;
    private long probeHits;

    public long Reads => Interlocked.Read(ref reads);

    public long Writes => Interlocked.Read(ref writes);

    /// <summary>Reads by <see cref="Prober"/>, which are no part of the load, and hits among them: the node counts them all together.</summary>
    public (long Reads, long Hits) Probes => (Interlocked.Read(ref probes), Interlocked.Read(ref probeHits));

    public void CountRead() => Interlocked.Increment(ref reads);

    public void CountWrite() => Interlocked.Increment(ref writes);

    public void CountProbe(bool isHit)
    {
        Interlocked.Increment(ref probes);
        Interlocked.Add(ref probeHits, isHit ? 1 : 0);
    }
}
